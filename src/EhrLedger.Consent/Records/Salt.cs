namespace EhrLedger.Consent.Records;

/// <summary>
/// 16 random bytes that keep what is hashed with them from being guessed. Whoever is shown the value is given its salt; for everyone else, destroying the salt
/// makes the digest mean nothing.
/// </summary>
public readonly record struct Salt : IComparable<Salt>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes16.Length;

    private readonly Bytes16 _bytes;

    private Salt(Bytes16 bytes) => _bytes = bytes;

    /// <summary>A new one from the system's randomness.</summary>
    public static Salt Generate() => new(Bytes16.Generate());

    /// <summary>Takes the 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 16.</exception>
    public static Salt FromBytes(ReadOnlySpan<byte> bytes) => new(Bytes16.From(bytes));

    /// <summary>A new array of the 16 bytes.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Order of the bytes, the first weighing most.</summary>
    public int CompareTo(Salt other) => _bytes.CompareTo(other._bytes);

    /// <summary>32 lowercase hexadecimal digits.</summary>
    public override string ToString() => _bytes.ToString();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(Salt left, Salt right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(Salt left, Salt right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(Salt left, Salt right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(Salt left, Salt right) => left.CompareTo(right) >= 0;
}
