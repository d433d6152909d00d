using System.Security.Cryptography;
using EhrLedger.Crypto.Aead;

namespace EhrLedger.Crypto.Sealing;

/// <summary>Wraps secrets under a symmetric key that its owner keeps: the same shape as the small seals, without an encapsulation.</summary>
/// <remarks>The one-time AES-256-GCM key is Hkdf.Derive(wrapping key, "wrap", context); the nonce is zero. Costs one HMAC and one AES call.</remarks>
public static class KeyWrap
{
    /// <summary>How much longer than the plaintext a wrap is, in bytes.</summary>
    public const int Overhead = IAead.TagLength;

    private const string Label = "wrap";

    /// <summary>Wraps a few bytes.</summary>
    /// <param name="key">The wrapping key, used for nothing else.</param>
    /// <param name="context">Names this wrap, and no other one under this key: see <see cref="SealingSecret.Seal"/>.</param>
    /// <param name="plaintext">The bytes.</param>
    /// <returns>Ciphertext || tag, 16 bytes longer.</returns>
    public static byte[] Seal(SymmetricKey key, Digest context, ReadOnlySpan<byte> plaintext)
    {
        Span<byte> oneTime = stackalloc byte[SymmetricKey.KeyLength];
        DeriveOneTimeKey(key, context, oneTime);
        var result = AesGcmEngine.SealOnce(oneTime, [], plaintext);
        CryptographicOperations.ZeroMemory(oneTime);
        return result;
    }

    /// <summary>Unwraps.</summary>
    /// <returns>Null if anything is other than it was wrapped. Never throws on hostile input.</returns>
    public static byte[]? Open(SymmetricKey key, Digest context, ReadOnlySpan<byte> wrapped)
    {
        Span<byte> oneTime = stackalloc byte[SymmetricKey.KeyLength];
        DeriveOneTimeKey(key, context, oneTime);
        var result = AesGcmEngine.OpenOnce(oneTime, [], wrapped);
        CryptographicOperations.ZeroMemory(oneTime);
        return result;
    }

    private static void DeriveOneTimeKey(SymmetricKey key, Digest context, Span<byte> oneTime)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> name = stackalloc byte[Digest.Length];
        context.CopyTo(name);
        key.DeriveInto(Label, name, oneTime);
    }
}
