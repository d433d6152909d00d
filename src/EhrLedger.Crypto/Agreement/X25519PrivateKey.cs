using System.Security.Cryptography;
using EhrLedger.Crypto.Signing;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace EhrLedger.Crypto.Agreement;

/// <summary>An X25519 private key: 32 bytes, clamped when used. Zeroed on Dispose.</summary>
/// <remarks>Source: RFC 7748 §5. Thread-safe, except for Dispose.</remarks>
public sealed class X25519PrivateKey : SecretKey
{
    /// <summary>Length in bytes.</summary>
    public const int KeyLength = 32;

    private X25519PrivateKey(ReadOnlySpan<byte> key)
        : base(key)
    {
        Span<byte> publicKey = stackalloc byte[X25519PublicKey.Length];
        X25519.ScalarMultBase(key, publicKey);
        Public = X25519PublicKey.FromBytes(publicKey);
    }

    /// <summary>The public half.</summary>
    public X25519PublicKey Public { get; }

    /// <summary>A new key from the system's randomness.</summary>
    public static X25519PrivateKey Generate()
    {
        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        var result = new X25519PrivateKey(key);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    /// <summary>The key of these bytes. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static X25519PrivateKey FromBytes(ReadOnlySpan<byte> key) =>
        key.Length == KeyLength ? new X25519PrivateKey(key) : throw new ArgumentException($"An X25519 private key has {KeyLength} bytes.", nameof(key));

    /// <summary>The key that agrees where this one signs; its public half is <see cref="X25519PublicKey.Of"/> the other's.</summary>
    /// <remarks>Source: RFC 8032 §5.1.5, steps 1 and 2: the first half of the seed's SHA-512, clamped when it is used. As libsodium's crypto_sign_ed25519_sk_to_curve25519.</remarks>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public static X25519PrivateKey Of(Ed25519PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(key.Secret, hash);
        var result = new X25519PrivateKey(hash[..KeyLength]);
        CryptographicOperations.ZeroMemory(hash);
        return result;
    }

    /// <summary>Computes the shared secret.</summary>
    /// <param name="peer">The other side's key.</param>
    /// <param name="sharedSecret">Exactly 32 bytes of room. Not uniform: a key derivation must follow.</param>
    /// <returns>False if the result is all zero, which means that the peer sent a point of small order (RFC 7748 §6.1).</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public bool TryAgree(X25519PublicKey peer, Span<byte> sharedSecret)
    {
        Span<byte> point = stackalloc byte[X25519PublicKey.Length];
        peer.CopyTo(point);
        return X25519.CalculateAgreement(Secret, point, sharedSecret);
    }
}
