using System.Text;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;

namespace EhrLedger.Node.Authoring;

/// <summary>A request in the words of whoever sent it, and the salt that makes its digest one that nobody guesses. Kept by this node alone, sealed (docs/decisions/0026).</summary>
/// <param name="Salt">Random.</param>
/// <param name="Text">Method, path and query, and for a form its parameters in a paragraph of their own.</param>
/// <param name="Client">Id of the registered client that asked; empty for none. Not under the digest.</param>
internal sealed record Question(Salt Salt, string Text, string Client)
{
    /// <summary>Most bytes of a text that is kept. Of a longer one there is the digest alone.</summary>
    public const int LongestKept = 8_192;

    /// <summary>Most bytes of a client's id.</summary>
    public const int LongestClient = 256;

    public Digest Digest { get; } = Digest.Of([.. Salt.ToArray(), .. Encoding.UTF8.GetBytes(Text)]);

    public bool IsKept => Encoding.UTF8.GetByteCount(Text) <= LongestKept && Encoding.UTF8.GetByteCount(Client) <= LongestClient;

    public static Question Ask(string text) => new(Salt.Generate(), text, "");
}
