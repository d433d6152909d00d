using System.Threading.Channels;

namespace EhrLedger.Tests.Ledger;

/// <summary>A clock on which a wait ends when the test says so. Waits of a tenth of a second and more, which are for something to happen, never end by themselves.</summary>
internal sealed class PaceClock : TimeProvider
{
    private static readonly TimeSpan LongestPace = TimeSpan.FromMilliseconds(50);

    private readonly Channel<Action> _paces = Channel.CreateUnbounded<Action>();

    /// <summary>The next pace that somebody has begun to wait for, in the order in which they began. What is returned ends it.</summary>
    public async Task<Action> NextAsync(CancellationToken cancellationToken) => await _paces.Reader.ReadAsync(cancellationToken);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= LongestPace && dueTime >= TimeSpan.Zero)
        {
            _paces.Writer.TryWrite(() => callback(state));
        }

        return new Wait();
    }

    private sealed class Wait : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
