using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace EhrLedger.Crypto.Signing;

/// <summary>An ML-DSA-44 private key: a 32-byte seed, expanded once. Zeroed on Dispose.</summary>
/// <remarks>
/// Source: FIPS 204, ML-DSA.KeyGen_internal(ξ). Signs deterministically with an empty context string, so that the same checkpoint
/// always has the same cosignature. BouncyCastle keeps the expanded key, which it cannot zero; Dispose drops it. Thread-safe, except for Dispose.
/// </remarks>
public sealed class MlDsa44PrivateKey : SecretKey
{
    /// <summary>Length of the seed in bytes.</summary>
    public const int SeedLength = 32;

    private MLDsaPrivateKeyParameters? _expanded;

    private MlDsa44PrivateKey(ReadOnlySpan<byte> seed)
        : base(seed)
    {
        _expanded = MLDsaPrivateKeyParameters.FromSeed(MLDsaParameters.ml_dsa_44, seed.ToArray());
        Public = MlDsa44PublicKey.FromBytes(_expanded.GetPublicKeyEncoded());
    }

    /// <summary>The public half.</summary>
    public MlDsa44PublicKey Public { get; }

    /// <summary>A new key from the system's randomness.</summary>
    public static MlDsa44PrivateKey Generate()
    {
        Span<byte> seed = stackalloc byte[SeedLength];
        RandomNumberGenerator.Fill(seed);
        var key = new MlDsa44PrivateKey(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The key of a seed. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static MlDsa44PrivateKey FromSeed(ReadOnlySpan<byte> seed) =>
        seed.Length == SeedLength ? new MlDsa44PrivateKey(seed) : throw new ArgumentException($"An ML-DSA seed has {SeedLength} bytes.", nameof(seed));

    /// <summary>Signs the bytes as they are.</summary>
    /// <param name="message">A message of a format with a domain separation of its own (a cosignature).</param>
    /// <returns>2,420 bytes.</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        ObjectDisposedException.ThrowIf(_expanded is null, this);
        var signer = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: true);
        signer.Init(forSigning: true, _expanded);
        signer.BlockUpdate(message);
        return signer.GenerateSignature();
    }

    /// <summary>Writes the 32-byte seed, for a key store. The caller zeroes it after use.</summary>
    /// <exception cref="ArgumentException">Fewer than 32 bytes of room.</exception>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public void ExportSeed(Span<byte> destination) => ExportTo(destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _expanded = null;
    }
}
