namespace EhrLedger.Consent.Index;

/// <summary>
/// What a search value is turned into for the index: the first 16 bytes of an HMAC. Equal values give equal tokens within one subject's epoch, and nowhere
/// else.
/// </summary>
public readonly record struct Token : IComparable<Token>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes16.Length;

    private readonly Bytes16 _bytes;

    private Token(Bytes16 bytes) => _bytes = bytes;

    /// <summary>Takes the 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 16.</exception>
    public static Token FromBytes(ReadOnlySpan<byte> bytes) => new(Bytes16.From(bytes));

    /// <summary>A new array of the 16 bytes.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Order of the bytes, the first weighing most.</summary>
    public int CompareTo(Token other) => _bytes.CompareTo(other._bytes);

    /// <summary>32 lowercase hexadecimal digits.</summary>
    public override string ToString() => _bytes.ToString();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(Token left, Token right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(Token left, Token right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(Token left, Token right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(Token left, Token right) => left.CompareTo(right) >= 0;
}
