using System.Security.Cryptography;

namespace EhrLedger.Crypto.Kdf;

/// <summary>
/// HMAC-SHA256 under one key that is used again and again: the key's two blocks are hashed once. Costs half of what <see cref="HMACSHA256"/> costs for a short message. Thread-safe, except
/// for Dispose, which clears the key's state.
/// </summary>
internal sealed class PreparedHmac : IDisposable
{
    // The system's states of computations. Whoever takes one leaves nothing, so that another thread makes its own; threads that work side by side mostly find places of their own.
    private readonly IncrementalHash?[] _idle = new IncrementalHash?[4];
    private bool _disposed;

    /// <param name="key">The same in each call. It is not kept here, only what the system makes of it.</param>
    /// <param name="first">First part of the message.</param>
    /// <param name="last">Last part of the message.</param>
    /// <param name="mac">At least 32 bytes of room.</param>
    public void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> first, ReadOnlySpan<byte> last, Span<byte> mac)
    {
        ref var idle = ref _idle[Environment.CurrentManagedThreadId % _idle.Length];
        var state = Interlocked.Exchange(ref idle, null) ?? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        state.AppendData(first);
        state.AppendData(last);
        state.GetHashAndReset(mac);
        if (_disposed || Interlocked.CompareExchange(ref idle, state, null) is not null)
        {
            state.Dispose();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (ref var idle in _idle.AsSpan())
        {
            Interlocked.Exchange(ref idle, null)?.Dispose();
        }
    }
}
