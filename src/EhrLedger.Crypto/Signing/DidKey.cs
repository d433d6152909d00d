using System.Diagnostics.CodeAnalysis;
using EhrLedger.Crypto.Agreement;

namespace EhrLedger.Crypto.Signing;

/// <summary>The names of public keys: did:key of Ed25519 (z6Mk…) and X25519 (z6LS…).</summary>
/// <remarks>Source: W3C CCG did:key 0.9: "did:key:" || multibase 'z' (base58btc) of a two-byte multicodec || the 32 bytes.</remarks>
public static class DidKey
{
    private const string Prefix = "did:key:z";

    // Unsigned varints of the multicodec table: 0xed (ed25519-pub) and 0xec (x25519-pub).
    private static ReadOnlySpan<byte> Ed25519Codec => [0xed, 0x01];

    private static ReadOnlySpan<byte> X25519Codec => [0xec, 0x01];

    /// <summary>The did:key of an Ed25519 key.</summary>
    public static string Of(Ed25519PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[Ed25519PublicKey.Length];
        key.CopyTo(bytes);
        return Format(Ed25519Codec, bytes);
    }

    /// <summary>The did:key of an X25519 key.</summary>
    public static string Of(X25519PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[X25519PublicKey.Length];
        key.CopyTo(bytes);
        return Format(X25519Codec, bytes);
    }

    /// <summary>Reads a did:key, without a fragment.</summary>
    /// <returns>Null unless it names an Ed25519 key of prime order, in the one encoding that <see cref="Of(Ed25519PublicKey)"/> writes.</returns>
    public static Ed25519PublicKey? FindEd25519(string? didKey) =>
        TryParse(Ed25519Codec, didKey, out var bytes) && Ed25519PublicKey.TryFromBytes(bytes, out var key) ? key : null;

    /// <summary>Reads a did:key, without a fragment.</summary>
    /// <returns>Null unless it names an X25519 key, in the one encoding that <see cref="Of(X25519PublicKey)"/> writes.</returns>
    public static X25519PublicKey? FindX25519(string? didKey) =>
        TryParse(X25519Codec, didKey, out var bytes) && X25519PublicKey.TryFromBytes(bytes, out var key) ? key : null;

    private static string Format(ReadOnlySpan<byte> codec, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[2 + 32];
        codec.CopyTo(bytes);
        key.CopyTo(bytes[2..]);
        return Prefix + Base58.Encode(bytes);
    }

    private static bool TryParse(ReadOnlySpan<byte> codec, string? didKey, [NotNullWhen(true)] out byte[]? key)
    {
        key = null;
        if (didKey is null || !didKey.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var bytes = Base58.Decode(didKey.AsSpan(Prefix.Length), 2 + 32);
        if (bytes is null || !bytes.AsSpan().StartsWith(codec))
        {
            return false;
        }

        key = bytes[2..];
        return true;
    }
}
