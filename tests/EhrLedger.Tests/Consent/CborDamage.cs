namespace EhrLedger.Tests.Consent;

/// <summary>One small damage to good CBOR. Nearly good bytes find second encodings, which random bytes never do.</summary>
/// <param name="Kind">Chooses what is done.</param>
/// <param name="At">Where, modulo the length.</param>
/// <param name="Value">Which byte is put there.</param>
public sealed record CborDamage(byte Kind, ushort At, byte Value)
{
    public byte[] To(byte[] good)
    {
        var at = At % good.Length;
        return (Kind % 8) switch
        {
            0 => [.. good[..at], Value, .. good[at..]],
            1 => [.. good[..at], .. good[(at + 1)..]],
            2 => [.. good[..at], Value, .. good[(at + 1)..]],
            3 => [.. good[..at], (byte)(good[at] ^ (1 << (Value % 8))), .. good[(at + 1)..]],
            4 => [.. good, Value],
            5 => good[..at],

            // The same number or length, one byte longer than it need be.
            6 => [.. good[..at], (byte)((good[at] & 0xe0) | 24), (byte)(good[at] & 0x1f), .. good[(at + 1)..]],

            // Two neighbours of equal length change places: sets out of order.
            _ => at + 34 <= good.Length ? [.. good[..at], .. good.AsSpan(at + 17, 17), .. good.AsSpan(at, 17), .. good[(at + 34)..]] : good,
        };
    }
}
