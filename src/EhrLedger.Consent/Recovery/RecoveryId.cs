using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Recovery;

/// <summary>Names what brings one wallet back: a key that is derived from the wallet's seed for this alone. It is no subject, and nothing links it to one.</summary>
/// <param name="Key">Signs set-ups and vetoes.</param>
public readonly record struct RecoveryId(Ed25519PublicKey Key)
{
    /// <summary>The topic of the entries about this recovery.</summary>
    public Topic Topic => new(TopicKind.Recovery, Digest.FromBytes(Key.ToArray()));

    /// <summary>The recovery that a topic names. Null for a topic of another kind, and for bytes that are no key.</summary>
    public static RecoveryId? TryFrom(Topic topic) =>
        topic.Kind == TopicKind.Recovery && Ed25519PublicKey.TryFromBytes(topic.Name.ToArray(), out var key) ? new RecoveryId(key) : null;

    /// <summary>The did:key.</summary>
    public override string ToString() => Key.ToDidKey();
}
