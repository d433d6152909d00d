namespace EhrLedger.Node.Authoring;

/// <summary>One writer at a time for each resource. A fixed number of locks that keys share by their hash; a request takes all of its own in one order, so that none waits in a circle.</summary>
internal sealed class KeyedLocks
{
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 1_024).Select(_ => new SemaphoreSlim(1))];

    public async Task<IDisposable> AcquireAsync(IEnumerable<byte[]> keys, CancellationToken cancellationToken)
    {
        var held = new Held();
        try
        {
            foreach (var place in keys.Select(key => BitConverter.ToUInt16(key) % _locks.Length).Distinct().Order())
            {
                await _locks[place].WaitAsync(cancellationToken);
                held.Add(_locks[place]);
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private sealed class Held : IDisposable
    {
        private readonly List<SemaphoreSlim> _taken = [];

        public void Add(SemaphoreSlim taken) => _taken.Add(taken);

        public void Dispose()
        {
            foreach (var taken in _taken)
            {
                taken.Release();
            }

            _taken.Clear();
        }
    }
}
