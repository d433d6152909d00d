using System.Collections.Concurrent;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// Group commit without a thread of its own: whoever comes while nothing is being committed commits what waits, itself included, and goes on when that is done; who comes meanwhile waits for the
/// next. Batches follow one another, in the order of arrival.
/// </summary>
/// <param name="commit">Commits a batch, and tells those who wait.</param>
/// <param name="refuse">Tells those who wait that nothing is committed any more.</param>
/// <param name="sizeOf">What an item counts.</param>
/// <param name="largest">No item is added to a batch that counts as much.</param>
internal sealed class GroupCommit<T>(Action<List<T>> commit, Action<List<T>> refuse, Func<T, int> sizeOf, int largest)
{
    private readonly ConcurrentQueue<T> _waiting = [];
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closed;
    private int _busy;

    /// <summary>Adds an item. Where nothing is being committed, its batch is before this returns.</summary>
    public void Add(T item)
    {
        _waiting.Enqueue(item);
        Run();
    }

    /// <summary>Adds items, for another thread to commit.</summary>
    public void AddForOthers(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            _waiting.Enqueue(item);
        }

        RunElsewhere();
    }

    /// <summary>Completes when cancelled. What still waits then is refused, and so is what comes later.</summary>
    /// <exception cref="Exception">What <c>commit</c> has thrown, which is a fault of the program.</exception>
    public async Task UntilAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _broken.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
        finally
        {
            _closed = true;
            Run();
            while (Volatile.Read(ref _busy) == 1)
            {
                // The store must not be closed under the last commit.
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }

    private void Run()
    {
        if (_waiting.IsEmpty || Interlocked.Exchange(ref _busy, 1) == 1)
        {
            // Who is busy looks again when it is done.
            return;
        }

        var batch = new List<T>();
        for (var size = 0; size < largest && _waiting.TryDequeue(out var item); size += sizeOf(item))
        {
            batch.Add(item);
        }

        try
        {
            (_closed ? refuse : commit)(batch);
        }
#pragma warning disable CA1031 // Nobody waits for ever, whatever broke it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _closed = true;
            _broken.TrySetException(fault);
            refuse(batch);
        }
        finally
        {
            Interlocked.Exchange(ref _busy, 0);
        }

        if (!_waiting.IsEmpty)
        {
            RunElsewhere();
        }
    }

    private void RunElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(static group => group.Run(), this, preferLocal: false);
}
