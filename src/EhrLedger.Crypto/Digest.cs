using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace EhrLedger.Crypto;

/// <summary>A SHA-256 digest: 32 bytes, held inline. The default value is 32 zero bytes.</summary>
/// <remarks>Source: FIPS 180-4. A digest is public; comparing two takes no care about timing.</remarks>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes32.Length;

    private static readonly SearchValues<char> LowercaseHex = SearchValues.Create("0123456789abcdef");

    private readonly Bytes32 _bytes;

    private Digest(Bytes32 bytes) => _bytes = bytes;

    /// <summary>SHA-256 of the bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(content, hash);
        return new Digest(Bytes32.From(hash));
    }

    /// <summary>Takes 32 bytes that already are a digest.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static Digest FromBytes(ReadOnlySpan<byte> digest) =>
        TryFromBytes(digest, out var result) ? result : throw new ArgumentException($"A digest has {Length} bytes, not {digest.Length}.", nameof(digest));

    /// <summary>Takes bytes from outside.</summary>
    /// <returns>False unless there are exactly 32.</returns>
    public static bool TryFromBytes(ReadOnlySpan<byte> digest, out Digest result)
    {
        result = digest.Length == Length ? new Digest(Bytes32.From(digest)) : default;
        return digest.Length == Length;
    }

    /// <summary>Reads 64 lowercase hexadecimal digits, the only form that <see cref="ToString"/> writes.</summary>
    public static bool TryParseHex([NotNullWhen(true)] string? hex, out Digest result)
    {
        result = default;
        if (hex is not { Length: 2 * Length } || hex.AsSpan().ContainsAnyExcept(LowercaseHex))
        {
            return false;
        }

        result = FromBytes(Convert.FromHexString(hex));
        return true;
    }

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">Fewer than 32 bytes of room.</exception>
    public void CopyTo(Span<byte> destination) => _bytes.Span.CopyTo(destination);

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray() => _bytes.Span.ToArray();

    /// <summary>True if these are the digest's bytes.</summary>
    public bool EqualsBytes(ReadOnlySpan<byte> other) => _bytes.Span.SequenceEqual(other);

    /// <inheritdoc/>
    public bool Equals(Digest other) => _bytes.Equals(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.GetHashCode();

    /// <summary>Byte by byte, the first byte weighing most: the order of batches and of sorted digests on the wire.</summary>
    public int CompareTo(Digest other) => _bytes.CompareTo(other._bytes);

    /// <summary>64 lowercase hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes.Span);

    /// <summary>True if all 32 bytes are equal.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>True if any byte differs.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}
