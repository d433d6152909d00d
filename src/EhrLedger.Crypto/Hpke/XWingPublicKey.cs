using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace EhrLedger.Crypto.Hpke;

/// <summary>An X-Wing public key (X25519 with ML-KEM-768): 1,216 bytes that passed the key check of FIPS 203 §7.2.</summary>
/// <remarks>Source: draft-connolly-cfrg-xwing-kem §5.2: ML-KEM's 1,184 bytes, then X25519's 32. Thread-safe.</remarks>
public sealed class XWingPublicKey : IEquatable<XWingPublicKey>, IEncapsulationKey
{
    /// <summary>Length in bytes.</summary>
    public const int Length = MlKem768.PublicKeyLength + X25519.PointSize;

    /// <summary>Length of an encapsulation in bytes.</summary>
    public const int EncapsulationLength = MlKem768.CiphertextLength + X25519.PointSize;

    private readonly byte[] _bytes;
    private readonly MLKemPublicKeyParameters _mlKem;

    private XWingPublicKey(byte[] bytes, MLKemPublicKeyParameters mlKem)
    {
        _bytes = bytes;
        _mlKem = mlKem;
        Digest = Digest.Of(bytes);
    }

    /// <summary>SHA-256 of the 1,216 bytes: the key's name on the ledger.</summary>
    public Digest Digest { get; }

    ushort IEncapsulationKey.KemId => XWing.KemId;

    int IEncapsulationKey.EncapsulationSeedLength => MlKem768.EncapsulationSeedLength + X25519.ScalarSize;

    private ReadOnlySpan<byte> X25519Key => _bytes.AsSpan(MlKem768.PublicKeyLength);

    /// <summary>Takes bytes from outside.</summary>
    /// <returns>Null unless there are 1,216 and the ML-KEM key in them is a valid one.</returns>
    public static XWingPublicKey? TryFromBytes(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == Length && MlKem768.TryParsePublicKey(publicKey[..MlKem768.PublicKeyLength]) is { } mlKem ? new XWingPublicKey(publicKey.ToArray(), mlKem) : null;

    /// <summary>Takes a key that the caller knows to be good.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static XWingPublicKey FromBytes(ReadOnlySpan<byte> publicKey) =>
        TryFromBytes(publicKey) ?? throw new ArgumentException("Not an X-Wing public key.", nameof(publicKey));

    /// <summary>Writes the 1,216 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">Too little room.</exception>
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>A new array of the 1,216 bytes.</summary>
    public byte[] ToArray() => [.. _bytes];

    byte[]? IEncapsulationKey.Encapsulate(ReadOnlySpan<byte> seed, Span<byte> sharedSecret)
    {
        var encapsulation = new byte[EncapsulationLength];
        var x25519Ciphertext = encapsulation.AsSpan(MlKem768.CiphertextLength);
        Span<byte> mlKemSecret = stackalloc byte[XWing.SharedSecretLength];
        Span<byte> x25519Secret = stackalloc byte[X25519.PointSize];
        MlKem768.Encapsulate(_mlKem, seed[..MlKem768.EncapsulationSeedLength], encapsulation.AsSpan(..MlKem768.CiphertextLength), mlKemSecret);

        // X-Wing does not ask for the check of the all-zero secret: the combiner binds both public values, and ML-KEM still stands.
        var ephemeral = seed[MlKem768.EncapsulationSeedLength..];
        X25519.ScalarMultBase(ephemeral, x25519Ciphertext);
        X25519.ScalarMult(ephemeral, X25519Key, x25519Secret);
        XWing.Combine(mlKemSecret, x25519Secret, x25519Ciphertext, X25519Key, sharedSecret);
        CryptographicOperations.ZeroMemory(mlKemSecret);
        CryptographicOperations.ZeroMemory(x25519Secret);
        return encapsulation;
    }

    /// <inheritdoc/>
    public bool Equals(XWingPublicKey? other) => other is not null && Digest == other.Digest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as XWingPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    /// <summary>The kind of key and its digest.</summary>
    public override string ToString() => $"x-wing:{Digest}";
}
