using System.Text;
using EhrLedger.Crypto;

namespace EhrLedger.Node.Authoring;

/// <summary>Tokens of the author's own index: the first 16 bytes of an HMAC under the patient's index key.</summary>
internal static class AuthorTokens
{
    /// <summary>Bytes of each.</summary>
    public const int Length = 16;

    /// <summary>False for a resource's own id, by which the author finds it without an index.</summary>
    public static bool IsKept(string text) => !text.StartsWith("_id|", StringComparison.Ordinal);

    public static byte[] Of(SymmetricKey indexKey, string text)
    {
        var mac = indexKey.Mac(Encoding.UTF8.GetBytes(text));
        Span<byte> bytes = stackalloc byte[Digest.Length];
        mac.CopyTo(bytes);
        return bytes[..Length].ToArray();
    }
}
