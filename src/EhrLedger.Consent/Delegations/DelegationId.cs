namespace EhrLedger.Consent.Delegations;

/// <summary>Names a delegation of one subject: 16 bytes that look random. On the ledger in the clear, and on no other subject's topic.</summary>
public readonly record struct DelegationId : IComparable<DelegationId>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes16.Length;

    private readonly Bytes16 _bytes;

    private DelegationId(Bytes16 bytes) => _bytes = bytes;

    /// <summary>Takes the 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 16.</exception>
    public static DelegationId FromBytes(ReadOnlySpan<byte> bytes) => new(Bytes16.From(bytes));

    /// <summary>A new array of the 16 bytes.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Order of the bytes, the first weighing most.</summary>
    public int CompareTo(DelegationId other) => _bytes.CompareTo(other._bytes);

    /// <summary>32 lowercase hexadecimal digits.</summary>
    public override string ToString() => _bytes.ToString();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(DelegationId left, DelegationId right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(DelegationId left, DelegationId right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(DelegationId left, DelegationId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(DelegationId left, DelegationId right) => left.CompareTo(right) >= 0;
}
