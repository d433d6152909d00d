using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Subjects;

/// <summary>Signs the entries of a subject, as its wallet does (or, for a provisional subject, its hospital).</summary>
/// <param name="subject">Whose topic.</param>
/// <param name="key">The subject's current key. Stays the caller's.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class ConsentEntries(SubjectId subject, Ed25519PrivateKey key, Digest genesis)
{
    /// <summary>The subject appears on the ledger. Signed by its first key.</summary>
    public Entry Open(SubjectOpened body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.SubjectOpened, body.Encode(), validUntil);

    /// <summary>Another key signs from now on.</summary>
    /// <param name="replacement">Signs too, to show that its owner agrees.</param>
    /// <param name="validUntil">At most ten minutes ahead.</param>
    public Entry ReplaceKey(Ed25519PrivateKey replacement, DateTimeOffset validUntil) =>
        Sign(ConsentEntryTypes.SubjectKeyReplaced, SubjectKeyReplaced.Sign(genesis, subject, key.Public, replacement).Encode(), validUntil);

    /// <summary>A grantee may read.</summary>
    public Entry Grant(GrantBody body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.Granted, body.Encode(), validUntil);

    /// <summary>Grants that stay get the keys of the current epoch.</summary>
    public Entry Extend(GrantExtended body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.GrantExtended, body.Encode(), validUntil);

    /// <summary>A grant ends, and a new epoch begins.</summary>
    public Entry Revoke(Revoked body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.Revoked, body.Encode(), validUntil);

    /// <summary>A new epoch begins.</summary>
    public Entry StartEpoch(EpochStarted body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.EpochStarted, body.Encode(), validUntil);

    /// <summary>What may be opened in an emergency.</summary>
    public Entry SetEmergencyPolicy(EmergencyPolicySet body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.EmergencyPolicySet, body.Encode(), validUntil);

    /// <summary>An emergency should not have been declared.</summary>
    public Entry Dispute(EmergencyDisputed body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.EmergencyDisputed, body.Encode(), validUntil);

    /// <summary>The patient wants a record gone.</summary>
    public Entry Erase(Erased body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.Erased, body.Encode(), validUntil);

    /// <summary>Somebody else may act for the subject.</summary>
    public Entry Delegate(Delegated body, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.Delegated, body.Encode(), validUntil);

    /// <summary>The subject ends a delegation.</summary>
    public Entry EndDelegation(DelegationId id, SubjectsEnding ending, DateTimeOffset validUntil) => Sign(ConsentEntryTypes.DelegationEnded, new DelegationEnded(id, ending).Encode(), validUntil);

    private Entry Sign(EntryType type, byte[] body, DateTimeOffset validUntil) => Entry.Sign(type, subject.Topic, body, validUntil, key, genesis);
}
