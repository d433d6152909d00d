using System.Collections.Concurrent;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace EhrLedger.Crypto.Signing;

/// <summary>An Ed25519 public key: 32 bytes that were checked to be the canonical encoding of a point of prime order.</summary>
/// <remarks>
/// Source: RFC 8032 §5.1.5. The RFC leaves open what to do with points that have a component of small order, and implementations
/// differ. All nodes must accept and refuse the same signatures, so such a key cannot be made. The default value verifies nothing.
/// </remarks>
public readonly struct Ed25519PublicKey : IEquatable<Ed25519PublicKey>, IComparable<Ed25519PublicKey>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes32.Length;

    /// <summary>Length of a signature in bytes, R || S.</summary>
    public const int SignatureLength = 64;

    private readonly Bytes32 _bytes;

    private Ed25519PublicKey(Bytes32 bytes) => _bytes = bytes;

    /// <summary>Takes bytes from outside. Costs 50 µs for a key that this process has not seen lately.</summary>
    /// <returns>False unless they are 32 bytes that encode a point of prime order, canonically.</returns>
    public static bool TryFromBytes(ReadOnlySpan<byte> publicKey, out Ed25519PublicKey result)
    {
        result = default;
        if (publicKey.Length != Length)
        {
            return false;
        }

        var bytes = Bytes32.From(publicKey);
        if (!CheckedPoints.Contains(bytes))
        {
            return false;
        }

        result = new Ed25519PublicKey(bytes);
        return true;
    }

    /// <summary>Takes a key that the caller knows to be good.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static Ed25519PublicKey FromBytes(ReadOnlySpan<byte> publicKey) =>
        TryFromBytes(publicKey, out var result) ? result : throw new ArgumentException("Not an Ed25519 public key of prime order.", nameof(publicKey));

    /// <summary>Reads a did:key with multicodec 0xed.</summary>
    /// <returns>Null for another kind of key, another encoding, or a point that is not of prime order.</returns>
    public static Ed25519PublicKey? FromDidKey(string didKey) => DidKey.FindEd25519(didKey);

    /// <summary>Checks a signature, strictly: see <see cref="IEd25519Engine.Verifies"/>.</summary>
    /// <param name="message">The signed bytes.</param>
    /// <param name="signature">64 bytes, R || S; any other length is false.</param>
    /// <returns>False for anything that is not this key's signature under this message. Never throws.</returns>
    public bool Verifies(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength && !_bytes.IsZero && CryptoEngines.Ed25519.Verifies(_bytes.Span, message, signature);

    /// <summary>The name of the key: did:key:z6Mk….</summary>
    public string ToDidKey() => DidKey.Of(this);

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">Fewer than 32 bytes of room.</exception>
    public void CopyTo(Span<byte> destination) => _bytes.Span.CopyTo(destination);

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray() => _bytes.Span.ToArray();

    /// <inheritdoc/>
    public bool Equals(Ed25519PublicKey other) => _bytes.Equals(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ed25519PublicKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.GetHashCode();

    /// <summary>Byte by byte, the first byte weighing most.</summary>
    public int CompareTo(Ed25519PublicKey other) => _bytes.CompareTo(other._bytes);

    /// <summary>The did:key.</summary>
    public override string ToString() => ToDidKey();

    /// <summary>True if all 32 bytes are equal.</summary>
    public static bool operator ==(Ed25519PublicKey left, Ed25519PublicKey right) => left.Equals(right);

    /// <summary>True if any byte differs.</summary>
    public static bool operator !=(Ed25519PublicKey left, Ed25519PublicKey right) => !left.Equals(right);

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(Ed25519PublicKey left, Ed25519PublicKey right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(Ed25519PublicKey left, Ed25519PublicKey right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(Ed25519PublicKey left, Ed25519PublicKey right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(Ed25519PublicKey left, Ed25519PublicKey right) => left.CompareTo(right) >= 0;

    /// <summary>The check of a point's order, remembered: keys come back with every entry, and the check costs as much as a signature's.</summary>
    private static class CheckedPoints
    {
        private const int Capacity = 16_384;
        private static readonly ConcurrentDictionary<Bytes32, byte> Seen = new();
        private static int _count;

        public static bool Contains(Bytes32 point)
        {
            if (Seen.ContainsKey(point))
            {
                return true;
            }

            if (!Ed25519.ValidatePublicKeyFull(point.Span))
            {
                return false;
            }

            // Starting over when full bounds the memory that a stranger who sends ever new keys can take.
            if (Interlocked.Increment(ref _count) > Capacity)
            {
                Seen.Clear();
                Volatile.Write(ref _count, 1);
            }

            Seen[point] = 0;
            return true;
        }
    }
}
