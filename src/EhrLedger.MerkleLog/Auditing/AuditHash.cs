using System.Collections.Immutable;
using System.Security.Cryptography;
using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Auditing;

/// <summary>The auditor's own hashing. Written apart from the tree's on purpose: only SHA-256 itself is shared.</summary>
/// <remarks>Source: RFC 6962 §2.1.</remarks>
internal static class AuditHash
{
    public static Digest OfEntry(ReadOnlySpan<byte> entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(entry);
        return Digest.FromBytes(hash.GetHashAndReset());
    }

    public static Digest OfPair(Digest left, Digest right) => Digest.FromBytes(SHA256.HashData([1, .. left.ToArray(), .. right.ToArray()]));

    /// <summary>The root over any number of hashes as leaves, by RFC 6962's own recursion.</summary>
    public static Digest OfRange(ReadOnlySpan<Digest> hashes)
    {
        switch (hashes.Length)
        {
            case 0:
                return Digest.FromBytes(SHA256.HashData([]));
            case 1:
                return hashes[0];
        }

        int split = 1;
        while (split * 2 < hashes.Length)
        {
            split *= 2;
        }

        return OfPair(OfRange(hashes[..split]), OfRange(hashes[split..]));
    }

    /// <summary>The root of a tree from its complete subtrees, largest first.</summary>
    public static Digest OfPeaks(IReadOnlyList<Digest> peaks) =>
        peaks.Count == 0 ? OfRange([]) : peaks.Reverse().Aggregate((right, left) => OfPair(left, right));

    /// <summary>The complete subtrees that the first hashes of a row fall into, largest first.</summary>
    public static List<Digest> PeaksOf(ReadOnlySpan<Digest> row)
    {
        var peaks = new List<Digest>();
        for (int width = 128; width > 0; width /= 2)
        {
            if ((row.Length & width) != 0)
            {
                int start = row.Length & ~((2 * width) - 1);
                peaks.Add(OfRange(row.Slice(start, width)));
            }
        }

        return peaks;
    }

    public static ImmutableArray<Digest> Split(ReadOnlySpan<byte> bytes)
    {
        var hashes = ImmutableArray.CreateBuilder<Digest>();
        for (int at = 0; at + Digest.Length <= bytes.Length; at += Digest.Length)
        {
            hashes.Add(Digest.FromBytes(bytes.Slice(at, Digest.Length)));
        }

        return hashes.ToImmutable();
    }
}
