using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Tests.MerkleLog.Tree;

/// <summary>A store in memory that insists on what the port promises, and remembers how it was read.</summary>
internal sealed class StoredHashesInMemory : ITreeHashes
{
    private readonly List<Digest>[] _levels = [.. Enumerable.Range(0, StoredHash.Levels).Select(_ => new List<Digest>())];

    public List<(int Level, ulong First, int Count)> Reads { get; } = [];

    public IReadOnlyList<Digest> Level(int level) => _levels[level];

    public void Add(IEnumerable<StoredHash> hashes)
    {
        foreach (StoredHash hash in hashes)
        {
            if (hash.Index != (ulong)_levels[hash.Level].Count)
            {
                throw new InvalidOperationException($"Level {hash.Level} is written with a gap at {hash.Index}.");
            }

            _levels[hash.Level].Add(hash.Hash);
        }
    }

    public void Lose(int level) => _levels[level].RemoveAt(_levels[level].Count - 1);

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(int level, ulong firstIndex, int count, CancellationToken cancellationToken)
    {
        Reads.Add((level, firstIndex, count));
        byte[] bytes = [.. _levels[level].Skip((int)firstIndex).Take(count).SelectMany(hash => hash.ToArray())];
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(bytes);
    }
}
