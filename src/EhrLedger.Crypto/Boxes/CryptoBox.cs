using System.Security.Cryptography;
using EhrLedger.Crypto.Agreement;

namespace EhrLedger.Crypto.Boxes;

/// <summary>NaCl's crypto_box: authenticated encryption between two X25519 keys. Classical: nothing that must stay sealed against a quantum computer goes into it alone.</summary>
/// <remarks>Source: Bernstein, "Cryptography in NaCl" (2009); layout of libsodium's crypto_box_easy: tag (16 bytes) || ciphertext.</remarks>
public static class CryptoBox
{
    /// <summary>Length of a nonce in bytes.</summary>
    public const int NonceLength = SecretBox.NonceLength;

    /// <summary>Seals a message under a fresh nonce.</summary>
    /// <param name="sender">Either side can make what the other one opens.</param>
    /// <param name="recipient">Whose private key opens it.</param>
    /// <param name="plaintext">The message.</param>
    /// <param name="nonce">24 random bytes.</param>
    /// <returns>Null for a recipient that is a point of small order.</returns>
    public static byte[]? Seal(X25519PrivateKey sender, X25519PublicKey recipient, ReadOnlySpan<byte> plaintext, out byte[] nonce)
    {
        nonce = RandomNumberGenerator.GetBytes(NonceLength);
        return Seal(sender, recipient, nonce, plaintext);
    }

    /// <summary>Opens a message.</summary>
    /// <returns>Null if anything is other than it was sealed. Never throws on hostile input.</returns>
    public static byte[]? Open(X25519PrivateKey recipient, X25519PublicKey sender, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> box)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        if (SecretBox.Agree(recipient, sender) is not { } key)
        {
            return null;
        }

        var plaintext = SecretBox.Open(key, nonce, box);
        CryptographicOperations.ZeroMemory(key);
        return plaintext;
    }

    /// <summary>As the other one, with a nonce that published vectors or a sealed box give.</summary>
    internal static byte[]? Seal(X25519PrivateKey sender, X25519PublicKey recipient, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext)
    {
        ArgumentNullException.ThrowIfNull(sender);
        if (SecretBox.Agree(sender, recipient) is not { } key)
        {
            return null;
        }

        var box = SecretBox.Seal(key, nonce, plaintext);
        CryptographicOperations.ZeroMemory(key);
        return box;
    }
}
