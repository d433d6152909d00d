using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Auditing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Auditing;

public sealed class LogAuditorTests
{
    [Test]
    public async Task Finds_nothing_wrong_in_a_good_log([Values(0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_300)] int size)
    {
        var log = new SampleLog(size);
        AuditResult result = await log.Auditor.AuditAsync(AuditState.Start, null, null, default);
        Assert.That(result.Finding?.Text, Is.Null);
        Assert.That(result.Checkpoint?.Checkpoint.Size, Is.EqualTo(size));
        Assert.That(result.Checked.Encode(), Is.EqualTo(log.Tree.Frontier.Encode()));
        Assert.That(log.Fetched, Is.Unique);
    }

    [Test]
    public async Task Shows_every_entry_once_and_in_order()
    {
        var log = new SampleLog(600);
        var seen = new List<ulong>();
        await log.Auditor.AuditAsync(AuditState.Start, See, null, default);
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 600).Select(i => (ulong)i)));

        ValueTask<string?> See(ulong index, ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
        {
            Assert.That(entry.ToArray(), Is.EqualTo(log.Entry(index).ToArray()));
            seen.Add(index);
            return ValueTask.FromResult<string?>(null);
        }
    }

    [Test]
    public async Task Ends_at_the_first_entry_that_the_layer_above_refuses()
    {
        AuditResult result = await new SampleLog(600).Auditor.AuditAsync(
            AuditState.Start, (index, _, _) => ValueTask.FromResult(index >= 300 ? "it is late" : null), null, default);
        Assert.That(result.Finding, Is.EqualTo(new AuditFinding.RefusedEntry(300, "it is late")));
        Assert.That(result.Checked.Size, Is.EqualTo(256));
    }

    [Test]
    public async Task Goes_on_where_it_came_to([Values(1, 200, 256, 300, 512, 65_536)] int first, [Values(0, 1, 300)] int more)
    {
        var log = new SampleLog(first);
        AuditResult earlier = await log.Auditor.AuditAsync(AuditState.Start, null, null, default);
        log.Grow(more);
        log.Fetched.Clear();
        var seen = new List<ulong>();
        AuditResult later = await log.Auditor.AuditAsync(AuditState.Parse(earlier.Checked.Encode())!, See, null, default);
        Assert.That(later.Finding?.Text, Is.Null);
        Assert.That(seen, Is.EqualTo(Enumerable.Range(first, more).Select(i => (ulong)i)));
        Assert.That(log.Fetched.Count(path => path.Contains("entries", StringComparison.Ordinal)), Is.LessThanOrEqualTo(3));

        ValueTask<string?> See(ulong index, ReadOnlyMemory<byte> entry, CancellationToken cancellationToken)
        {
            seen.Add(index);
            return ValueTask.FromResult<string?>(null);
        }
    }

    [Test]
    public async Task Can_be_stopped_and_resumed_from_its_progress()
    {
        var log = new SampleLog(1000);
        using var stop = new CancellationTokenSource();
        var progress = new Reported(report =>
        {
            if (report.Resume.Size >= 512)
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await log.Auditor.AuditAsync(AuditState.Start, null, progress, stop.Token));
        Assert.That(progress.Last!.Resume.Size, Is.EqualTo(512));
        AuditResult rest = await log.Auditor.AuditAsync(progress.Last.Resume, null, null, default);
        Assert.That((rest.Finding, rest.Checked.Size), Is.EqualTo(((AuditFinding?)null, 1000ul)));
    }

    [Test]
    public async Task Finds_that_the_log_was_wound_back()
    {
        AuditResult earlier = await new SampleLog(600).Auditor.AuditAsync(AuditState.Start, null, null, default);
        AuditResult later = await new SampleLog(500).Auditor.AuditAsync(earlier.Checked, null, null, default);
        Assert.That(later.Finding, Is.EqualTo(new AuditFinding.Rewound(600, 500)));
    }

    [Test]
    public async Task Finds_that_the_log_was_forked([Values(600, 601, 2000)] int forkedSize)
    {
        AuditResult earlier = await new SampleLog(600).Auditor.AuditAsync(AuditState.Start, null, null, default);
        AuditResult later = await new SampleLog(forkedSize, salt: " forked").Auditor.AuditAsync(earlier.Checked, null, null, default);
        Assert.That(later.Finding, Is.EqualTo(new AuditFinding.Forked(600)));
    }

    [TestCase("/tile/0/000", 0, 0)]
    [TestCase("/tile/0/255", 0, 255)]
    [TestCase("/tile/0/258.p/252", 0, 258)]
    [TestCase("/tile/1/000", 1, 0)]
    [TestCase("/tile/1/001.p/2", 1, 1)]
    [TestCase("/tile/2/000.p/1", 2, 0)]
    public async Task Names_a_tile_that_is_wrong_missing_or_short(string path, int level, int index)
    {
        var log = new SampleLog(66_300);
        log.Damage(path, bytes => Flipped(bytes!, bytes!.Length - 1));
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.WrongTile(level, (ulong)index)));
        log.Damage(path, bytes => bytes![..^32]);
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.WrongTile(level, (ulong)index)));
        log.Damage(path, _ => null);
        log.Damage(path.Split(".p/")[0], _ => null);
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.MissingTile(level, (ulong)index)));
    }

    [TestCase("/tile/entries/000", 0, 17)]
    [TestCase("/tile/entries/001", 1, 300)]
    [TestCase("/tile/entries/002.p/88", 2, 599)]
    public async Task Names_an_entry_that_is_wrong_and_a_bundle_that_is_missing_or_broken(string path, int bundle, int index)
    {
        var log = new SampleLog(600);
        int at = 0;
        for (int i = bundle * 256; i <= index; i++)
        {
            at += 2 + log.Entry((ulong)i).Length;
        }

        log.Damage(path, bytes => Flipped(bytes!, at - 1));
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.WrongEntry((ulong)index)));
        log.Damage(path, bytes => bytes![..^1]);
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.MalformedEntries((ulong)bundle)));
        log.Damage(path, bytes => [.. bytes!, 0, 0]);
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.MalformedEntries((ulong)bundle)).Or.EqualTo(new AuditFinding.MissingEntries(1)));
        log.Damage(path, _ => null);
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.MissingEntries((ulong)bundle)));
    }

    [Test]
    public async Task Finds_every_single_flipped_byte_of_a_small_log()
    {
        foreach (string path in (string[])["/tile/0/000", "/tile/0/001.p/4", "/tile/1/000.p/1", "/tile/entries/000", "/tile/entries/001.p/4", "/checkpoint"])
        {
            int length = (await new SampleLog(260).FetchAsync(path, default))!.Length;
            for (int at = 0; at < length; at += length > 1000 ? 37 : 1)
            {
                var log = new SampleLog(260);
                log.Damage(path, bytes => Flipped(bytes!, at));
                Assert.That(await FindAsync(log), Is.Not.Null, $"byte {at} of {path}");
            }
        }
    }

    [Test]
    public async Task Takes_a_full_tile_where_the_partial_one_is_no_longer_kept()
    {
        var log = new SampleLog(600);
        byte[] checkpoint = log.Served!;
        log.Grow(600);
        log.Served = checkpoint;
        log.Damage("/tile/0/002.p/88", _ => null);
        log.Damage("/tile/entries/002.p/88", _ => null);
        Assert.That(await FindAsync(log), Is.Null);
    }

    [Test]
    public async Task Finds_a_root_that_no_tile_is_to_blame_for()
    {
        var log = new SampleLog(600);
        log.Served = SignedCheckpoint.Sign(new CheckpointBody(SampleLog.Origin, 600, Digest.Of([1])), TestKeys.Log).Encode();
        Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.RootMismatch(600)));
    }

    [Test]
    public async Task Trusts_no_checkpoint_that_is_missing_malformed_or_unsigned()
    {
        var log = new SampleLog(3);
        byte[] good = log.Served!;
        foreach ((byte[]? served, CheckpointFault fault) in ((byte[]?, CheckpointFault)[])
            [(null, CheckpointFault.Missing), ([], CheckpointFault.Malformed), (good[..^1], CheckpointFault.Malformed),
             (SignedCheckpoint.Sign(log.Signed(3).Body, TestKeys.LogWith(2)).Encode(), CheckpointFault.NotSignedByLog)])
        {
            log.Served = served;
            Assert.That(await FindAsync(log), Is.EqualTo(new AuditFinding.BadCheckpoint(fault)));
        }
    }

    [Test]
    public async Task Asks_for_the_quorum_of_its_policy()
    {
        var log = new SampleLog(3);
        var auditor = new LogAuditor(log, QuorumPolicy.ForMembers(TestKeys.Log.Verifier, [TestKeys.Witness(1).Verifier]));
        AuditResult alone = await auditor.AuditAsync(AuditState.Start, null, null, default);
        Assert.That(alone.Finding, Is.EqualTo(new AuditFinding.BadCheckpoint(CheckpointFault.NoQuorum)));
        log.Served = log.Signed(3).With(TestKeys.Witness(1).Cosign(log.Signed(3).Body, DateTimeOffset.UnixEpoch)).Encode();
        Assert.That((await auditor.AuditAsync(AuditState.Start, null, null, default)).Finding, Is.Null);
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] flipped = [.. bytes];
        flipped[at] ^= 1;
        return flipped;
    }

    private static async Task<AuditFinding?> FindAsync(SampleLog log) => (await log.Auditor.AuditAsync(AuditState.Start, null, null, default)).Finding;

    private sealed class Reported(Action<AuditProgress> then) : IProgress<AuditProgress>
    {
        public AuditProgress? Last { get; private set; }

        public void Report(AuditProgress value)
        {
            Last = value;
            then(value);
        }
    }
}
