using System.Security.Cryptography;
using EhrLedger.Crypto.Aead;

namespace EhrLedger.Crypto.Boxes;

/// <summary>ChaCha20-Poly1305 under a key that is used once.</summary>
/// <remarks>Source: RFC 8439 §2.8.</remarks>
public static class ContentBox
{
    /// <summary>Length of a key in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a nonce in bytes.</summary>
    public const int NonceLength = IAead.NonceLength;

    /// <summary>Length of the tag in bytes.</summary>
    public const int TagLength = IAead.TagLength;

    /// <summary>Seals under a fresh nonce.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="aad">Authenticated, not encrypted.</param>
    /// <param name="plaintext">The content.</param>
    /// <param name="nonce">12 random bytes.</param>
    /// <returns>Ciphertext || tag.</returns>
    public static byte[] Seal(SymmetricKey key, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, out byte[] nonce)
    {
        ArgumentNullException.ThrowIfNull(key);
        nonce = RandomNumberGenerator.GetBytes(NonceLength);
        var sealedBytes = new byte[plaintext.Length + TagLength];
        BouncyCastleAead.ChaCha20Poly1305.Seal(key.Secret, nonce, aad, plaintext, sealedBytes);
        return sealedBytes;
    }

    /// <summary>Opens ciphertext || tag.</summary>
    /// <returns>Null if anything is other than it was sealed. Never throws on hostile input.</returns>
    public static byte[]? Open(SymmetricKey key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (nonce.Length != NonceLength || sealedBytes.Length < TagLength)
        {
            return null;
        }

        var plaintext = new byte[sealedBytes.Length - TagLength];
        return BouncyCastleAead.ChaCha20Poly1305.TryOpen(key.Secret, nonce, aad, sealedBytes, plaintext) ? plaintext : null;
    }
}
