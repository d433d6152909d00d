using System.Security.Cryptography;
using EhrLedger.Crypto.Agreement;

namespace EhrLedger.Crypto.Hpke;

/// <summary>DHKEM(X25519, HKDF-SHA256), number 0x0020: RFC 9180 §4.1. The published vectors are written for it; our own seals use X-Wing.</summary>
internal static class DhKem
{
    public const ushort KemId = 0x0020;

    private static readonly HpkeLabels Labels = new([.. "KEM"u8, 0x00, 0x20]);

    /// <summary>RFC 9180 §7.1.3.</summary>
    public static X25519PrivateKey DeriveKeyPair(ReadOnlySpan<byte> inputKeyMaterial)
    {
        Span<byte> prk = stackalloc byte[32];
        Span<byte> key = stackalloc byte[X25519PrivateKey.KeyLength];
        Labels.Extract([], "dkp_prk"u8, inputKeyMaterial, prk);
        Labels.Expand(prk, "sk"u8, [], key);
        var result = X25519PrivateKey.FromBytes(key);
        CryptographicOperations.ZeroMemory(prk);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    /// <summary>Encapsulates with a given ephemeral key. Null for a recipient's key of small order.</summary>
    internal static byte[]? Encapsulate(X25519PublicKey recipient, X25519PrivateKey ephemeral, Span<byte> sharedSecret)
    {
        var encapsulation = ephemeral.Public.ToArray();
        return TryCombine(ephemeral, recipient, encapsulation, recipient, sharedSecret) ? encapsulation : null;
    }

    private static bool TryCombine(X25519PrivateKey own, X25519PublicKey peer, ReadOnlySpan<byte> encapsulation, X25519PublicKey recipient, Span<byte> sharedSecret)
    {
        Span<byte> dh = stackalloc byte[32];
        if (!own.TryAgree(peer, dh))
        {
            return false;
        }

        Span<byte> prk = stackalloc byte[32];
        Labels.Extract([], "eae_prk"u8, dh, prk);
        Labels.Expand(prk, "shared_secret"u8, [.. encapsulation, .. recipient.ToArray()], sharedSecret);
        CryptographicOperations.ZeroMemory(dh);
        CryptographicOperations.ZeroMemory(prk);
        return true;
    }

    internal sealed class Recipient(X25519PublicKey key) : IEncapsulationKey
    {
        public ushort KemId => DhKem.KemId;

        public int EncapsulationSeedLength => 32;

        public byte[]? Encapsulate(ReadOnlySpan<byte> seed, Span<byte> sharedSecret)
        {
            using var ephemeral = DeriveKeyPair(seed);
            return DhKem.Encapsulate(key, ephemeral, sharedSecret);
        }
    }

    internal sealed class RecipientSecret(X25519PrivateKey key) : IDecapsulationKey
    {
        public ushort KemId => DhKem.KemId;

        public bool TryDecapsulate(ReadOnlySpan<byte> encapsulation, Span<byte> sharedSecret) =>
            X25519PublicKey.TryFromBytes(encapsulation, out var ephemeral) && TryCombine(key, ephemeral, encapsulation, key.Public, sharedSecret);
    }
}
