using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Following;

/// <summary>What the sequencer sends to a follower: docs/formats.md, replication.</summary>
/// <param name="First">Index of the first leaf; the follower's size, as far as the sequencer knows.</param>
/// <param name="Leaves">Leaf bytes in order; may be empty.</param>
/// <param name="Checkpoint">Signed checkpoint at exactly <paramref name="First"/> plus the number of leaves. Null where only a final checkpoint is passed on.</param>
/// <param name="Final">The newest checkpoint with a quorum; null if the follower has it.</param>
public sealed record ReplicateRequest(ulong First, IReadOnlyList<ReadOnlyMemory<byte>> Leaves, ReadOnlyMemory<byte>? Checkpoint, ReadOnlyMemory<byte>? Final)
{
    /// <summary>Most leaves in one request.</summary>
    public const int MostLeaves = 4_096;

    /// <summary>The sequencer stops adding leaves at about this many bytes.</summary>
    public const int UsualBytes = 4 << 20;

    private const int LargestNote = 512 * 1024;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1024 + Leaves.Sum(leaf => leaf.Length + 3)).WriteArray(4).WriteUInt(First).WriteArray(Leaves.Count);
        foreach (var leaf in Leaves)
        {
            writer.WriteBytes(leaf.Span);
        }

        return WriteNote(WriteNote(writer, Checkpoint), Final).ToArray();
    }

    /// <summary>Null unless the bytes are a request in its only encoding.</summary>
    public static ReplicateRequest? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var request = new ReplicateRequest(
            reader.ReadUInt(long.MaxValue),
            reader.ReadArray(0, MostLeaves, item => item.ReadBytes(0, Entry.LargestSize + 64)),
            ReadNote(reader),
            ReadNote(reader));
        reader.ReadEndArray();
        return request;
    });

    private static DeterministicCborWriter WriteNote(DeterministicCborWriter writer, ReadOnlyMemory<byte>? note) =>
        note is { } bytes ? writer.WriteBytes(bytes.Span) : writer.WriteNull();

    private static ReadOnlyMemory<byte>? ReadNote(StrictCborReader reader) => reader.TryReadNull() ? (ReadOnlyMemory<byte>?)null : reader.ReadBytes(0, LargestNote);
}
