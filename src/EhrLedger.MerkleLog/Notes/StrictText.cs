using System.Collections.Immutable;
using System.Globalization;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>Numbers and base64 as the C2SP formats write them: one spelling each.</summary>
internal static class StrictText
{
    private const int MostDigits = 19;

    /// <summary>Standard base64 with padding, no white space, and no stray bits at the end.</summary>
    /// <returns>Null for anything that encoding again would spell differently.</returns>
    public static byte[]? Base64(string text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        // The decoder of .NET skips white space and ignores stray bits, so the only sure test is to encode again.
        return Convert.TryFromBase64String(text, bytes, out int length) && Convert.ToBase64String(bytes, 0, length) == text ? bytes[..length] : null;
    }

    /// <summary>A hash in base64: 44 characters.</summary>
    public static bool TryHash(string text, out Digest hash)
    {
        hash = default;
        return Base64(text) is { } bytes && Digest.TryFromBytes(bytes, out hash);
    }

    /// <summary>One hash per line.</summary>
    /// <returns>Null if any line is none.</returns>
    public static ImmutableArray<Digest>? ReadHashes(ReadOnlySpan<string> lines)
    {
        var hashes = ImmutableArray.CreateBuilder<Digest>(lines.Length);
        foreach (string line in lines)
        {
            if (!TryHash(line, out Digest hash))
            {
                return null;
            }

            hashes.Add(hash);
        }

        return hashes.MoveToImmutable();
    }

    public static string ToBase64(Digest hash) => Convert.ToBase64String(hash.ToArray());

    /// <summary>ASCII digits without leading zeros, up to 2^63 − 1.</summary>
    public static bool TryDecimal(ReadOnlySpan<char> text, out ulong number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > MostDigits || text.ContainsAnyExceptInRange('0', '9') || (text[0] == '0' && text.Length > 1))
        {
            return false;
        }

        number = ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        return number <= Frontier.MaxSize;
    }

    public static string Decimal(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>True for a line that can stand in a note: no newline and no other control character below U+0020, and not empty.</summary>
    public static bool IsLine(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyInRange('\0', '\u001f');
}
