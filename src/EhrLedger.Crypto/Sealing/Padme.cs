using System.Numerics;

namespace EhrLedger.Crypto.Sealing;

/// <summary>Padmé padding: hides the length of a record but for O(log log) bits, at a cost of at most 12 %.</summary>
/// <remarks>
/// Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", §4. The padding is one 0x80
/// and then zeros, up to the Padmé length of what is at least needed, so that each content has exactly one padded form.
/// </remarks>
public static class Padme
{
    private const byte Marker = 0x80;

    /// <summary>The length that so many bytes are padded to, before a marker is counted.</summary>
    public static int PaddedLength(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length < 2)
        {
            return length;
        }

        // A length is kept to as many leading bits as its exponent's own length: its last bits are rounded up to zeros.
        var exponent = BitOperations.Log2((uint)length);
        var exponentBits = BitOperations.Log2((uint)exponent) + 1;
        var mask = (1 << Math.Max(exponent - exponentBits, 0)) - 1;
        return checked(length + mask) & ~mask;
    }

    /// <summary>The content, a marker, and zeros up to the Padmé length.</summary>
    public static byte[] Pad(ReadOnlySpan<byte> content)
    {
        var padded = new byte[PaddedLength(checked(content.Length + 1))];
        content.CopyTo(padded);
        padded[content.Length] = Marker;
        return padded;
    }

    /// <summary>Finds the content.</summary>
    /// <returns>False unless these are exactly the bytes that <see cref="Pad"/> makes of it.</returns>
    public static bool TryUnpad(ReadOnlySpan<byte> padded, out ReadOnlySpan<byte> content)
    {
        var marker = padded.LastIndexOfAnyExcept((byte)0);
        var canonical = marker >= 0 && padded[marker] == Marker && PaddedLength(marker + 1) == padded.Length;
        content = canonical ? padded[..marker] : default;
        return canonical;
    }
}
