using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Reads;

/// <summary>What a grantee's node signs and seals its entries with under one grant. The keys stay the caller's.</summary>
/// <param name="Grant">Which.</param>
/// <param name="Subject">Whose records.</param>
/// <param name="ReaderKey">Signs.</param>
/// <param name="LogKey">Seals the details, for the wallet.</param>
public sealed record ReaderGrant(GrantId Grant, SubjectId Subject, Ed25519PrivateKey ReaderKey, SymmetricKey LogKey)
{
    /// <summary>From what the grantee keeps of a grant.</summary>
    public static ReaderGrant Of(AccessKey access, ReaderKeys keys)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(keys);
        return new(access.Grant, access.Subject, keys.Reader, access.LogKey);
    }
}

/// <summary>Who asks, as the patient is told.</summary>
/// <param name="Organisation">The grantee.</param>
/// <param name="Person">As the grantee's system names the person; at most 200 bytes.</param>
/// <param name="Role">At most 100 bytes.</param>
public sealed record Asker(OrganisationId Organisation, string Person, string Role)
{
    /// <summary>Names nobody.</summary>
    public override string ToString() => "Asker(redacted)";
}
