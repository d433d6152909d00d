using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace EhrLedger.Crypto.Hpke;

/// <summary>An X-Wing private key: a 32-byte seed, expanded when it is first used. Zeroed on Dispose.</summary>
/// <remarks>
/// Source: draft-connolly-cfrg-xwing-kem §5.2. BouncyCastle keeps the expanded ML-KEM key, which it cannot zero; Dispose drops it.
/// Thread-safe, except for Dispose.
/// </remarks>
public sealed class XWingPrivateKey : SecretKey, IDecapsulationKey
{
    /// <summary>Length of the seed in bytes.</summary>
    public const int SeedLength = 32;

    private readonly Lock _gate = new();
    private volatile Expanded? _expanded;

    private XWingPrivateKey(ReadOnlySpan<byte> seed)
        : base(seed)
    {
    }

    /// <summary>The public half. Computed when first asked for.</summary>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public XWingPublicKey Public => Expand().Public;

    ushort IDecapsulationKey.KemId => XWing.KemId;

    /// <summary>A new key from the system's randomness.</summary>
    public static XWingPrivateKey Generate()
    {
        Span<byte> seed = stackalloc byte[SeedLength];
        RandomNumberGenerator.Fill(seed);
        var key = new XWingPrivateKey(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The key of a seed. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static XWingPrivateKey FromSeed(ReadOnlySpan<byte> seed) =>
        seed.Length == SeedLength ? new XWingPrivateKey(seed) : throw new ArgumentException($"An X-Wing seed has {SeedLength} bytes.", nameof(seed));

    /// <summary>Writes the 32-byte seed, for a key store or a grant's access key. The caller zeroes it after use.</summary>
    /// <exception cref="ArgumentException">Fewer than 32 bytes of room.</exception>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public void ExportSeed(Span<byte> destination) => ExportTo(destination);

    bool IDecapsulationKey.TryDecapsulate(ReadOnlySpan<byte> encapsulation, Span<byte> sharedSecret)
    {
        if (encapsulation.Length != XWingPublicKey.EncapsulationLength)
        {
            return false;
        }

        var key = Expand();
        var x25519Ciphertext = encapsulation[MlKem768.CiphertextLength..];
        Span<byte> mlKemSecret = stackalloc byte[XWing.SharedSecretLength];
        Span<byte> x25519Secret = stackalloc byte[X25519.PointSize];
        MlKem768.TryDecapsulate(key.MlKem, encapsulation[..MlKem768.CiphertextLength], mlKemSecret);
        X25519.ScalarMult(key.X25519Private, x25519Ciphertext, x25519Secret);
        XWing.Combine(mlKemSecret, x25519Secret, x25519Ciphertext, key.X25519Public, sharedSecret);
        CryptographicOperations.ZeroMemory(mlKemSecret);
        CryptographicOperations.ZeroMemory(x25519Secret);
        return true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (_expanded is { } expanded)
        {
            CryptographicOperations.ZeroMemory(expanded.X25519Private);
        }

        _expanded = null;
    }

    private Expanded Expand()
    {
        if (_expanded is { } ready)
        {
            return ready;
        }

        lock (_gate)
        {
            return _expanded ??= new Expanded(Secret);
        }
    }

    /// <summary>Making this costs as much as a decapsulation; a category key opens many.</summary>
    private sealed class Expanded
    {
        public Expanded(ReadOnlySpan<byte> seed)
        {
            Span<byte> expanded = stackalloc byte[MlKem768.SeedLength + X25519.ScalarSize];
            XWing.Expand(seed, expanded);
            MlKem = MlKem768.FromSeed(expanded[..MlKem768.SeedLength].ToArray());
            X25519Private = GC.AllocateUninitializedArray<byte>(X25519.ScalarSize, pinned: true);
            expanded[MlKem768.SeedLength..].CopyTo(X25519Private);
            CryptographicOperations.ZeroMemory(expanded);

            X25519.ScalarMultBase(X25519Private, X25519Public);
            Public = XWingPublicKey.FromBytes([.. MlKem.GetPublicKeyEncoded(), .. X25519Public]);
        }

        public MLKemPrivateKeyParameters MlKem { get; }

        public byte[] X25519Private { get; }

        public byte[] X25519Public { get; } = new byte[X25519.PointSize];

        public XWingPublicKey Public { get; }
    }
}
