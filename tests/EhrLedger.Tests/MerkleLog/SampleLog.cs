using System.Text;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Tiles;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Tests.MerkleLog.Tree;

namespace EhrLedger.Tests.MerkleLog;

/// <summary>A whole log made by the writer's own code, and served as files that a test can damage.</summary>
internal sealed class SampleLog : ITileSource
{
    private readonly StoredHashesInMemory _store = new();
    private readonly List<byte[]> _entries = [];
    private readonly Dictionary<string, Func<byte[]?, byte[]?>> _damage = [];

    public SampleLog(int size, string salt = "")
    {
        Tree = new MerkleTree(Frontier.Empty, _store);
        Grow(size, salt);
    }

    public MerkleTree Tree { get; private set; }

    public List<string> Fetched { get; } = [];

    public static LogOrigin Origin { get; } = LogOrigin.Parse(TestKeys.Origin)!;

    public static WitnessPolicy Policy { get; } = WitnessPolicy.ForLogAlone(TestKeys.Log.Verifier);

    public LogAuditor Auditor => new(this, Policy);

    /// <summary>What is served as checkpoint; by default the log's newest, signed.</summary>
    public byte[]? Served { get; set; }

    public ReadOnlyMemory<byte> Entry(ulong index) => _entries[(int)index];

    public void Grow(int by, string salt = "")
    {
        byte[][] added = [.. Enumerable.Range(_entries.Count, by).Select(i => Encoding.UTF8.GetBytes($"entry {i}{salt}"))];
        TreeAppend append = Tree.Append([.. added.Select(entry => MerkleHash.Leaf(entry))]);
        _store.Add(append.NewHashes);
        _entries.AddRange(added);
        Tree = append.Tree;
        Served = Signed(Tree.Size).Encode();
    }

    public SignedCheckpoint Signed(ulong size) =>
        SignedCheckpoint.Sign(new CheckpointBody(Origin, size, Tree.RootAtAsync(size, default).AsTask().GetAwaiter().GetResult()), TestKeys.Log);

    public void Damage(string path, Func<byte[]?, byte[]?> how) => _damage[path] = how;

    public async ValueTask<byte[]?> FetchAsync(string path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Fetched.Add(path);
        byte[]? bytes = await TilePath.Parse(path)!.Match<ValueTask<byte[]?>>(
            _ => ValueTask.FromResult(Served),
            async hashes => (await HashTile.FindAsync(hashes, Tree.Size, _store, cancellationToken))?.ToArray(),
            entries => ValueTask.FromResult(HashTile.HasEntries(entries, Tree.Size) ? Bundle(entries) : null));
        return _damage.TryGetValue(path, out Func<byte[]?, byte[]?>? how) ? how(bytes) : bytes;
    }

    private byte[]? Bundle(TilePath.Entries entries) =>
        EntryBundle.Encode([.. _entries.Skip((int)entries.Index * 256).Take(entries.Width).Select(entry => new ReadOnlyMemory<byte>(entry))]);
}
