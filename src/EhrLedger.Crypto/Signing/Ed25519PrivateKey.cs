using System.Security.Cryptography;

namespace EhrLedger.Crypto.Signing;

/// <summary>An Ed25519 private key: a 32-byte seed, prepared for many signatures. Zeroed on Dispose.</summary>
/// <remarks>Source: RFC 8032 §5.1.5. Thread-safe, except for Dispose.</remarks>
public sealed class Ed25519PrivateKey : SecretKey
{
    /// <summary>Length of the seed in bytes.</summary>
    public const int SeedLength = 32;

    private readonly IEd25519Signer _signer;

    private Ed25519PrivateKey(ReadOnlySpan<byte> seed)
        : base(seed)
    {
        _signer = CryptoEngines.Ed25519.Prepare(seed);
        Span<byte> publicKey = stackalloc byte[Ed25519PublicKey.Length];
        _signer.CopyPublicKeyTo(publicKey);
        Public = Ed25519PublicKey.FromBytes(publicKey);
    }

    /// <summary>The public half.</summary>
    public Ed25519PublicKey Public { get; }

    /// <summary>A new key from the system's randomness.</summary>
    public static Ed25519PrivateKey Generate()
    {
        Span<byte> seed = stackalloc byte[SeedLength];
        RandomNumberGenerator.Fill(seed);
        var key = new Ed25519PrivateKey(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The key of a seed. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static Ed25519PrivateKey FromSeed(ReadOnlySpan<byte> seed) =>
        seed.Length == SeedLength ? new Ed25519PrivateKey(seed) : throw new ArgumentException($"An Ed25519 seed has {SeedLength} bytes.", nameof(seed));

    /// <summary>Signs the bytes as they are.</summary>
    /// <param name="message">
    /// A message of a format with a domain separation of its own (a signed note, a cosignature, a JWT). All else is signed for a
    /// purpose, with <c>CoseSign1</c>, so that no signature can be passed off as another.
    /// </param>
    /// <returns>64 bytes, R || S.</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519PublicKey.SignatureLength];
        SignInto(message, signature);
        return signature;
    }

    /// <summary>As <see cref="Sign"/>, into exactly 64 bytes.</summary>
    internal void SignInto(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        _ = Secret;
        _signer.Sign(message, signature);
    }

    /// <summary>Writes the 32-byte seed, for a key store. The caller zeroes it after use.</summary>
    /// <exception cref="ArgumentException">Fewer than 32 bytes of room.</exception>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public void ExportSeed(Span<byte> destination) => ExportTo(destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _signer.Dispose();
    }
}
