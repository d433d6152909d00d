namespace EhrLedger.Consent.Index;

/// <summary>
/// A token as an index holder keeps it: hidden once more under the holder's own key, so that a stolen index is useless even with an index key in hand.
/// </summary>
public readonly record struct FiledToken : IComparable<FiledToken>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes16.Length;

    private readonly Bytes16 _bytes;

    private FiledToken(Bytes16 bytes) => _bytes = bytes;

    /// <summary>Takes the 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 16.</exception>
    public static FiledToken FromBytes(ReadOnlySpan<byte> bytes) => new(Bytes16.From(bytes));

    /// <summary>A new array of the 16 bytes.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Order of the bytes, the first weighing most.</summary>
    public int CompareTo(FiledToken other) => _bytes.CompareTo(other._bytes);

    /// <summary>32 lowercase hexadecimal digits.</summary>
    public override string ToString() => _bytes.ToString();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(FiledToken left, FiledToken right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(FiledToken left, FiledToken right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(FiledToken left, FiledToken right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(FiledToken left, FiledToken right) => left.CompareTo(right) >= 0;
}
