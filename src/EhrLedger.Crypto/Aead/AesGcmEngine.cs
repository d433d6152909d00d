namespace EhrLedger.Crypto.Aead;

/// <summary>The AES-GCM of this process: the system's on a server, BouncyCastle's in the browser.</summary>
internal static class AesGcmEngine
{
    /// <summary>One-time keys need no nonce: twelve zero bytes.</summary>
    public static ReadOnlySpan<byte> ZeroNonce => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public static IAead Current { get; } = OperatingSystem.IsBrowser() ? BouncyCastleAead.AesGcm : new SystemAesGcm();

    /// <summary>Ciphertext || tag under a key that is used this once.</summary>
    public static byte[] SealOnce(ReadOnlySpan<byte> oneTimeKey, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext)
    {
        var result = new byte[plaintext.Length + IAead.TagLength];
        Current.Seal(oneTimeKey, ZeroNonce, aad, plaintext, result);
        return result;
    }

    /// <returns>Null if anything was changed.</returns>
    public static byte[]? OpenOnce(ReadOnlySpan<byte> oneTimeKey, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < IAead.TagLength)
        {
            return null;
        }

        var result = new byte[sealedBytes.Length - IAead.TagLength];
        return Current.TryOpen(oneTimeKey, ZeroNonce, aad, sealedBytes, result) ? result : null;
    }
}
