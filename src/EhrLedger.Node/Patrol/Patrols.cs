using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Patrol;

/// <summary>The rounds that every node makes: heads of random members every few seconds, tiles at a bounded rate from the newest backwards and round again, and a look at its own finality.</summary>
internal sealed class Patrols(
    HeadPatrol heads, TilePatrol tiles, LogReplica replica, Finality finality, NodeIdentity identity, NodeSettings settings, IAlarmSink alarms, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan TilePause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWithoutFinality = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1);

    private Member[] Others => [.. replica.Members.Active.Where(member => member.Organisation != identity.Organisation).OrderBy(member => member.Organisation.Key)];

    /// <summary>Everything now, as an operator asks for it: heads and all tiles of all members.</summary>
    public async Task<IReadOnlyList<Finding>> RunNowAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var findings = new List<Finding>();
            foreach (var member in Others)
            {
                if (await GuardAsync(() => LookAtHeadTwiceAsync(member, cancellationToken)).ConfigureAwait(false) is { } head)
                {
                    findings.Add(head);
                }

                for (var tile = tiles.Tiles; tile > 0; tile--)
                {
                    if (await GuardAsync(() => tiles.LookAsync(member, tile - 1, cancellationToken)).ConfigureAwait(false) is { } finding)
                    {
                        findings.Add(finding);
                    }
                }
            }

            return findings;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The loop over heads. Ends when cancelled.</summary>
    public async Task GossipAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Jitter, so that members do not fall into step.
            await Task.Delay(settings.GossipInterval * (0.5 + Random.Shared.NextDouble()), time, cancellationToken).ConfigureAwait(false);
            if (Others is { Length: > 0 } others)
            {
                var member = others[Random.Shared.Next(others.Length)];
                await GuardAsync(() => heads.LookAsync(member, time.GetUtcNow(), cancellationToken)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The loop over tiles. Ends when cancelled.</summary>
    public async Task WalkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TilePause, time, cancellationToken).ConfigureAwait(false);
            for (var tile = tiles.Tiles; tile > 0; tile--)
            {
                foreach (var member in Others)
                {
                    await Task.Delay(TilePause, time, cancellationToken).ConfigureAwait(false);
                    await GuardAsync(() => tiles.LookAsync(member, tile - 1, cancellationToken)).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>The loop that looks at finality. Ends when cancelled.</summary>
    public async Task WatchFinalityAsync(CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken).ConfigureAwait(false);
            var since = finality.AsOf > started ? finality.AsOf : started;
            if (time.GetUtcNow() - since > LongestWithoutFinality)
            {
                alarms.Raise(AlarmKind.NotFinal, $"No quorum has cosigned for more than {LongestWithoutFinality.TotalSeconds:0} s; the log has {replica.Size} leaves.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<Finding?> LookAtHeadTwiceAsync(Member member, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await heads.LookAsync(member, now, cancellationToken).ConfigureAwait(false)
            ?? await heads.LookAsync(member, now + HeadPatrol.Grace, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Finding?> GuardAsync(Func<Task<Finding?>> look)
    {
        try
        {
            var finding = await look().ConfigureAwait(false);
            if (finding is not null)
            {
                alarms.Raise(finding.Kind, finding.Detail);
            }

            return finding;
        }
        catch (Exception broken) when (broken is StoreFailedException or TreeStoreException)
        {
            alarms.Raise(AlarmKind.StoreFailed, "The patrol could not read this node's own copy of the log.");
            return null;
        }
        catch (Exception unwritable) when (unwritable is Microsoft.Data.Sqlite.SqliteException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            alarms.Raise(AlarmKind.StoreFailed, "What the patrol has seen could not be kept in watch.db.");
            return null;
        }
    }
}
