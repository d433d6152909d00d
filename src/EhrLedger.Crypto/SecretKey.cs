using System.Security.Cryptography;

namespace EhrLedger.Crypto;

/// <summary>Bytes that nobody else may learn. Zeroed on <see cref="Dispose()"/>; never printed.</summary>
/// <remarks>
/// The array is pinned, so that the garbage collector leaves no copy behind when it moves memory. Disposing while another
/// thread still uses the key is the caller's bug.
/// </remarks>
public abstract class SecretKey : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>Copies the secret; the caller zeroes its own copy.</summary>
    private protected SecretKey(ReadOnlySpan<byte> secret)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(_bytes);
    }

    /// <summary>Length in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>The secret itself, for computing with it and for nothing else.</summary>
    internal ReadOnlySpan<byte> Secret
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Writes the secret to the start of <paramref name="destination"/>, for a key store. The caller zeroes it after use.</summary>
    /// <exception cref="ArgumentException">Too little room.</exception>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public void ExportTo(Span<byte> destination) => Secret.CopyTo(destination);

    /// <summary>True if both hold the same bytes. Takes the same time wherever they differ.</summary>
    /// <exception cref="ObjectDisposedException">One of the two is already disposed of.</exception>
    public bool HoldsSameSecretAs(SecretKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return CryptographicOperations.FixedTimeEquals(Secret, other.Secret);
    }

    /// <summary>The type's name and "redacted".</summary>
    public sealed override string ToString() => $"{GetType().Name}(redacted)";

    /// <summary>Overwrites the secret with zeros.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Overwrites the secret with zeros; a derived key also drops what it computed from it.</summary>
    protected virtual void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
    }
}
