using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// Puts ciphertexts, shares and index rows into the keeping of the other nodes, each at its own pace and in the order of the outbox. A write is acknowledged when as many of
/// them have it as the quorum leaves over; a node that does not answer is not waited for, and gets the rest when it is back.
/// </summary>
internal sealed class Deposits
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private const int MostRefusals = 30;
    private const int MostRemembered = 50_000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly PeerLimits Limits = new(8 << 10, TimeSpan.FromSeconds(20), Retries: 0);

    private readonly DepositSource _source;
    private readonly SqliteFile _records;
    private readonly LogReplica _replica;
    private readonly IPeerTransport _transport;
    private readonly OrganisationId _self;
    private readonly Ed25519PrivateKey _key;
    private readonly CustodianSet _custodians;
    private readonly TimeProvider _time;
    private readonly IAlarmSink _alarms;
    private readonly Lock _lock = new();
    private readonly List<Keeper> _keepers;
    private readonly int _needed;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Deposits(
        DepositSource source,
        SqliteFile records,
        LogReplica replica,
        IPeerTransport transport,
        OrganisationId self,
        Ed25519PrivateKey key,
        CustodianSet custodians,
        TimeProvider time,
        IAlarmSink alarms)
    {
        _source = source;
        _records = records;
        _replica = replica;
        _transport = transport;
        _self = self;
        _key = key;
        _custodians = custodians;
        _time = time;
        _alarms = alarms;
        var members = replica.Genesis.Members.Count;

        // As many as the quorum leaves over, as protocol.md promises: with so many nodes lost, one that is left has it. With two members that is none: both make the quorum, so nothing is
        // promised for the loss of one, and a write must not wait for a node without which nothing becomes final anyway.
        _needed = members - QuorumPolicy.SizeFor(members);
        _keepers = [.. replica.Genesis.Members.Where(member => member.Organisation != self).Select(member => new Keeper(member.Organisation, ReadProgress(member.Organisation)))];
    }

    /// <summary>Wakes the lines to the other nodes: something is there to be deposited.</summary>
    public void Notify(ulong batch) => Change(() => { });

    /// <summary>Returns when enough other nodes have the batch, or as many of them as answer.</summary>
    public async Task WaitAsync(ulong batch, CancellationToken cancellationToken)
    {
        var until = _time.GetUtcNow() + Patience;
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var answering = _keepers.Count(keeper => !keeper.Failing || keeper.Next > batch);
                if (_keepers.Count(keeper => keeper.Next > batch) >= Math.Min(_needed, answering))
                {
                    return;
                }

                changed = _changed.Task;
            }

            var left = until - _time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            try
            {
                await changed.WaitAsync(left, _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    /// <summary>The lines to the other nodes. Ends when cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        _keepers.Count == 0 ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.WhenAll(_keepers.Select(keeper => RunAsync(keeper, cancellationToken)));

    private async Task RunAsync(Keeper keeper, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (_source.FindNext(keeper.Next) is not { } batch)
            {
                await changed.WaitAsync(cancellationToken);
            }
            else if (await DepositAsync(keeper, batch, cancellationToken))
            {
                Change(() =>
                {
                    keeper.Failing = false;
                    keeper.Next = batch + 1;
                });
                KeepProgress(keeper);
            }
            else
            {
                Change(() => keeper.Failing = true);
                await Task.Delay(Pause, _time, cancellationToken);
            }
        }
    }

    private async Task<bool> DepositAsync(Keeper keeper, ulong batch, CancellationToken cancellationToken)
    {
        if (_replica.Members.Find(keeper.Organisation) is not { } member)
        {
            return true;
        }

        foreach (var records in _source.Read(batch, _custodians.PlaceOf(keeper.Organisation)))
        {
            var encapsulations = _source.Encapsulations(records, _source.Halves(records), keeper.Sent);
            var body = new Deposit(_self, encapsulations, records).Sign(_key, _replica.Genesis.Digest);
            var answer = await _transport.SendAsync(member, HttpMethod.Post, "/peer/deposits", body, Limits, cancellationToken);
            if (answer.Status != StatusCodes.Status204NoContent)
            {
                // It may have lost what it was sent before, or not know the author's newest key yet: next time it gets everything. One that goes on refusing must not hold up what comes
                // after; that this one has a copy less is the operator's to know.
                keeper.Sent.Clear();
                keeper.Refusals = answer.Status is >= 400 and < 500 ? keeper.Refusals + 1 : 0;
                if (keeper.Refusals < MostRefusals)
                {
                    return false;
                }

                _alarms.Raise(AlarmKind.DamagedRecord, $"{member.Name} ({member.Organisation}) refuses the deposit of batch {batch} with {answer.Status}: it keeps no copy of it.");
                return true;
            }

            keeper.Refusals = 0;
            if (keeper.Sent.Count >= MostRemembered)
            {
                // What is sent again is kept already: forgetting costs a few kilobytes on the way.
                keeper.Sent.Clear();
            }

            keeper.Sent.UnionWith(encapsulations.Select(pair => pair.Digest));
        }

        return true;
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private ulong ReadProgress(OrganisationId peer) => _records.Read(session => session.Find(
        "SELECT NextBatch FROM deposit_progress WHERE Peer = $1", row => (ulong)row.GetInt64(0), peer.Key.ToArray()));

    // Written now and then only: what is deposited twice changes nothing, and each write would cost the hot path a turn.
    private void KeepProgress(Keeper keeper)
    {
        var now = _time.GetUtcNow();
        if (now - keeper.KeptAt < Pause)
        {
            return;
        }

        keeper.KeptAt = now;
        try
        {
            _records.WriteBeside(session => session.Execute(
                "INSERT INTO deposit_progress (Peer, NextBatch) VALUES ($1, $2) ON CONFLICT (Peer) DO UPDATE SET NextBatch = $2", keeper.Organisation.Key.ToArray(), (long)keeper.Next));
        }
        catch (StoreFailedException)
        {
            // The next write says it loudly.
        }
    }

    private sealed class Keeper(OrganisationId organisation, ulong next)
    {
        public OrganisationId Organisation => organisation;

        public ulong Next { get; set; } = next;

        public bool Failing { get; set; }

        public DateTimeOffset KeptAt { get; set; }

        /// <summary>How often the batch at hand was refused.</summary>
        public int Refusals { get; set; }

        /// <summary>Encapsulations that it has; of many, only the latest.</summary>
        public HashSet<Digest> Sent { get; } = [];
    }
}
