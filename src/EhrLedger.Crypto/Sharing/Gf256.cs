namespace EhrLedger.Crypto.Sharing;

/// <summary>The field GF(2^8) with the AES polynomial x^8 + x^4 + x^3 + x + 1 (0x11b). No tables and no branches on values: nothing leaks by timing.</summary>
/// <remarks>Source: FIPS 197 §4. Addition is XOR.</remarks>
internal static class Gf256
{
    private const int Reduction = 0x1b;

    public static byte Multiply(byte left, byte right)
    {
        int a = left, product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= a & -((right >> bit) & 1);
            a = ((a << 1) & 0xff) ^ (Reduction & -(a >> 7));
        }

        return (byte)product;
    }

    /// <summary>Eight products at once: each byte of <paramref name="lanes"/> times one factor.</summary>
    public static ulong Multiply(ulong lanes, byte factor)
    {
        const ulong lowSeven = 0x7f7f7f7f7f7f7f7f;
        const ulong lowest = 0x0101010101010101;
        ulong product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= lanes & unchecked(0UL - (((uint)factor >> bit) & 1));
            var carries = (lanes >> 7) & lowest;

            // Each lane's carry is 0 or 1, so the products stay within their lanes.
            lanes = ((lanes & lowSeven) << 1) ^ (carries * Reduction);
        }

        return product;
    }

    /// <summary>The inverse, x^254; 0 for 0.</summary>
    public static byte Invert(byte value)
    {
        // 254 = 0b11111110: square and multiply, the lowest bit left out.
        byte power = value, result = 1;
        for (var bit = 1; bit < 8; bit++)
        {
            power = Multiply(power, power);
            result = Multiply(result, power);
        }

        return result;
    }
}
