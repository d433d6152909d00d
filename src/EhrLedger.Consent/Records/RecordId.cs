using System.Buffers;

namespace EhrLedger.Consent.Records;

/// <summary>Names a record over all its versions, and is its id in FHIR: 16 random bytes, 32 lowercase hexadecimal digits in text.</summary>
public readonly record struct RecordId : IComparable<RecordId>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = Bytes16.Length;

    private static readonly SearchValues<char> LowercaseHex = SearchValues.Create("0123456789abcdef");

    private readonly Bytes16 _bytes;

    private RecordId(Bytes16 bytes) => _bytes = bytes;

    /// <summary>A new one from the system's randomness.</summary>
    public static RecordId Generate() => new(Bytes16.Generate());

    /// <summary>Takes the 16 bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 16.</exception>
    public static RecordId FromBytes(ReadOnlySpan<byte> bytes) => new(Bytes16.From(bytes));

    /// <summary>Reads the only text form, 32 lowercase hexadecimal digits. Null for anything else.</summary>
    public static RecordId? TryParse(string? text) =>
        text is { Length: 2 * Length } && !text.AsSpan().ContainsAnyExcept(LowercaseHex) ? FromBytes(Convert.FromHexString(text)) : null;

    /// <summary>A new array of the 16 bytes.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Order of the bytes, the first weighing most.</summary>
    public int CompareTo(RecordId other) => _bytes.CompareTo(other._bytes);

    /// <summary>32 lowercase hexadecimal digits.</summary>
    public override string ToString() => _bytes.ToString();

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(RecordId left, RecordId right) => left.CompareTo(right) < 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(RecordId left, RecordId right) => left.CompareTo(right) > 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(RecordId left, RecordId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(RecordId left, RecordId right) => left.CompareTo(right) >= 0;
}
