namespace EhrLedger.Consent.Grants;

/// <summary>Names a grant: 16 random bytes. On the ledger in the clear.</summary>
public readonly record struct GrantId : IComparable<GrantId>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes16.Length;

    private readonly Bytes16 _bytes;

    private GrantId(Bytes16 bytes) => _bytes = bytes;

    /// <summary>A new one from the system's randomness.</summary>
    public static GrantId Generate() => new(Bytes16.Generate());

    /// <summary>Takes the 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 16.</exception>
    public static GrantId FromBytes(ReadOnlySpan<byte> bytes) => new(Bytes16.From(bytes));

    /// <summary>A new array of the 16 bytes.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Order of the bytes, the first weighing most.</summary>
    public int CompareTo(GrantId other) => _bytes.CompareTo(other._bytes);

    /// <summary>32 lowercase hexadecimal digits.</summary>
    public override string ToString() => _bytes.ToString();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(GrantId left, GrantId right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(GrantId left, GrantId right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(GrantId left, GrantId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(GrantId left, GrantId right) => left.CompareTo(right) >= 0;
}
