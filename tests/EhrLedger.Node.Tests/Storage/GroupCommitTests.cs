using System.Collections.Concurrent;
using EhrLedger.Node.Authoring;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class GroupCommitTests
{
    private const int Largest = 16;

    [Test]
    public async Task Commits_everything_once_in_order_and_one_batch_at_a_time()
    {
        const int Threads = 8;
        const int Each = 2_000;
        var committed = new List<(int Thread, int Number)>();
        var inside = 0;
        var tooLarge = 0;
        var together = 0;
        var group = new GroupCommit<Item>(
            batch =>
            {
                together += Interlocked.Increment(ref inside) > 1 ? 1 : 0;
                tooLarge += batch.Count > Largest ? 1 : 0;
                foreach (var item in batch)
                {
                    committed.Add((item.Thread, item.Number));
                    item.Done.SetResult();
                }

                Interlocked.Decrement(ref inside);
            },
            _ => { },
            _ => 1,
            Largest);
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            var all = new List<Task>();
            for (var number = 0; number < Each; number++)
            {
                var item = new Item(thread, number);
                group.Add(item);
                all.Add(item.Done.Task);
            }

            await Task.WhenAll(all);
        })));
        Assert.That((together, tooLarge), Is.EqualTo((0, 0)));
        foreach (var ofThread in committed.GroupBy(item => item.Thread, item => item.Number))
        {
            Assert.That(ofThread, Is.EqualTo(Enumerable.Range(0, Each)));
        }

        Assert.That(committed, Has.Count.EqualTo(Threads * Each));
    }

    [Test]
    public void One_that_comes_alone_is_committed_when_it_has_been_added()
    {
        var committed = new List<int>();
        var group = new GroupCommit<int>(committed.AddRange, _ => { }, _ => 1, Largest);
        group.Add(7);
        Assert.That(committed, Is.EqualTo(new[] { 7 }));
    }

    [Test]
    public async Task After_its_end_it_refuses()
    {
        var (committed, refused) = (new List<int>(), new ConcurrentQueue<int>());
        var group = new GroupCommit<int>(committed.AddRange, batch => batch.ForEach(refused.Enqueue), _ => 1, Largest);
        group.Add(1);
        await group.UntilAsync(new CancellationToken(canceled: true));
        group.Add(2);
        Assert.That(committed, Is.EqualTo(new[] { 1 }));
        Assert.That(refused, Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public void A_fault_lets_nobody_wait_and_is_told()
    {
        var refused = new List<int>();
        var group = new GroupCommit<int>(_ => throw new InvalidOperationException(), refused.AddRange, _ => 1, Largest);
        group.Add(1);
        group.Add(2);
        Assert.That(refused, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(() => group.UntilAsync(CancellationToken.None), Throws.InvalidOperationException);
    }

    private sealed record Item(int Thread, int Number)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
