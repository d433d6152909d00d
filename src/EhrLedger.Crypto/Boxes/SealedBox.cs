using EhrLedger.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Digests;

namespace EhrLedger.Crypto.Boxes;

/// <summary>libsodium's crypto_box_seal: a box from a sender without a name. Ephemeral key (32 bytes) || box.</summary>
/// <remarks>Source: libsodium's documentation, "Sealed boxes": the nonce is BLAKE2b-192 of the ephemeral and the recipient's public key.</remarks>
public static class SealedBox
{
    private const int NonceBits = 8 * CryptoBox.NonceLength;

    /// <summary>Seals a message.</summary>
    /// <returns>Null for a recipient that is a point of small order.</returns>
    public static byte[]? Seal(X25519PublicKey recipient, ReadOnlySpan<byte> plaintext)
    {
        using var ephemeral = X25519PrivateKey.Generate();
        return CryptoBox.Seal(ephemeral, recipient, NonceOf(ephemeral.Public, recipient), plaintext) is { } box ? [.. ephemeral.Public.ToArray(), .. box] : null;
    }

    /// <summary>Opens a message.</summary>
    /// <returns>Null if anything is other than it was sealed. Never throws on hostile input.</returns>
    public static byte[]? Open(X25519PrivateKey recipient, ReadOnlySpan<byte> sealedBox)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return sealedBox.Length >= X25519PublicKey.Length && X25519PublicKey.TryFromBytes(sealedBox[..X25519PublicKey.Length], out var ephemeral)
            ? CryptoBox.Open(recipient, ephemeral, NonceOf(ephemeral, recipient.Public), sealedBox[X25519PublicKey.Length..])
            : null;
    }

    private static byte[] NonceOf(X25519PublicKey ephemeral, X25519PublicKey recipient)
    {
        var hash = new Blake2bDigest(NonceBits);
        hash.BlockUpdate(ephemeral.ToArray());
        hash.BlockUpdate(recipient.ToArray());
        var nonce = new byte[CryptoBox.NonceLength];
        hash.DoFinal(nonce);
        return nonce;
    }
}
