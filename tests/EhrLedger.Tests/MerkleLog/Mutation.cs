namespace EhrLedger.Tests.MerkleLog;

/// <summary>One small damage to good bytes. Random bytes never look like a format; nearly good ones find its second spellings.</summary>
/// <param name="Kind">Chooses what is done.</param>
/// <param name="At">Where, modulo the length.</param>
/// <param name="Value">Which byte is put there.</param>
public sealed record Mutation(byte Kind, ushort At, byte Value)
{
    private static readonly byte[] Telling = [.. "\n\r\t 0+=x/.-—"u8];

    public byte[] Of(byte[] good)
    {
        if (good.Length == 0)
        {
            return [Value];
        }

        int at = At % good.Length;
        byte value = Value < 128 ? Telling[Value % Telling.Length] : Value;
        return (Kind % 6) switch
        {
            0 => [.. good[..at], value, .. good[at..]],
            1 => [.. good[..at], .. good[(at + 1)..]],
            2 => [.. good[..at], value, .. good[(at + 1)..]],
            3 => [.. good[..at], (byte)(good[at] ^ (1 << (Value % 8))), .. good[(at + 1)..]],
            4 => [.. good, value],
            _ => RepeatLine(good, at),
        };
    }

    private static byte[] RepeatLine(byte[] good, int at)
    {
        int start = good.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        int length = good.AsSpan(start).IndexOf((byte)'\n') + 1;
        return [.. good[..(start + length)], .. good.AsSpan(start, length), .. good[(start + length)..]];
    }
}
