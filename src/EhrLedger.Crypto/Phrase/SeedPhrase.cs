using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace EhrLedger.Crypto.Phrase;

/// <summary>32 bytes as 24 English words, and back.</summary>
/// <remarks>
/// Source: BIP-39 for 256 bits of entropy: 24 × 11 bits, the last eight of which are the first byte of the entropy's SHA-256. The
/// entropy itself is the wallet's seed: no PBKDF2, no passphrase. The word list is the standard's, byte for byte.
/// </remarks>
public static class SeedPhrase
{
    /// <summary>Length of the entropy in bytes.</summary>
    public const int EntropyLength = 32;

    /// <summary>Number of words.</summary>
    public const int WordCount = 24;

    private const int BitsPerWord = 11;
    private const int PrefixLength = 4;

    // No text that a person types is longer; what is, costs nothing to refuse.
    private const int LongestText = 1000;

    /// <summary>The words of 32 bytes, separated by single spaces. As secret as the bytes.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static string Format(ReadOnlySpan<byte> entropy)
    {
        if (entropy.Length != EntropyLength)
        {
            throw new ArgumentException($"A phrase of {WordCount} words stands for {EntropyLength} bytes.", nameof(entropy));
        }

        Span<byte> bits = stackalloc byte[EntropyLength + 1];
        entropy.CopyTo(bits);
        bits[EntropyLength] = Checksum(entropy);
        var words = new string[WordCount];
        for (var word = 0; word < WordCount; word++)
        {
            var index = 0;
            for (var bit = word * BitsPerWord; bit < (word + 1) * BitsPerWord; bit++)
            {
                index = (index << 1) | ((bits[bit / 8] >> (7 - (bit % 8))) & 1);
            }

            words[word] = EnglishWords.All[index];
        }

        CryptographicOperations.ZeroMemory(bits);
        return string.Join(' ', words);
    }

    /// <summary>Reads what a person typed: any case, any white space, and words cut to their first four letters or more.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="entropy">32 bytes; the caller zeroes them after use.</param>
    /// <returns>False unless there are 24 words of the list with the right checksum.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out byte[]? entropy)
    {
        entropy = null;
        if (text is not { Length: <= LongestText })
        {
            return false;
        }

        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != WordCount)
        {
            return false;
        }

        Span<byte> bits = stackalloc byte[EntropyLength + 1];
        bits.Clear();
        for (var word = 0; word < WordCount; word++)
        {
            if (FindIndex(words[word].ToLowerInvariant()) is not { } index)
            {
                return false;
            }

            for (var bit = 0; bit < BitsPerWord; bit++)
            {
                var position = (word * BitsPerWord) + bit;
                bits[position / 8] |= (byte)(((index >> (BitsPerWord - 1 - bit)) & 1) << (7 - (position % 8)));
            }
        }

        var read = bits[..EntropyLength];
        entropy = bits[EntropyLength] == Checksum(read) ? read.ToArray() : null;
        CryptographicOperations.ZeroMemory(bits);
        return entropy is not null;
    }

    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entropy, hash);
        return hash[0];
    }

    /// <summary>The first four letters of a word are no other word's, so the first word that starts with the typed letters is the one meant.</summary>
    private static int? FindIndex(string typed)
    {
        var index = Array.BinarySearch(EnglishWords.All, typed, StringComparer.Ordinal);
        if (index >= 0)
        {
            return index;
        }

        index = ~index;
        return typed.Length >= PrefixLength && index < EnglishWords.All.Length && EnglishWords.All[index].StartsWith(typed, StringComparison.Ordinal) ? index : null;
    }
}
