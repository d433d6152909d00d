using System.Threading.Channels;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Node.Storage.Watch;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Alarms;

/// <summary>
/// Keeps alarms in watch.db: the same one again only counts, and of the oldest no more than <see cref="MostKept"/> stay. Raising one never waits for the disk; a disk that is full loses no alarm
/// from the list that operators see until the node stops.
/// </summary>
internal sealed partial class AlarmStore : BackgroundService, IAlarmSink
{
    /// <summary>Alarms that are kept.</summary>
    public const int MostKept = 1_000;

    private const int LongestDetail = 500;

    private readonly IDbContextFactory<WatchDbContext> _watch;
    private readonly TimeProvider _time;
    private readonly ILogger<AlarmStore> _log;
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly Dictionary<(AlarmKind Kind, string Detail), Alarm> _alarms = [];

    /// <summary>Starts from what was kept.</summary>
    public AlarmStore(IDbContextFactory<WatchDbContext> watch, TimeProvider time, ILogger<AlarmStore> log)
    {
        _watch = watch;
        _time = time;
        _log = log;
        using var context = watch.CreateDbContext();
        foreach (var row in context.Alarms.AsNoTracking())
        {
            var alarm = new Alarm((AlarmKind)row.Kind, row.Detail, At(row.FirstSeen), At(row.LastSeen), row.Count);
            _alarms[(alarm.Kind, alarm.Detail)] = alarm;
        }
    }

    /// <summary>How many different ones are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _alarms.Count;
            }
        }
    }

    /// <inheritdoc/>
    public void Raise(AlarmKind kind, string detail)
    {
        detail = detail.Length <= LongestDetail ? detail : detail[..LongestDetail];
        var now = _time.GetUtcNow();
        bool isNew;
        lock (_lock)
        {
            isNew = !_alarms.TryGetValue((kind, detail), out var known);
            _alarms[(kind, detail)] = known is null ? new Alarm(kind, detail, now, now, 1) : known with { LastSeen = now, Count = known.Count + 1 };
            if (_alarms.Count > MostKept)
            {
                _alarms.Remove(_alarms.MinBy(alarm => alarm.Value.LastSeen).Key);
            }
        }

        if (isNew)
        {
            Raised(_log, kind, detail);
        }

        _changed.Writer.TryWrite(true);
    }

    /// <summary>All of them, the latest first.</summary>
    public IReadOnlyList<Alarm> List()
    {
        lock (_lock)
        {
            return [.. _alarms.Values.OrderByDescending(alarm => alarm.LastSeen)];
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _changed.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
            {
                _changed.Reader.TryRead(out _);
                await KeepAsync(stoppingToken).ConfigureAwait(false);
                await Task.Delay(TimeSpan.FromMilliseconds(500), _time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await KeepAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            var context = await _watch.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            await using (context.ConfigureAwait(false))
            {
                var rows = await context.Alarms.ToDictionaryAsync(row => ((AlarmKind)row.Kind, row.Detail), cancellationToken).ConfigureAwait(false);
                foreach (var alarm in List())
                {
                    if (!rows.Remove((alarm.Kind, alarm.Detail), out var row))
                    {
                        row = new AlarmRow { Kind = (int)alarm.Kind, Detail = alarm.Detail, FirstSeen = alarm.FirstSeen.ToUnixTimeMilliseconds() };
                        context.Alarms.Add(row);
                    }

                    row.LastSeen = alarm.LastSeen.ToUnixTimeMilliseconds();
                    row.Count = alarm.Count;
                }

                context.Alarms.RemoveRange(rows.Values);
                await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception unwritable) when (unwritable is DbUpdateException or Microsoft.Data.Sqlite.SqliteException)
        {
            // The alarm that says so is in memory already, or will be at the next append.
            NotKept(_log);
        }
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "ALARM {Kind}: {Detail}")]
    private static partial void Raised(ILogger logger, AlarmKind kind, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Alarms could not be written to watch.db.")]
    private static partial void NotKept(ILogger logger);
}

/// <summary>One alarm, however often it was raised.</summary>
/// <param name="Kind">What.</param>
/// <param name="Detail">Ids, sizes and indices.</param>
/// <param name="FirstSeen">When it was first raised.</param>
/// <param name="LastSeen">When it was last raised.</param>
/// <param name="Count">How often.</param>
internal sealed record Alarm(AlarmKind Kind, string Detail, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Count);
