using System.Collections.Concurrent;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;
using Polly;
using Polly.Retry;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Notifications on their way: one after another for each subscription, subscriptions side by side. One that fails is tried again, each time after twice as long, and in the end the subscription is switched off. After a stop of the
/// node the tries begin anew.
/// </summary>
internal sealed partial class Deliveries(SubscriptionStore store, SubscriptionDelivery delivery, NodeSettings settings, TimeProvider time, ILogger<Deliveries> log)
{
    private const int MostTries = 12;
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<long, Work> _work = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationToken _stopping;

    /// <summary>There is something for the subscription of this row.</summary>
    public void Wake(long row) => Begin(row, anew: false);

    /// <summary>It was changed or removed: what is under way for it ends, and what there is now begins at once.</summary>
    public void Restart(long row) => Begin(row, anew: true);

    /// <summary>Completes when cancelled, after all that is under way has ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _stopping = cancellationToken;
        _started.SetResult();
        foreach (var kept in store.All())
        {
            Wake(kept.Row);
        }

        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(_work.Values.Select(work => work.Ended()));
        }
    }

    private void Begin(long row, bool anew)
    {
        var work = _work.GetOrAdd(row, _ => new Work());
        work.Ask(anew, token => RunAsync(row, work, token));
    }

    private async Task RunAsync(long row, Work work, CancellationToken interrupted)
    {
        await _started.Task;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupted, _stopping);
        var pipeline = new ResiliencePipelineBuilder<DeliveryStep> { TimeProvider = time }.AddRetry(new RetryStrategyOptions<DeliveryStep>
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is DeliveryStep.Failed),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = settings.SubscriptionRetry,
            MaxDelay = LongestPause,
            MaxRetryAttempts = MostTries - 1,
            OnRetry = args =>
            {
                delivery.Fault(row, ((DeliveryStep.Failed)args.Outcome.Result!).Error);
                return ValueTask.CompletedTask;
            },
        }).Build();
        do
        {
            try
            {
                DeliveryStep step;
                do
                {
                    step = await pipeline.ExecuteAsync(async token => await delivery.StepAsync(row, token), either.Token);
                }
                while (ReferenceEquals(step, DeliveryStep.Done));

                if (step is DeliveryStep.Failed(var error))
                {
                    delivery.GiveUp(row, error);
                }
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                return;
            }
            catch (StoreFailedException)
            {
                // How it stands could not be kept; it goes on with the next write, or when the node starts again.
            }
#pragma warning disable CA1031 // Whatever broke it: other subscriptions go on, and the operator is told.
            catch (Exception broken)
#pragma warning restore CA1031
            {
                Failed(log, new Fault(broken));
            }
        }
        while (work.IsAskedAgain());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A notification failed: {What}")]
    private static partial void Failed(ILogger logger, Fault what);

    /// <summary>What is done for one subscription: one thing at a time.</summary>
    private sealed class Work
    {
        private readonly Lock _lock = new();
        private CancellationTokenSource? _interrupt;
        private Task _task = Task.CompletedTask;
        private bool _again;
        private bool _running;

        public void Ask(bool anew, Func<CancellationToken, Task> run)
        {
            lock (_lock)
            {
                if (_running && !anew)
                {
                    _again = true;
                    return;
                }

                _interrupt?.Cancel();
                var interrupt = _interrupt = new CancellationTokenSource();
                var before = _task;
                _again = false;
                _running = true;
                _task = Task.Run(async () =>
                {
                    await before;
                    await run(interrupt.Token);
                    lock (_lock)
                    {
                        // Interrupted, another one runs already.
                        _running = _running && !ReferenceEquals(_interrupt, interrupt);
                    }
                });
            }
        }

        /// <summary>Whether something came while it ran; if not, it ends, and what comes from now on begins it anew.</summary>
        public bool IsAskedAgain()
        {
            lock (_lock)
            {
                var again = _again;
                (_again, _running) = (false, again);
                return again;
            }
        }

        public Task Ended()
        {
            lock (_lock)
            {
                return _task;
            }
        }
    }
}
