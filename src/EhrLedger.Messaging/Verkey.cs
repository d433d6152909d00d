using EhrLedger.Crypto.Signing;

namespace EhrLedger.Messaging;

/// <summary>The texts by which agents name Ed25519 keys.</summary>
internal static class Verkey
{
    /// <summary>base58btc of the 32 bytes, as envelopes have it (RFC 0019).</summary>
    public static string Format(Ed25519PublicKey key) => Base58.Encode(key.ToArray());

    /// <summary>A did:key, with or without its fragment (RFC 0360), or base58btc as before.</summary>
    /// <returns>Null for anything else, or a point that is not of prime order.</returns>
    public static Ed25519PublicKey? Find(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (!text.StartsWith("did:key:", StringComparison.Ordinal))
        {
            return Base58.Decode(text, Ed25519PublicKey.Length) is { } bytes && Ed25519PublicKey.TryFromBytes(bytes, out var key) ? key : null;
        }

        var fragment = text.IndexOf('#', StringComparison.Ordinal);
        return DidKey.FindEd25519(fragment < 0 ? text : text[..fragment]);
    }
}
