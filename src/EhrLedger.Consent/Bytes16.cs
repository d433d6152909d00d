using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EhrLedger.Consent;

/// <summary>16 bytes held inline: what the random ids, salts and tokens of this project are made of.</summary>
internal readonly record struct Bytes16 : IComparable<Bytes16>
{
    public const int Length = 16;

    private readonly UInt128 _value;

    private Bytes16(UInt128 value) => _value = value;

    /// <exception cref="ArgumentException">Not exactly 16 bytes.</exception>
    public static Bytes16 From(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length
            ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes))
            : throw new ArgumentException($"16 bytes are needed, not {bytes.Length}.", nameof(bytes));

    public static Bytes16 Generate()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        return From(bytes);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    // The number is read big-endian, so that its order is that of the bytes.
    public int CompareTo(Bytes16 other) => _value.CompareTo(other._value);

    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
