using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Recovery;

/// <summary>The entry types of a recovery's topic. Table: docs/formats.md.</summary>
public static class RecoveryEntryTypes
{
    /// <summary>Who guards, or that nobody does.</summary>
    public static readonly EntryType GuardiansSet = new(40);

    /// <summary>A new phone asks for the seed, with the guardians' approvals.</summary>
    public static readonly EntryType RecoveryRequested = new(41);

    /// <summary>The old wallet says no.</summary>
    public static readonly EntryType RecoveryVetoed = new(42);
}

/// <summary>Signs the entries of one recovery.</summary>
/// <param name="recovery">Whose topic.</param>
/// <param name="key">The topic's key, or a request's. Stays the caller's.</param>
/// <param name="genesis">Digest of the consortium's genesis.</param>
public sealed class RecoveryEntries(RecoveryId recovery, Ed25519PrivateKey key, Digest genesis)
{
    /// <summary>Who guards from now on. By the topic's key.</summary>
    public Entry Set(GuardiansSet body, DateTimeOffset validUntil) => Sign(RecoveryEntryTypes.GuardiansSet, body.Encode(), validUntil);

    /// <summary>A new phone asks. By the request's key.</summary>
    public Entry Request(RecoveryRequested body, DateTimeOffset validUntil) => Sign(RecoveryEntryTypes.RecoveryRequested, body.Encode(), validUntil);

    /// <summary>The old wallet says no. By the topic's key.</summary>
    public Entry Veto(RecoveryVetoed body, DateTimeOffset validUntil) => Sign(RecoveryEntryTypes.RecoveryVetoed, body.Encode(), validUntil);

    private Entry Sign(EntryType type, byte[] body, DateTimeOffset validUntil) => Entry.Sign(type, recovery.Topic, body, validUntil, key, genesis);
}
