using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Membership;

/// <summary>The name of a member: the did:key of its first signing key. It stays when the key is replaced.</summary>
/// <param name="Key">The 32 bytes in the did:key.</param>
public readonly record struct OrganisationId(Ed25519PublicKey Key)
{
    /// <summary>The topic of the entries that this organisation makes about itself.</summary>
    public Topic Topic => new(TopicKind.Organisation, Digest.FromBytes(Key.ToArray()));

    /// <summary>The did:key.</summary>
    public override string ToString() => Key.ToDidKey();
}
