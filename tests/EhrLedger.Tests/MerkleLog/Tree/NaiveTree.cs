using System.Security.Cryptography;
using EhrLedger.Crypto;

namespace EhrLedger.Tests.MerkleLog.Tree;

/// <summary>RFC 9162 §2.1 word for word: recursive, slow, and sharing nothing with what it is compared to.</summary>
internal sealed class NaiveTree(IReadOnlyList<Digest> leafHashes)
{
    private readonly Dictionary<(int, int), Digest> _known = [];

    public static Digest[] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => Digest.Of(BitConverter.GetBytes(i)))];

    public Digest Root(int size) => Mth(0, size);

    public List<Digest> Path(int index, int size) => Path(index, 0, size);

    public List<Digest> Consistency(int oldSize, int newSize) => SubProof(oldSize, 0, newSize, true);

    private static int Split(int n)
    {
        int k = 1;
        while (k * 2 < n)
        {
            k *= 2;
        }

        return k;
    }

    private Digest Mth(int from, int to)
    {
        if (_known.TryGetValue((from, to), out Digest known))
        {
            return known;
        }

        int n = to - from;
        if (n == 0)
        {
            return Digest.FromBytes(SHA256.HashData([]));
        }

        return _known[(from, to)] = n == 1
            ? leafHashes[from]
            : Digest.FromBytes(SHA256.HashData([1, .. Mth(from, from + Split(n)).ToArray(), .. Mth(from + Split(n), to).ToArray()]));
    }

    private List<Digest> Path(int m, int from, int to)
    {
        if (to - from == 1)
        {
            return [];
        }

        int middle = from + Split(to - from);
        return m < middle ? [.. Path(m, from, middle), Mth(middle, to)] : [.. Path(m, middle, to), Mth(from, middle)];
    }

    private List<Digest> SubProof(int m, int from, int to, bool isOldTree)
    {
        if (m == to)
        {
            return isOldTree ? [] : [Mth(from, to)];
        }

        int middle = from + Split(to - from);
        return m <= middle
            ? [.. SubProof(m, from, middle, isOldTree), Mth(middle, to)]
            : [.. SubProof(m, middle, to, false), Mth(from, middle)];
    }
}
