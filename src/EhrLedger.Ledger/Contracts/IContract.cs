using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Ledger.Contracts;

/// <summary>The state of one topic. Immutable, small, with canonical bytes.</summary>
public interface ITopicState
{
    /// <summary>Canonical bytes: equal states have equal bytes on every node.</summary>
    byte[] Encode();
}

/// <summary>
/// The deterministic rules for the topics of one kind: (state, entry, moment) → verdict. Pure and total: no clock, no randomness, no input or output, no floating
/// point, no culture. Every node runs the same.
/// </summary>
public interface IContract
{
    /// <summary>The topics that it judges.</summary>
    TopicKind Kind { get; }

    /// <summary>Reads a state that <see cref="ITopicState.Encode"/> wrote. Null if the bytes are not that.</summary>
    ITopicState? Decode(ReadOnlyMemory<byte> state);

    /// <summary>The key that must have signed. Null where nobody may sign such an entry in this state.</summary>
    /// <param name="state">Null before the topic's first entry.</param>
    /// <param name="entry">Its body is not checked yet.</param>
    /// <param name="members">The consortium as it stands before the entry.</param>
    Ed25519PublicKey? SignerOf(ITopicState? state, Entry entry, Members members);

    /// <summary>Judges an entry whose signature has been verified under <see cref="SignerOf"/> and whose validity has been checked.</summary>
    Verdict Evaluate(ITopicState? state, Entry entry, Moment moment, Members members);
}
