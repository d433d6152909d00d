using System.Security.Cryptography;
using EhrLedger.Crypto.Kdf;

namespace EhrLedger.Crypto;

/// <summary>A 256-bit symmetric key, for one kind of use: AES-256-GCM, HMAC-SHA256 or further derivation. Zeroed on Dispose.</summary>
public sealed class SymmetricKey : SecretKey
{
    /// <summary>Length in bytes.</summary>
    public const int KeyLength = 32;

    // Every derivation starts with the same extraction; a wrapping key does it once for all its wraps. Null until the first.
    private volatile byte[]? _pseudorandomKey;

    private readonly PreparedHmac _prepared = new();
    private readonly PreparedHmac _preparedMac = new();

    private SymmetricKey(ReadOnlySpan<byte> key)
        : base(key)
    {
    }

    /// <summary>A new key from the system's randomness.</summary>
    public static SymmetricKey Generate()
    {
        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        return Take(key);
    }

    /// <summary>The key of these bytes. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static SymmetricKey FromBytes(ReadOnlySpan<byte> key) =>
        key.Length == KeyLength ? new SymmetricKey(key) : throw new ArgumentException($"A symmetric key has {KeyLength} bytes.", nameof(key));

    /// <summary>A key derived from this one: <see cref="Hkdf.Derive(ReadOnlySpan{byte}, string, ReadOnlySpan{byte}, Span{byte})"/>.</summary>
    /// <param name="label">What the derived key is for.</param>
    /// <param name="context">Which one of that kind; may be empty.</param>
    public SymmetricKey Derive(string label, ReadOnlySpan<byte> context = default)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        DeriveInto(label, context, key);
        return Take(key);
    }

    /// <summary>As <see cref="Derive"/>, without an object for a key that is used once.</summary>
    /// <param name="label">What the derived key is for.</param>
    /// <param name="context">Which one of that kind; may be empty.</param>
    /// <param name="output">Exactly 32 bytes of room.</param>
    internal void DeriveInto(string label, ReadOnlySpan<byte> context, Span<byte> output) =>
        Hkdf.Expand(_prepared, _pseudorandomKey ?? Extract(), Hkdf.Info(label, context), output);

    /// <summary>HMAC-SHA256 of the message under this key.</summary>
    /// <returns>32 bytes, for tokens and names that are compared in the open. To authenticate, seal.</returns>
    public Digest Mac(ReadOnlySpan<byte> message)
    {
        Span<byte> mac = stackalloc byte[Digest.Length];
        _preparedMac.Compute(Secret, message, [], mac);
        return Digest.FromBytes(mac);
    }

    /// <summary>Makes a key of bytes that nobody needs after that, and zeroes them.</summary>
    internal static SymmetricKey Take(Span<byte> key)
    {
        var result = FromBytes(key);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        CryptographicOperations.ZeroMemory(_pseudorandomKey);
        _pseudorandomKey = null;
        _prepared.Dispose();
        _preparedMac.Dispose();
    }

    // Two threads may both get here; they compute the same bytes.
    private byte[] Extract()
    {
        var pseudorandomKey = GC.AllocateUninitializedArray<byte>(Hkdf.PseudorandomKeyLength, pinned: true);
        Hkdf.Extract([], Secret, pseudorandomKey);
        _pseudorandomKey = pseudorandomKey;
        return pseudorandomKey;
    }
}
