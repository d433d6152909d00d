using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Node.Peers;

/// <summary>The answer to a submitted entry: docs/http.md.</summary>
/// <param name="Index">Where it stands.</param>
/// <param name="Time">The leaf's time, Unix milliseconds.</param>
/// <param name="Level">How far it has come.</param>
/// <param name="Final">The newest final checkpoint, where the entry is final; null otherwise.</param>
internal sealed record SubmitAnswer(ulong Index, ulong Time, CommitLevel Level, ReadOnlyMemory<byte>? Final)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1024).WriteArray(4).WriteUInt(Index).WriteUInt(Time).WriteUInt((ulong)Level);
        return (Final is { } note ? writer.WriteBytes(note.Span) : writer.WriteNull()).ToArray();
    }

    /// <summary>Null unless the bytes are an answer in its only encoding.</summary>
    public static SubmitAnswer? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var index = reader.ReadUInt(long.MaxValue);
        var time = reader.ReadUInt(long.MaxValue);
        var level = (CommitLevel)reader.ReadUInt(3);
        reader.Require(level != 0);
        ReadOnlyMemory<byte>? final = reader.TryReadNull() ? (ReadOnlyMemory<byte>?)null : reader.ReadBytes(0, 512 * 1024);
        reader.ReadEndArray();
        return new SubmitAnswer(index, time, level, final);
    });
}
