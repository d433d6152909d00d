namespace EhrLedger.Crypto.Aead;

/// <summary>An AEAD with 96-bit nonces and 128-bit tags. Thread-safe. AES-GCM has two engines behind it, held to the same vectors.</summary>
internal interface IAead
{
    /// <summary>Nonce length in bytes.</summary>
    public const int NonceLength = 12;

    /// <summary>Tag length in bytes.</summary>
    public const int TagLength = 16;

    /// <summary>Writes ciphertext || tag.</summary>
    /// <param name="key">As long as the algorithm says.</param>
    /// <param name="nonce">12 bytes, never used twice with this key.</param>
    /// <param name="aad">Authenticated, not encrypted.</param>
    /// <param name="plaintext">The bytes to encrypt.</param>
    /// <param name="destination">Exactly 16 bytes longer than the plaintext, and not overlapping it.</param>
    void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination);

    /// <summary>Checks the tag and writes the plaintext.</summary>
    /// <param name="key">As long as the algorithm says.</param>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="aad">As it was sealed with.</param>
    /// <param name="sealedBytes">Ciphertext || tag, at least 16 bytes.</param>
    /// <param name="destination">Exactly 16 bytes shorter; zeros if the tag is wrong.</param>
    /// <returns>False if anything was changed.</returns>
    bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes, Span<byte> destination);
}
