using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace EhrLedger.Crypto;

/// <summary>32 bytes held inline, so that digests and public keys cost no allocation and compare in four machine words.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly struct Bytes32 : IEquatable<Bytes32>, IComparable<Bytes32>
{
    public const int Length = 32;

    // Only the memory order of the four words is ever observed, never their numeric value: the machine's endianness does not matter.
    private readonly ulong _a, _b, _c, _d;

    public static Bytes32 From(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<Bytes32>(bytes);

    [UnscopedRef]
    public ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(new ReadOnlySpan<Bytes32>(in this));

    public bool IsZero => (_a | _b | _c | _d) == 0;

    public bool Equals(Bytes32 other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    public override bool Equals(object? obj) => obj is Bytes32 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_a, _b, _c, _d);

    public int CompareTo(Bytes32 other) => Span.SequenceCompareTo(other.Span);
}
