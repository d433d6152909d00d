using System.Buffers.Binary;
using System.Security.Cryptography;
using EhrLedger.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace EhrLedger.Crypto.Boxes;

/// <summary>NaCl's crypto_secretbox and the key of a crypto_box, put together of XSalsa20, Salsa20 and Poly1305.</summary>
/// <remarks>Source: Bernstein, "Cryptography in NaCl" (2009), §§7 to 10. Layout as of libsodium's "easy" calls: tag (16 bytes) || ciphertext.</remarks>
internal static class SecretBox
{
    public const int KeyLength = 32;
    public const int NonceLength = 24;
    public const int TagLength = 16;

    private const int Salsa20Block = 64;
    private const int Salsa20Nonce = 8;

    // "expand 32-byte k": words 0, 5, 10 and 15 of Salsa20's input.
    private static ReadOnlySpan<uint> Constants => [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

    /// <summary>The key of all boxes between two keys. The caller zeroes it.</summary>
    /// <returns>Null for a point of small order, with which nothing is agreed.</returns>
    /// <remarks>
    /// HSalsa20 of the agreed secret and 16 zero bytes. Salsa20's core adds its input to what its rounds make; HSalsa20 leaves that addition out, and gives words 0, 5, 10, 15 and 6 to 9, whose
    /// input is public: the constants, and here zeros. So Salsa20's first block, less the constants, has HSalsa20's output in it.
    /// </remarks>
    public static byte[]? Agree(X25519PrivateKey own, X25519PublicKey other)
    {
        Span<byte> shared = stackalloc byte[X25519PrivateKey.KeyLength];
        if (!own.TryAgree(other, shared))
        {
            return null;
        }

        Span<byte> block = stackalloc byte[Salsa20Block];
        block.Clear();
        var salsa20 = new Salsa20Engine();
        salsa20.Init(true, new ParametersWithIV(new KeyParameter(shared), new byte[Salsa20Nonce]));
        salsa20.ProcessBytes(block, block);
        CryptographicOperations.ZeroMemory(shared);

        var key = GC.AllocateUninitializedArray<byte>(KeyLength, pinned: true);
        for (var i = 0; i < Constants.Length; i++)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * 5 * sizeof(uint))..]);
            BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(i * sizeof(uint)), unchecked(word - Constants[i]));
        }

        block.Slice(6 * sizeof(uint), 4 * sizeof(uint)).CopyTo(key.AsSpan(4 * sizeof(uint)));
        CryptographicOperations.ZeroMemory(block);
        return key;
    }

    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext)
    {
        var box = new byte[TagLength + plaintext.Length];
        var stream = Start(key, nonce, out var mac);
        stream.ProcessBytes(plaintext, box.AsSpan(TagLength));
        Authenticate(mac, box.AsSpan(TagLength), box.AsSpan(0, TagLength));
        return box;
    }

    /// <returns>Null if anything was changed.</returns>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> box)
    {
        if (nonce.Length != NonceLength || box.Length < TagLength)
        {
            return null;
        }

        var stream = Start(key, nonce, out var mac);
        Span<byte> tag = stackalloc byte[TagLength];
        Authenticate(mac, box[TagLength..], tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, box[..TagLength]))
        {
            return null;
        }

        var plaintext = new byte[box.Length - TagLength];
        stream.ProcessBytes(box[TagLength..], plaintext);
        return plaintext;
    }

    // The stream's first 32 bytes are the key of the one-time authenticator; the message is encrypted with what follows.
    private static XSalsa20Engine Start(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, out Poly1305 mac)
    {
        var stream = new XSalsa20Engine();
        stream.Init(true, new ParametersWithIV(new KeyParameter(key), nonce));
        Span<byte> macKey = stackalloc byte[KeyLength];
        macKey.Clear();
        stream.ProcessBytes(macKey, macKey);
        mac = new Poly1305();
        mac.Init(new KeyParameter(macKey));
        CryptographicOperations.ZeroMemory(macKey);
        return stream;
    }

    private static void Authenticate(Poly1305 mac, ReadOnlySpan<byte> ciphertext, Span<byte> tag)
    {
        mac.BlockUpdate(ciphertext);
        mac.DoFinal(tag);
    }
}
