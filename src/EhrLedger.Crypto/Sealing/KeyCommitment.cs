namespace EhrLedger.Crypto.Sealing;

/// <summary>Binds a record's ciphertext to one content key: 32 bytes, public, in the record's row.</summary>
/// <remarks>
/// AES-GCM alone does not: one ciphertext can be made to open to two texts under two keys. Who opens checks this first, so that two
/// readers cannot be shown two different records.
/// </remarks>
public readonly struct KeyCommitment : IEquatable<KeyCommitment>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes32.Length;

    private readonly Bytes32 _bytes;

    private KeyCommitment(Bytes32 bytes) => _bytes = bytes;

    /// <summary>Takes bytes from outside.</summary>
    /// <returns>False unless there are exactly 32.</returns>
    public static bool TryFromBytes(ReadOnlySpan<byte> commitment, out KeyCommitment result)
    {
        result = commitment.Length == Length ? new KeyCommitment(Bytes32.From(commitment)) : default;
        return commitment.Length == Length;
    }

    /// <summary>Takes 32 bytes that are known to be a commitment.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static KeyCommitment FromBytes(ReadOnlySpan<byte> commitment) =>
        TryFromBytes(commitment, out var result) ? result : throw new ArgumentException($"A key commitment has {Length} bytes.", nameof(commitment));

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">Too little room.</exception>
    public void CopyTo(Span<byte> destination) => _bytes.Span.CopyTo(destination);

    /// <summary>A new array of the 32 bytes.</summary>
    public byte[] ToArray() => _bytes.Span.ToArray();

    /// <inheritdoc/>
    public bool Equals(KeyCommitment other) => _bytes.Equals(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KeyCommitment other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.GetHashCode();

    /// <summary>64 lowercase hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes.Span);

    /// <summary>True if all 32 bytes are equal.</summary>
    public static bool operator ==(KeyCommitment left, KeyCommitment right) => left.Equals(right);

    /// <summary>True if any byte differs.</summary>
    public static bool operator !=(KeyCommitment left, KeyCommitment right) => !left.Equals(right);
}
