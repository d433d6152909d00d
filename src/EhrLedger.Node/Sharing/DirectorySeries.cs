using System.Security.Cryptography;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Sharing;

/// <summary>Names one counting of a directory's changes. An author begins a new one with each start, so that what it has lost by a restore is gone at the others too.</summary>
internal readonly record struct DirectorySeries
{
    private const int Length = 16;

    private readonly UInt128 _value;

    private DirectorySeries(ReadOnlySpan<byte> bytes) => _value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);

    public static DirectorySeries Generate() => new(RandomNumberGenerator.GetBytes(Length));

    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public static DirectorySeries FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Length ? new(bytes) : throw new ArgumentException("Not a series.", nameof(bytes));

    public static DirectorySeries Read(StrictCborReader reader) => new(reader.ReadBytes(Length).Span);

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }
}
