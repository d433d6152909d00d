using Org.BouncyCastle.Math.EC.Rfc7748;

namespace EhrLedger.Crypto.Agreement;

/// <summary>An X25519 public key: any 32 bytes (RFC 7748 §5 accepts them all; an agreement with a point of small order fails then).</summary>
public readonly struct X25519PublicKey : IEquatable<X25519PublicKey>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes32.Length;

    private readonly Bytes32 _bytes;

    private X25519PublicKey(Bytes32 bytes) => _bytes = bytes;

    /// <summary>Takes bytes from outside.</summary>
    /// <returns>False unless there are exactly 32.</returns>
    public static bool TryFromBytes(ReadOnlySpan<byte> publicKey, out X25519PublicKey result)
    {
        result = publicKey.Length == Length ? new X25519PublicKey(Bytes32.From(publicKey)) : default;
        return publicKey.Length == Length;
    }

    /// <summary>Takes a key that the caller knows to be good.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static X25519PublicKey FromBytes(ReadOnlySpan<byte> publicKey) =>
        TryFromBytes(publicKey, out var result) ? result : throw new ArgumentException($"An X25519 public key has {Length} bytes.", nameof(publicKey));

    /// <summary>The key that agrees where this one signs: the point's u coordinate, (1 + y) / (1 - y), on Curve25519.</summary>
    /// <remarks>Source: RFC 7748 §4.1. The map of libsodium's crypto_sign_ed25519_pk_to_curve25519, which RFC 0019 of Aries is built on.</remarks>
    public static X25519PublicKey Of(Signing.Ed25519PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[Length];
        key.CopyTo(bytes);
        int[] y = X25519Field.Create(), one = X25519Field.Create(), top = X25519Field.Create(), bottom = X25519Field.Create();
        X25519Field.Decode255(bytes, y);
        X25519Field.One(one);
        X25519Field.Add(one, y, top);
        X25519Field.Sub(one, y, bottom);
        X25519Field.Inv(bottom, bottom);
        X25519Field.Mul(top, bottom, top);
        X25519Field.Normalize(top);
        X25519Field.Encode(top, bytes);
        return FromBytes(bytes);
    }

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">Fewer than 32 bytes of room.</exception>
    public void CopyTo(Span<byte> destination) => _bytes.Span.CopyTo(destination);

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray() => _bytes.Span.ToArray();

    /// <inheritdoc/>
    public bool Equals(X25519PublicKey other) => _bytes.Equals(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is X25519PublicKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.GetHashCode();

    /// <summary>The did:key.</summary>
    public override string ToString() => Signing.DidKey.Of(this);

    /// <summary>True if all 32 bytes are equal.</summary>
    public static bool operator ==(X25519PublicKey left, X25519PublicKey right) => left.Equals(right);

    /// <summary>True if any byte differs.</summary>
    public static bool operator !=(X25519PublicKey left, X25519PublicKey right) => !left.Equals(right);
}
