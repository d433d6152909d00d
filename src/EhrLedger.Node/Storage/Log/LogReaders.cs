using System.Collections.Concurrent;

namespace EhrLedger.Node.Storage.Log;

/// <summary>Connections that read, each used by one caller at a time. As many are kept as there are cores; what is opened beyond that is closed after use.</summary>
internal sealed class LogReaders(string path) : IDisposable
{
    private static readonly int Kept = Math.Max(4, Environment.ProcessorCount * 2);
    private readonly ConcurrentBag<LogReader> _idle = [];
    private volatile bool _disposed;

    public T Use<T>(Func<LogReader, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var reader = _idle.TryTake(out var idle) ? idle : new LogReader(path);
        try
        {
            var result = read(reader);
            if (_idle.Count < Kept && !_disposed)
            {
                _idle.Add(reader);
            }
            else
            {
                reader.Dispose();
            }

            return result;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
