using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Auditing;

/// <summary>How far an audit came: the entries before <see cref="Size"/> are checked, and the peaks pin every byte of them.</summary>
/// <remarks>
/// Bytes: u64 big-endian size, then the roots of the complete subtrees, largest first. The same as those of the tree's frontier, written by
/// code of its own: an auditor that used the writer's would share its mistakes.
/// </remarks>
public sealed class AuditState
{
    internal AuditState(ulong size, ImmutableArray<Digest> peaks)
    {
        Size = size;
        Peaks = peaks;
    }

    /// <summary>Nothing is checked yet.</summary>
    public static AuditState Start { get; } = new(0, []);

    /// <summary>Number of entries checked, from the first on.</summary>
    public ulong Size { get; }

    internal ImmutableArray<Digest> Peaks { get; }

    /// <summary>Reads a saved state.</summary>
    /// <returns>Null unless these are exactly the bytes of some state.</returns>
    public static AuditState? Parse(ReadOnlySpan<byte> bytes)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(bytes, out ulong size)
            || size > long.MaxValue
            || bytes.Length != sizeof(ulong) + (BitOperations.PopCount(size) * Digest.Length))
        {
            return null;
        }

        return new AuditState(size, AuditHash.Split(bytes[sizeof(ulong)..]));
    }

    /// <summary>The bytes to save.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Size);
        return [.. bytes, .. Peaks.SelectMany(peak => peak.ToArray())];
    }
}
