namespace EhrLedger.Tests.Cli.Shell;

/// <summary>The system's clock, except that nobody waits for its timers.</summary>
internal sealed class ImpatientClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, TimeSpan.Zero, period);
}
