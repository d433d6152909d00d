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
    private const int MostTries = 10;
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

    private void Begin(long row, bool anew) => _work.GetOrAdd(row, _ => new Work(token => RunOneAsync(row, token))).Ask(anew);

    private async Task RunOneAsync(long row, CancellationToken interrupted)
    {
        await _started.Task.WaitAsync(interrupted);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupted, _stopping);
        var pipeline = PipelineOf(row);
        try
        {
            DeliveryStep step;
            do
            {
                step = await pipeline.ExecuteAsync(async token => await delivery.StepAsync(row, token), either.Token);
            }
            while (ReferenceEquals(step, DeliveryStep.Done));

            if (step is DeliveryStep.Failed(var error) && delivery.GiveUp(row, error) is { } gone)
            {
                SwitchedOff(log, gone.Id, gone.Asking.Client, MostTries, error);
            }
        }
        catch (StoreFailedException)
        {
            // How it stands could not be kept: it goes on with the next write, or when the node starts again.
        }
#pragma warning disable CA1031 // Whatever broke it: other subscriptions go on, and the operator is told.
        catch (Exception broken) when (!either.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Failed(log, new Fault(broken));
        }
    }

    private ResiliencePipeline<DeliveryStep> PipelineOf(long row) => new ResiliencePipelineBuilder<DeliveryStep> { TimeProvider = time }.AddRetry(new RetryStrategyOptions<DeliveryStep>
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

    [LoggerMessage(Level = LogLevel.Error, Message = "A notification failed: {What}")]
    private static partial void Failed(ILogger logger, Fault what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription {Id} of client {Client} is off after {Tries} tries: {Error}")]
    private static partial void SwitchedOff(ILogger logger, string id, string client, int tries, string error);

    /// <summary>What is done for one subscription: one thing at a time.</summary>
    private sealed class Work(Func<CancellationToken, Task> run)
    {
        private readonly Lock _lock = new();
        private CancellationTokenSource? _interrupt;
        private Task _task = Task.CompletedTask;
        private bool _isAsked;
        private bool _isRunning;

        /// <summary>Runs once more, from now on or after what is under way.</summary>
        /// <param name="anew">Whether what is under way is to end.</param>
        public void Ask(bool anew)
        {
            lock (_lock)
            {
                _isAsked = true;
                if (anew)
                {
                    _interrupt?.Cancel();
                }

                if (!_isRunning)
                {
                    _isRunning = true;
                    _task = Task.Run(RunAsync);
                }
            }
        }

        /// <summary>Completes when what is under way has ended.</summary>
        public Task Ended()
        {
            lock (_lock)
            {
                return _task;
            }
        }

        private async Task RunAsync()
        {
            while (true)
            {
                using var interrupt = new CancellationTokenSource();
                lock (_lock)
                {
                    _isRunning = _isAsked;
                    _isAsked = false;
                    _interrupt = _isRunning ? interrupt : null;
                    if (!_isRunning)
                    {
                        return;
                    }
                }

                try
                {
                    await run(interrupt.Token);
                }
                catch (OperationCanceledException)
                {
                    // Interrupted, or the node stops; where it is asked for again, it goes on with what stands now.
                }
                finally
                {
                    lock (_lock)
                    {
                        _interrupt = null;
                    }
                }
            }
        }
    }
}
