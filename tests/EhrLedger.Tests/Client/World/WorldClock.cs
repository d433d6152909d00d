using EhrLedger.Ledger.Alarms;

namespace EhrLedger.Tests.Client.World;

/// <summary>The time of day, which a test may move; what waits, waits really.</summary>
internal sealed class WorldClock : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));
}

/// <summary>Keeps what was cried.</summary>
internal sealed class WorldAlarms : IAlarmSink
{
    private readonly Lock _lock = new();
    private readonly List<(AlarmKind Kind, string Detail)> _raised = [];

    public IReadOnlyList<(AlarmKind Kind, string Detail)> Raised
    {
        get
        {
            lock (_lock)
            {
                return [.. _raised];
            }
        }
    }

    public IEnumerable<AlarmKind> Kinds => Raised.Select(alarm => alarm.Kind).Distinct();

    public void Raise(AlarmKind kind, string detail)
    {
        lock (_lock)
        {
            _raised.Add((kind, detail));
        }
    }
}
