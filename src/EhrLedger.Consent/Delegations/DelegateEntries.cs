using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Delegations;

/// <summary>Signs what a delegate does for a subject.</summary>
/// <param name="subject">Whose topic.</param>
/// <param name="delegation">Under which.</param>
/// <param name="key">The delegate's, for this subject. Stays the caller's.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class DelegateEntries(SubjectId subject, DelegationId delegation, Ed25519PrivateKey key, Digest genesis)
{
    /// <summary>A grantee may read.</summary>
    public Entry Grant(GrantBody body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.DelegateGranted, new DelegateGranted(delegation, body).Encode(), validUntil);

    /// <summary>A grant ends.</summary>
    public Entry EndGrant(GrantId grant, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.DelegateEndedGrant, new DelegateEndedGrant(delegation, grant).Encode(), validUntil);

    /// <summary>The delegate leaves.</summary>
    public Entry Leave(DateTimeOffset validUntil) => Sign(ConsentEntryTypes.DelegationEnded, new DelegationEnded(delegation, null).Encode(), validUntil);

    private Entry Sign(EntryType type, byte[] body, DateTimeOffset validUntil) => Entry.Sign(type, subject.Topic, body, validUntil, key, genesis);
}
