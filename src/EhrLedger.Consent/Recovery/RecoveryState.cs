using System.Collections.Immutable;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;

namespace EhrLedger.Consent.Recovery;

/// <summary>What the ledger knows of a recovery: docs/formats.md, recovery-state. Immutable.</summary>
/// <param name="LastNumber">Number of the last set-up that was set, or switched off.</param>
/// <param name="Rule">The set-up in force; null for none.</param>
/// <param name="Open">Requests under it, in the order in which they were logged. Those that have lapsed stay until the next change, and give no right.</param>
public sealed record RecoveryState(uint LastNumber, GuardianRule? Rule, ImmutableArray<OpenRecovery> Open) : ITopicState
{
    /// <summary>Most requests that may be open at a time.</summary>
    public const int MostOpen = 4;

    private const int Version = 1;

    /// <summary>The request, if it was neither vetoed nor dropped and its set-up is in force.</summary>
    public OpenRecovery? Find(Ed25519PublicKey request) => Open.FirstOrDefault(open => open.Key == request);

    /// <inheritdoc/>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1024).WriteArray(4).WriteUInt(Version).WriteUInt(LastNumber);
        if (Rule is null)
        {
            writer.WriteNull();
        }
        else
        {
            Rule.Write(writer);
        }

        return writer.WriteAll(Open, OpenRecovery.Write).ToArray();
    }

    /// <summary>Null unless the bytes are a state in its only encoding.</summary>
    public static RecoveryState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        reader.Require(reader.ReadUInt() == Version);
        var state = new RecoveryState(reader.ReadUInt32(), reader.TryReadNull() ? null : GuardianRule.Read(reader), [.. reader.ReadArray(0, MostOpen, OpenRecovery.Read)]);
        reader.ReadEndArray();
        return state;
    });
}

/// <summary>A request that waits, or may be answered.</summary>
/// <param name="Key">Of the new phone.</param>
/// <param name="AnswerKeyDigest">SHA-256 of the key that answers are sealed to.</param>
/// <param name="Index">Of its entry.</param>
/// <param name="From">When the waiting time is over, Unix milliseconds.</param>
/// <param name="Until">When it lapses, Unix milliseconds.</param>
public sealed record OpenRecovery(Ed25519PublicKey Key, Digest AnswerKeyDigest, ulong Index, ulong From, ulong Until)
{
    internal static void Write(DeterministicCborWriter writer, OpenRecovery open) =>
        writer.WriteArray(5).WriteKey(open.Key).WriteDigest(open.AnswerKeyDigest).WriteUInt(open.Index).WriteUInt(open.From).WriteUInt(open.Until);

    internal static OpenRecovery Read(StrictCborReader reader)
    {
        reader.ReadStartArray(5);
        var open = new OpenRecovery(reader.ReadKey(), reader.ReadDigest(), reader.ReadUInt(), reader.ReadUInt(), reader.ReadUInt());
        reader.ReadEndArray();
        return open;
    }
}
