using System.Collections.Concurrent;
using System.Threading.Channels;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>The exports that wait and run, in the order in which they were asked for; those that a stop of the node interrupted come first.</summary>
internal sealed partial class Exports(ExportStore store, ExportRun run, TimeProvider time, ILogger<Exports> log)
{
    private const int AtOnce = 2;
    private static readonly TimeSpan MostBetweenSweeps = TimeSpan.FromMinutes(5);

    private readonly Channel<string> _waiting = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, Running> _running = new(StringComparer.Ordinal);

    /// <summary>Begins one that is kept.</summary>
    public void Begin(string name) => _waiting.Writer.TryWrite(name);

    /// <summary>How far a running one is, in tens: how many patients there are is not every caller's to know.</summary>
    public string ProgressOf(string name) => _running.TryGetValue(name, out var running) ? $"{(running.All == 0 ? 0 : 10 * (10 * running.Done / running.All))} %" : "waiting";

    /// <summary>Stops it where it runs, and removes it with its files.</summary>
    /// <exception cref="StoreFailedException">It may still be there.</exception>
    public void Remove(string name)
    {
        store.Remove(name);
        if (_running.TryGetValue(name, out var running))
        {
            running.Cancel();
        }
    }

    /// <summary>Removes all of them: which files a record went into, nobody knows.</summary>
    /// <exception cref="StoreFailedException">Some may still be there.</exception>
    public void RemoveAll()
    {
        foreach (var job in store.All())
        {
            Remove(job.Name);
        }
    }

    /// <summary>Completes when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var job in store.Unfinished())
        {
            Begin(job.Name);
        }

        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(cancellationToken)).Append(SweepAsync(cancellationToken)));
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var name in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            using var running = new Running(cancellationToken);
            _running[name] = running;
            try
            {
                if (store.Find(name) is { State: ExportState.Running } job)
                {
                    await RunOneAsync(job, running, cancellationToken);
                }
            }
            finally
            {
                _running.TryRemove(name, out _);
            }
        }
    }

    private async Task RunOneAsync(ExportJob job, Running running, CancellationToken cancellationToken)
    {
        try
        {
            await run.RunAsync(job, running.Tell, new ExportBounds(), running.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            store.RemoveFolder(job.Name);
        }
#pragma warning disable CA1031 // Whatever broke it: the caller is told that it failed, the operator why, and other exports go on.
        catch (Exception broken) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Failed(log, new Fault(broken));
            try
            {
                // What was logged and written before stays with it, and is not shown.
                store.Save((store.Find(job.Name) ?? job) with { State = ExportState.Failed, Ended = time.GetUtcNow() });
            }
            catch (StoreFailedException)
            {
                // It stays unfinished, and goes on when the node starts again.
            }
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wait = MostBetweenSweeps;
            try
            {
                store.Sweep();
                wait = store.ShortestLife < MostBetweenSweeps ? store.ShortestLife : MostBetweenSweeps;
            }
            catch (Exception failed) when (failed is StoreFailedException or IOException or UnauthorizedAccessException)
            {
                // What has expired is not found any more; the next time drops it.
            }

            await Task.Delay(wait, time, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An export failed: {What}")]
    private static partial void Failed(ILogger logger, Fault what);

    private sealed class Running(CancellationToken stopping) : IDisposable
    {
        private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        private readonly Lock _lock = new();
        private bool _disposed;

        public CancellationToken Token => _cancel.Token;

        public int Done { get; private set; }

        public int All { get; private set; }

        public void Tell(int done, int all) => (Done, All) = (done, all);

        public void Cancel()
        {
            lock (_lock)
            {
                if (!_disposed)
                {
                    _cancel.Cancel();
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                _cancel.Dispose();
            }
        }
    }
}
