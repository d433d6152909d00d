using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;

namespace EhrLedger.Consent.Index;

/// <summary>An index holder's own key, which never leaves its key store. Zeroed on Dispose.</summary>
/// <param name="key">Taken over, and disposed of here.</param>
public sealed class HolderKey(SymmetricKey key) : IDisposable
{
    /// <summary>How the holder keeps a token: the first 16 bytes of HMAC(own key, subject || token).</summary>
    public FiledToken File(SubjectId subject, Token token)
    {
        Span<byte> message = stackalloc byte[32 + Token.Length];
        subject.Key.CopyTo(message);
        token.ToArray().CopyTo(message[32..]);
        return FiledToken.FromBytes(key.Mac(message).ToArray().AsSpan(0, FiledToken.Length));
    }

    /// <summary>Overwrites the key with zeros.</summary>
    public void Dispose() => key.Dispose();

    /// <summary>"HolderKey(redacted)".</summary>
    public override string ToString() => "HolderKey(redacted)";
}
