namespace EhrLedger.Crypto.Signing;

/// <summary>base58btc, for values of a few dozen bytes: the work grows with the square of the length.</summary>
/// <remarks>Source: draft-msporny-base58-03. Bijective: leading zero bytes are leading '1's, so each value has one encoding.</remarks>
public static class Base58
{
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    private const int LargestOnStack = 256;

    /// <summary>The text of these bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        // log(256) / log(58) < 1.38 digits per byte. Digits are little-endian until the end.
        var room = (bytes.Length * 138 / 100) + 1;
        var digits = room <= LargestOnStack ? stackalloc byte[room] : new byte[room];
        var used = 0;
        foreach (var value in bytes)
        {
            int carry = value;
            for (var i = 0; i < used || carry != 0; i++)
            {
                carry += (i < used ? digits[i] : 0) << 8;
                digits[i] = (byte)(carry % 58);
                carry /= 58;
                used = Math.Max(used, i + 1);
            }
        }

        var zeros = LeadingCount(bytes, (byte)0);
        var text = new char[zeros + used];
        Array.Fill(text, '1', 0, zeros);
        for (var i = 0; i < used; i++)
        {
            text[zeros + i] = Alphabet[digits[used - 1 - i]];
        }

        return new string(text);
    }

    /// <summary>The bytes of a text.</summary>
    /// <returns>Null unless the text stands for exactly <paramref name="length"/> bytes.</returns>
    public static byte[]? Decode(ReadOnlySpan<char> text, int length) => DecodeUpTo(text, length) is { } bytes && bytes.Length == length ? bytes : null;

    /// <summary>The bytes of a text of unknown length.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="most">Bytes. A text that is longer than so many bytes can be costs nothing.</param>
    /// <returns>Null unless the text stands for at most so many bytes.</returns>
    public static byte[]? DecodeUpTo(ReadOnlySpan<char> text, int most)
    {
        if (text.Length > (most * 138L / 100) + 1)
        {
            return null;
        }

        var little = text.Length < LargestOnStack ? stackalloc byte[text.Length + 1] : new byte[text.Length + 1];
        var used = 0;
        foreach (var symbol in text)
        {
            var carry = Alphabet.IndexOf(symbol, StringComparison.Ordinal);
            if (carry < 0)
            {
                return null;
            }

            for (var i = 0; i < used || carry != 0; i++)
            {
                carry += (i < used ? little[i] : 0) * 58;
                little[i] = (byte)(carry & 0xff);
                carry >>= 8;
                used = Math.Max(used, i + 1);
            }
        }

        var zeros = LeadingCount(text, '1');
        if (zeros + used > most)
        {
            return null;
        }

        var bytes = new byte[zeros + used];
        little[..used].CopyTo(bytes.AsSpan(zeros));
        bytes.AsSpan(zeros).Reverse();
        return bytes;
    }

    private static int LeadingCount<T>(ReadOnlySpan<T> span, T value)
        where T : IEquatable<T>
    {
        var end = span.IndexOfAnyExcept(value);
        return end < 0 ? span.Length : end;
    }
}
