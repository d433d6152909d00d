using System.Numerics;

namespace EhrLedger.Node.Tests.Engines;

/// <summary>Points of edwards25519 (RFC 8032 §5.1), in plain and slow arithmetic of its own: to make the signatures that no honest signer makes.</summary>
internal readonly record struct EdwardsPoint(BigInteger X, BigInteger Y)
{
    public static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);
    private static readonly BigInteger Field = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger D = Reduce(-121665 * Inverse(121666));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (Field - 1) / 4, Field);

    /// <summary>Null if the bytes are no point.</summary>
    public static EdwardsPoint? Decode(ReadOnlySpan<byte> bytes)
    {
        var sign = bytes[31] >> 7;
        var y = new BigInteger((byte[])[.. bytes[..31], (byte)(bytes[31] & 127)], isUnsigned: true);
        var square = Reduce(((y * y) - 1) * Inverse(Reduce((D * y * y) + 1)));
        var x = BigInteger.ModPow(square, (Field + 3) / 8, Field);
        x = Reduce(x * x) == square ? x : Reduce(x * RootOfMinusOne);
        return Reduce(x * x) != square ? null : new EdwardsPoint(x.IsEven == (sign == 0) ? x : Reduce(-x), y);
    }

    public static EdwardsPoint operator +(EdwardsPoint left, EdwardsPoint right)
    {
        var product = Reduce(D * left.X * right.X * left.Y * right.Y);
        return new(
            Reduce(((left.X * right.Y) + (right.X * left.Y)) * Inverse(Reduce(1 + product))),
            Reduce(((left.Y * right.Y) + (left.X * right.X)) * Inverse(Reduce(1 - product))));
    }

    public byte[] Encode()
    {
        var bytes = LittleEndian(Y);
        bytes[31] |= (byte)(X.IsEven ? 0 : 0x80);
        return bytes;
    }

    public static byte[] LittleEndian(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(Reduce(value), Field - 2, Field);

    private static BigInteger Reduce(BigInteger value) => ((value % Field) + Field) % Field;
}
