using System.Text;
using EhrLedger.Crypto;

namespace EhrLedger.Node.Authoring;

/// <summary>Tokens of the author's own index: the first 16 bytes of an HMAC under the patient's index key.</summary>
internal static class AuthorTokens
{
    public static byte[] Of(SymmetricKey indexKey, string text) => indexKey.Mac(Encoding.UTF8.GetBytes(text)).ToArray()[..16];
}
