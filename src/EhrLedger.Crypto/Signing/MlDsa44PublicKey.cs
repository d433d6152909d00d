using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace EhrLedger.Crypto.Signing;

/// <summary>An ML-DSA-44 public key (1,312 bytes), for the post-quantum cosignatures of C2SP.</summary>
/// <remarks>Source: FIPS 204. Pure ML-DSA, not pre-hashed, with an empty context string. Thread-safe.</remarks>
public sealed class MlDsa44PublicKey : IEquatable<MlDsa44PublicKey>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 1312;

    /// <summary>Length of a signature in bytes.</summary>
    public const int SignatureLength = 2420;

    private readonly byte[] _bytes;
    private readonly MLDsaPublicKeyParameters _key;

    private MlDsa44PublicKey(byte[] bytes)
    {
        _bytes = bytes;
        _key = MLDsaPublicKeyParameters.FromEncoding(MLDsaParameters.ml_dsa_44, bytes);
    }

    /// <summary>Takes bytes from outside. Every string of the right length is a public key (FIPS 204 §7.2, pkDecode).</summary>
    /// <returns>Null unless there are exactly 1,312.</returns>
    public static MlDsa44PublicKey? TryFromBytes(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == Length ? new MlDsa44PublicKey(publicKey.ToArray()) : null;

    /// <summary>Takes a key that the caller knows to be good.</summary>
    /// <exception cref="ArgumentException">Not exactly 1,312 bytes.</exception>
    public static MlDsa44PublicKey FromBytes(ReadOnlySpan<byte> publicKey) =>
        TryFromBytes(publicKey) ?? throw new ArgumentException($"An ML-DSA-44 public key has {Length} bytes.", nameof(publicKey));

    /// <summary>Checks a signature.</summary>
    /// <param name="message">The signed bytes.</param>
    /// <param name="signature">2,420 bytes; any other length is false.</param>
    /// <returns>False for anything that is not this key's signature under this message. Never throws.</returns>
    public bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength)
        {
            return false;
        }

        var verifier = new MLDsaSigner(MLDsaParameters.ml_dsa_44, deterministic: true);
        verifier.Init(forSigning: false, _key);
        verifier.BlockUpdate(message);
        return verifier.VerifySignature(signature.ToArray());
    }

    /// <summary>A new array of the 1,312 bytes.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <inheritdoc/>
    public bool Equals(MlDsa44PublicKey? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MlDsa44PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(_bytes);

    /// <summary>The kind of key and the SHA-256 of its bytes.</summary>
    public override string ToString() => $"ml-dsa-44:{Digest.Of(_bytes)}";
}
