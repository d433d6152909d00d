using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace EhrLedger.Crypto.Aead;

/// <summary>AES-GCM of the operating system: NIST SP 800-38D, 128- or 256-bit keys. The browser lacks it.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class SystemAesGcm : IAead
{
    public void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        using var aes = new AesGcm(key, IAead.TagLength);
        aes.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], aad);
    }

    public bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        using var aes = new AesGcm(key, IAead.TagLength);
        try
        {
            aes.Decrypt(nonce, sealedBytes[..^IAead.TagLength], sealedBytes[^IAead.TagLength..], destination, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(destination);
            return false;
        }
    }
}
