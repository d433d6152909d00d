using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.Tests.Client.World;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

/// <summary>An author whose copy of the log is fed by hand, and a sequencer whose store can be exchanged for an older one.</summary>
[CancelAfter(20_000)]
public sealed class OutboxPumpTests
{
    [Test]
    public async Task Submits_again_what_the_sequencer_has_lost_as_soon_as_the_copy_shows_it(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(2);
        await scene.Submitter.WaitForAsync(2, cancellationToken);

        // Another store, in which the two never stood; somebody else's entries fill their places.
        scene.Rewind();
        for (var i = 0; i < 2; i++)
        {
            await scene.LogOthersAsync();
        }

        await scene.FollowAsync();
        scene.Outbox.Wake();
        await scene.Submitter.WaitForAsync(4, cancellationToken);
        await scene.FollowAsync();
        Assert.That(scene.NextInCopy, Is.EqualTo(2));
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1, 0, 1 }));
    }

    [Test]
    public async Task Submits_again_what_a_batch_that_follows_shows_to_be_lost(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(2);
        await scene.Submitter.WaitForAsync(2, cancellationToken);
        scene.Rewind();
        scene.Outbox.Add(1);
        await scene.Submitter.WaitForAsync(6, cancellationToken);
        await scene.FollowAsync();
        Assert.That(scene.NextInCopy, Is.EqualTo(3));
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1, 2, 0, 1, 2 }));
    }

    [Test]
    public async Task Does_not_submit_again_what_only_waits_to_be_final(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        for (var round = 0; round < 20; round++)
        {
            scene.Outbox.Add(1);
            await scene.Submitter.WaitForAsync(round + 1, cancellationToken);
            if (round % 2 == 0)
            {
                await scene.FollowAsync();
            }
        }

        Assert.That(scene.Finality, Is.Zero);
        Assert.That(scene.Submitter.Numbers, Is.Unique);
    }

    [Test]
    public async Task Begins_after_a_restart_with_what_its_copy_lacks(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(2);
        await scene.Submitter.WaitForAsync(2, cancellationToken);
        await scene.FollowAsync();
        await scene.StopAsync();
        scene.Outbox.Add(1);
        scene.Start();
        await scene.Submitter.WaitForAsync(3, cancellationToken);
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1, 2 }));
    }

    [Test]
    public async Task Asks_after_a_while_for_the_newest_only_whether_the_sequencer_still_has_it(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(3);
        await scene.Submitter.WaitForAsync(3, cancellationToken);
        scene.Clock.Advance(TimeSpan.FromSeconds(6));
        scene.Outbox.Wake();
        await scene.Submitter.WaitForAsync(4, cancellationToken);
        scene.Outbox.Add(1);
        await scene.Submitter.WaitForAsync(5, cancellationToken);
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1, 2, 2, 3 }));
    }

    [Test]
    public async Task Cries_about_what_is_not_final_after_a_minute(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(2);
        await scene.Submitter.WaitForAsync(2, cancellationToken);
        await scene.FollowAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(61));
        scene.Outbox.Wake();
        await scene.CriesAsync("OutboxStuck", cancellationToken);
    }

    [Test]
    public async Task Does_not_cry_while_its_copy_catches_up(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(2);
        await scene.Submitter.WaitForAsync(2, cancellationToken);
        await scene.StopAsync();

        // The copy is empty, as after a restore, and the batches are old.
        scene.Clock.Advance(TimeSpan.FromSeconds(120));
        scene.Start();
        await scene.Submitter.WaitForAsync(4, cancellationToken);
        scene.Outbox.Add(1);
        await scene.Submitter.WaitForAsync(5, cancellationToken);
        await scene.FollowAsync(final: true);
        scene.Outbox.Add(1);
        await scene.Submitter.WaitForAsync(6, cancellationToken);
        Assert.That(scene.Cries, Is.Empty);
    }

    [Test]
    public async Task Cries_where_the_ledger_has_more_batches_than_the_outbox(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.Add(3);
        await scene.Submitter.WaitForAsync(3, cancellationToken);
        await scene.FollowAsync(final: true);
        await scene.StopAsync();
        scene.Outbox.Forget(2);
        scene.Start();
        await scene.CriesAsync("OutboxStuck", cancellationToken);
    }

    [Test]
    public async Task Goes_on_after_its_store_has_failed(CancellationToken cancellationToken)
    {
        await using var scene = new Scene();
        scene.Outbox.FailNext(3);
        scene.Outbox.Add(2);
        await scene.CriesAsync("StoreFailed", cancellationToken);
        await scene.Submitter.WaitForAsync(2, cancellationToken);
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1 }));
    }

    [Test]
    public async Task Rows_of_reads_wait_five_paces_and_no_more(CancellationToken cancellationToken)
    {
        var paces = new PaceClock();
        await using var scene = new Scene(paces);
        scene.Outbox.Add(1, EntryType.AuthorReads);
        await scene.Submitter.WaitForAsync(1, cancellationToken);
        scene.Outbox.Add(2, EntryType.AuthorReads);
        for (var pace = 0; pace < 5; pace++)
        {
            // As long as it waits for another, it has sent none.
            var end = await paces.NextAsync(cancellationToken);
            Assert.That(scene.Submitter.Series, Is.EqualTo(new[] { 1 }));
            scene.Outbox.Add(1, EntryType.AuthorReads);
            end();
        }

        await scene.Submitter.WaitForAsync(8, cancellationToken);
        Assert.That(scene.Submitter.Series, Is.EqualTo(new[] { 1, 7 }));
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(Enumerable.Range(0, 8).Select(number => (ulong)number)));
    }

    [Test]
    public async Task A_write_ends_the_wait_and_takes_with_it_what_waits_in_its_order(CancellationToken cancellationToken)
    {
        var paces = new PaceClock();
        await using var scene = new Scene(paces);
        scene.Outbox.Add(1, EntryType.AuthorReads);
        await scene.Submitter.WaitForAsync(1, cancellationToken);
        scene.Outbox.Add(1, EntryType.AuthorReads);
        (await paces.NextAsync(cancellationToken))();
        var end = await paces.NextAsync(cancellationToken);
        scene.Outbox.Add(1);
        scene.Outbox.Add(1, EntryType.AuthorReads);
        end();
        await scene.Submitter.WaitForAsync(4, cancellationToken);
        Assert.That(scene.Submitter.Series, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1, 2, 3 }));
    }

    [Test]
    public async Task What_waits_when_it_stops_goes_after_the_next_start(CancellationToken cancellationToken)
    {
        var paces = new PaceClock();
        await using var scene = new Scene(paces);
        scene.Outbox.Add(1, EntryType.AuthorReads);
        await scene.Submitter.WaitForAsync(1, cancellationToken);
        scene.Outbox.Add(2, EntryType.AuthorReads);
        (await paces.NextAsync(cancellationToken))();
        _ = await paces.NextAsync(cancellationToken);
        await scene.StopAsync();
        await scene.FollowAsync();
        Assert.That(scene.Submitter.Series, Is.EqualTo(new[] { 1 }));
        scene.Start();
        await scene.Submitter.WaitForAsync(3, cancellationToken);
        Assert.That(scene.Submitter.Numbers, Is.EqualTo(new ulong[] { 0, 1, 2 }));
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly ConsortiumWorld _world = ConsortiumWorld.Asleep();
        private readonly Follower _follower;
        private CancellationTokenSource _stop = new();
        private Task _pump = Task.CompletedTask;
        private CancellationTokenSource _sequencing = new();
        private Task _sequencer = Task.CompletedTask;
        private WorldNode _store;

        private readonly TimeProvider _pumpTime;

        /// <param name="pumpTime">The pump's own clock; null for the world's.</param>
        public Scene(TimeProvider? pumpTime = null)
        {
            _pumpTime = pumpTime ?? _world.Clock;
            _follower = new Follower(Author.Replica, Author.Finality, Author.Cosigner, _world.Clock, _world.NodeAlarms);
            Outbox = new MemoryOutbox(Author, _world);
            _store = _world.Hospital;
            Sequence(_store);
            Start();
        }

        public MemoryOutbox Outbox { get; }

        public CountingSubmitter Submitter { get; } = new();

        public ulong Finality => Author.Finality.Size;

        public ulong NextInCopy => ((EhrLedger.Ledger.Membership.OrganisationState?)Author.Replica.FindTopic(Author.Organisation.Topic)?.State)?.NextBatch ?? 0;

        public IEnumerable<string> Cries => _world.NodeAlarms.Raised.Select(cry => cry.ToString());

        public WorldClock Clock => _world.Clock;

        private WorldNode Author => _world.Clinic;

        public async Task CriesAsync(string kind, CancellationToken cancellationToken)
        {
            while (!Cries.Any(cry => cry.Contains(kind, StringComparison.Ordinal)))
            {
                await Task.Delay(5, cancellationToken);
            }
        }

        public void Start()
        {
            _stop = new CancellationTokenSource();
            var pump = new OutboxPump(Outbox, Author.Replica, Author.Finality, Author.Organisation, Author.SigningKey, Submitter, _pumpTime, _world.NodeAlarms);
            _pump = Task.Run(() => pump.RunAsync(_stop.Token));
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _pump;
            _stop.Dispose();
        }

        /// <summary>The sequencer goes on with a store that is empty.</summary>
        public void Rewind() => Sequence(_store = _world.Insurer);

        public async Task LogOthersAsync()
        {
            var body = new BatchBody(Others++, Last, Digest.Of([1]), new byte[16]).Encode();
            Last = Digest.Of(body);
            var other = _world.Hospital;
            var entry = Entry.Sign(EntryType.RecordsAnchored, other.Organisation.Topic, body, _world.Clock.GetUtcNow() + Entry.UsualValidity, other.SigningKey, _world.Genesis.Digest);
            Assert.That(await Submitter.Inner!.SubmitAsync(entry.SignedBytes, CommitLevel.Durable, CancellationToken.None), Is.InstanceOf<SubmitOutcome.Logged>());
        }

        /// <summary>The author's copy gets what the sequencer has.</summary>
        public async Task FollowAsync(bool final = false)
        {
            var (tree, first) = (_store.Replica.Tree, Author.Replica.Size);
            var checkpoint = SignedCheckpoint.Sign(new CheckpointBody(LogOrigin.Of(_world.LogSigner.Verifier.Name), tree.Size, tree.Root), _world.LogSigner);
            var leaves = _store.Replica.ReadLeaves(first, 1_000).Select(leaf => leaf.Bytes).ToList();
            var cosigned = checkpoint.With([.. _world.Nodes.Select(node => node.Cosigner.Cosign(checkpoint.Body, _world.Clock.GetUtcNow()))]);
            var answer = await _follower.ReplicateAsync(new ReplicateRequest(first, leaves, checkpoint.Encode(), final ? cosigned.Encode() : (ReadOnlyMemory<byte>?)null), CancellationToken.None);
            Assert.That(answer, Is.InstanceOf<ReplicateAnswer.Cosigned>());
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await _sequencing.CancelAsync();
            await _sequencer;
            _sequencing.Dispose();
            _follower.Dispose();
            Submitter.Dispose();
            await _world.DisposeAsync();
        }

        private ulong Others { get; set; }

        private Digest Last { get; set; }

        private void Sequence(WorldNode store)
        {
            _sequencing.Cancel();
            _sequencing = new CancellationTokenSource();
            var (sequencer, token) = (new Sequencer(store.Replica, _world.Clock, _world.NodeAlarms, new SequencerSettings()), _sequencing.Token);
            _sequencer = Task.Run(() => sequencer.RunAsync(token));
            Submitter.Inner = new LocalSubmitter(sequencer, store.Finality, _world.Clock);
        }
    }

    /// <summary>The outbox's twin in memory.</summary>
    private sealed class MemoryOutbox(WorldNode author, ConsortiumWorld world) : IOutbox
    {
        private readonly List<OutboxItem> _items = [];
        private readonly Lock _lock = new();
        private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _failing;

        public ulong NextNumber
        {
            get
            {
                lock (_lock)
                {
                    return (ulong)_items.Count;
                }
            }
        }

        public OutboxItem? Find(ulong number)
        {
            lock (_lock)
            {
                return number < (ulong)_items.Count ? _items[(int)number] : null;
            }
        }

        public IReadOnlyList<OutboxItem> FindFrom(ulong first, int count)
        {
            lock (_lock)
            {
                if (_failing > 0)
                {
                    _failing--;
                    throw new StoreFailedException("The disk is full.");
                }

                return [.. _items.Where(item => item.Number >= first).Take(count)];
            }
        }

        public Task WaitForBatchAsync(CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                return _added.Task.WaitAsync(cancellationToken);
            }
        }

        public void FailNext(int count)
        {
            lock (_lock)
            {
                _failing = count;
            }

            Wake();
        }

        public void KeepSigned(ulong number, ReadOnlyMemory<byte> entry) => throw new InvalidOperationException("Nothing expires here.");

        public void Add(int count) => Add(count, EntryType.RecordsAnchored);

        public void Add(int count, EntryType type)
        {
            lock (_lock)
            {
                for (var i = 0; i < count; i++)
                {
                    var previous = _items.Count == 0 ? default : Digest.Of(_items[^1].Body.Span);
                    var body = new BatchBody((ulong)_items.Count, previous, Digest.Of([2]), new byte[16]).Encode();
                    var entry = Entry.Sign(type, author.Organisation.Topic, body, world.Clock.GetUtcNow() + Entry.UsualValidity, author.SigningKey, world.Genesis.Digest);
                    _items.Add(new OutboxItem((ulong)_items.Count, type, body, entry.SignedBytes, world.Clock.GetUtcNow()));
                }
            }

            Wake();
        }

        public void Forget(int count)
        {
            lock (_lock)
            {
                _items.RemoveRange(_items.Count - count, count);
            }
        }

        public void Wake()
        {
            lock (_lock)
            {
                _added.SetResult();
                _added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>The way to whichever sequencer there is now, which keeps what went by.</summary>
    private sealed class CountingSubmitter : ISubmitter, IDisposable
    {
        private readonly List<ulong> _numbers = [];
        private readonly List<int> _series = [];
        private readonly SemaphoreSlim _answered = new(0);
        private int _seen;

        public LocalSubmitter? Inner { get; set; }

        public IReadOnlyList<ulong> Numbers
        {
            get
            {
                lock (_numbers)
                {
                    return [.. _numbers];
                }
            }
        }

        /// <summary>How many went together, time by time.</summary>
        public IReadOnlyList<int> Series
        {
            get
            {
                lock (_numbers)
                {
                    return [.. _series];
                }
            }
        }

        public async ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
        {
            var outcome = await Inner!.SubmitAsync(signedBytes, level, cancellationToken);
            lock (_numbers)
            {
                _numbers.Add(BatchBody.TryParse(Entry.TryParse(signedBytes)!.Body)!.Number);
            }

            _answered.Release();
            return outcome;
        }

        public async ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken)
        {
            var outcomes = await Inner!.SubmitSeriesAsync(signedBytes, cancellationToken);
            lock (_numbers)
            {
                _series.Add(signedBytes.Count);
                _numbers.AddRange(signedBytes.Select(bytes => BatchBody.TryParse(Entry.TryParse(bytes)!.Body)!.Number));
            }

            _answered.Release(signedBytes.Count);
            return outcomes;
        }

        public void Dispose() => _answered.Dispose();

        /// <summary>Returns once so many submissions have been answered, from the first on.</summary>
        public async Task WaitForAsync(int count, CancellationToken cancellationToken)
        {
            for (; _seen < count; _seen++)
            {
                await _answered.WaitAsync(cancellationToken);
            }
        }
    }
}
