using System.Buffers.Text;

namespace EhrLedger.Consent;

/// <summary>What people hand each other, as a link or a QR code: a prefix that says what it is, and bytes in base64url.</summary>
internal static class TextForm
{
    private const int Longest = 8_192;

    public static string Write(string prefix, ReadOnlySpan<byte> bytes) => prefix + Base64Url.EncodeToString(bytes);

    /// <summary>Null for anything else. Blanks are left out: messengers break lines.</summary>
    public static byte[]? TryRead(string prefix, string? text)
    {
        if (text is null || text.Length > Longest)
        {
            return null;
        }

        var plain = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        return plain.StartsWith(prefix, StringComparison.Ordinal) && Base64Url.IsValid(plain.AsSpan(prefix.Length)) ? Base64Url.DecodeFromChars(plain.AsSpan(prefix.Length)) : null;
    }
}
