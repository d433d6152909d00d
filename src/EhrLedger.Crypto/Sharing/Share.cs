namespace EhrLedger.Crypto.Sharing;

/// <summary>One share of a split secret: a point of each byte's polynomial. As secret as the secret, once there are enough. Zeroed on Dispose.</summary>
public sealed class Share : SecretKey
{
    internal Share(byte number, ReadOnlySpan<byte> value)
        : base(value) => Number = number;

    /// <summary>The x coordinate, 1 to 255: which share it is.</summary>
    public byte Number { get; }

    /// <summary>Takes a share from outside.</summary>
    /// <param name="number">Which share it is.</param>
    /// <param name="value">Its bytes, as many as the secret has. The caller zeroes its own copy.</param>
    /// <returns>Null for number 0, which would be the secret itself, and for no bytes.</returns>
    public static Share? TryFromBytes(byte number, ReadOnlySpan<byte> value) => number == 0 || value.IsEmpty ? null : new Share(number, value);
}
