namespace EhrLedger.Crypto.Signing;

/// <summary>An implementation of Ed25519 (RFC 8032 §5.1). Thread-safe.</summary>
public interface IEd25519Engine
{
    /// <summary>Prepares a private key for many signatures.</summary>
    /// <param name="seed">32 bytes, the private key of RFC 8032 §5.1.5. The engine keeps its own copy.</param>
    IEd25519Signer Prepare(ReadOnlySpan<byte> seed);

    /// <summary>Checks a signature by the strict rule that every engine must share.</summary>
    /// <param name="publicKey">32 bytes; the caller has checked that it is a canonical point of prime order.</param>
    /// <param name="message">The signed bytes.</param>
    /// <param name="signature">64 bytes, R || S.</param>
    /// <returns>
    /// True exactly if S is below the group order, R is the canonical encoding of a point of prime order, and [S]B = R + [k]A without
    /// multiplying by the cofactor.
    /// </returns>
    bool Verifies(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}

/// <summary>One private key, ready to sign. Thread-safe; zeroes its copy of the seed on Dispose.</summary>
public interface IEd25519Signer : IDisposable
{
    /// <summary>Writes the public key.</summary>
    /// <param name="publicKey">Exactly 32 bytes of room.</param>
    void CopyPublicKeyTo(Span<byte> publicKey);

    /// <summary>Signs deterministically, as RFC 8032 §5.1.6 says.</summary>
    /// <param name="message">The bytes to sign.</param>
    /// <param name="signature">Exactly 64 bytes of room, for R || S.</param>
    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);
}
