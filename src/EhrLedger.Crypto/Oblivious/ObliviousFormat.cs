using System.Buffers.Binary;
using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Kdf;

namespace EhrLedger.Crypto.Oblivious;

/// <summary>What client and gateway of Oblivious HTTP compute alike.</summary>
/// <remarks>Source: RFC 9458 §4.3 and §4.4. The KDF is HKDF-SHA256 throughout.</remarks>
internal static class ObliviousFormat
{
    /// <summary>Key id (1), KEM, KDF and AEAD (2 each).</summary>
    public const int HeaderLength = 7;

    private const ushort HkdfSha256 = 0x0001;

    public static byte[] Header(byte keyId, ushort kem, HpkeAead aead)
    {
        var header = new byte[HeaderLength];
        header[0] = keyId;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(1), kem);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(3), HkdfSha256);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(5), aead.Id);
        return header;
    }

    /// <summary>The info of the request's HPKE context.</summary>
    public static byte[] Info(ReadOnlySpan<byte> header) => [.. "message/bhttp request"u8, 0, .. header];

    /// <summary>Length of the nonce that an answer begins with: max(Nn, Nk).</summary>
    public static int NonceLength(HpkeAead aead) => Math.Max(IAead.NonceLength, aead.KeyLength);

    /// <summary>Nonce || ciphertext || tag.</summary>
    public static byte[] SealAnswer(HpkeContext context, HpkeAead aead, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> answer)
    {
        Span<byte> key = stackalloc byte[aead.KeyLength];
        Span<byte> aeadNonce = stackalloc byte[IAead.NonceLength];
        Derive(context, encapsulation, nonce, key, aeadNonce);
        var message = new byte[nonce.Length + answer.Length + IAead.TagLength];
        nonce.CopyTo(message);
        aead.Cipher!.Seal(key, aeadNonce, [], answer, message.AsSpan(nonce.Length));
        key.Clear();
        return message;
    }

    /// <returns>Null if anything is other than it was sealed.</returns>
    public static byte[]? OpenAnswer(HpkeContext context, HpkeAead aead, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> message)
    {
        var length = NonceLength(aead);
        if (message.Length < length + IAead.TagLength)
        {
            return null;
        }

        Span<byte> key = stackalloc byte[aead.KeyLength];
        Span<byte> aeadNonce = stackalloc byte[IAead.NonceLength];
        Derive(context, encapsulation, message[..length], key, aeadNonce);
        var answer = new byte[message.Length - length - IAead.TagLength];
        var opens = aead.Cipher!.TryOpen(key, aeadNonce, [], message[length..], answer);
        key.Clear();
        return opens ? answer : null;
    }

    private static void Derive(HpkeContext context, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> nonce, Span<byte> key, Span<byte> aeadNonce)
    {
        var secret = context.Export("message/bhttp response"u8, nonce.Length);
        Span<byte> pseudorandomKey = stackalloc byte[Hkdf.PseudorandomKeyLength];
        Hkdf.Extract([.. encapsulation, .. nonce], secret, pseudorandomKey);
        Hkdf.Expand(pseudorandomKey, "key"u8, key);
        Hkdf.Expand(pseudorandomKey, "nonce"u8, aeadNonce);
        secret.AsSpan().Clear();
        pseudorandomKey.Clear();
    }
}
