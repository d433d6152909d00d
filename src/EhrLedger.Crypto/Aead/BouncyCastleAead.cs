using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace EhrLedger.Crypto.Aead;

/// <summary>AEADs of BouncyCastle: AES-GCM for the browser, and what only published vectors need.</summary>
/// <param name="create">Makes a cipher for one operation; ciphers keep state.</param>
internal sealed class BouncyCastleAead(Func<IAeadCipher> create) : IAead
{
    public static BouncyCastleAead AesGcm { get; } = new(() => new GcmBlockCipher(AesUtilities.CreateEngine()));

    public static BouncyCastleAead ChaCha20Poly1305 { get; } = new(() => new Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305());

    public void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        var cipher = Start(forEncryption: true, key, nonce, aad);
        var written = cipher.ProcessBytes(plaintext, destination);
        cipher.DoFinal(destination[written..]);
    }

    public bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        var cipher = Start(forEncryption: false, key, nonce, aad);
        try
        {
            var written = cipher.ProcessBytes(sealedBytes, destination);
            cipher.DoFinal(destination[written..]);
            return true;
        }
        catch (InvalidCipherTextException)
        {
            CryptographicOperations.ZeroMemory(destination);
            return false;
        }
    }

    private IAeadCipher Start(bool forEncryption, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad)
    {
        var cipher = create();
        cipher.Init(forEncryption, new ParametersWithIV(new KeyParameter(key), nonce));
        cipher.ProcessAadBytes(aad);
        return cipher;
    }
}
