using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Messaging.Messages;

/// <summary>Something that a message carries, inline.</summary>
/// <remarks>Source: Aries RFC 0017.</remarks>
public sealed record Attachment(
    [property: JsonPropertyName("data")] AttachmentContent Data,
    [property: JsonPropertyName("@id")] string? Id = null,
    [property: JsonPropertyName("mime-type")] string? MimeType = null,
    [property: JsonPropertyName("lastmod_time")] string? LastModified = null)
{
    private const string Algorithm = "EdDSA";

    /// <summary>Content signed with a key, as RFC 0017, "Signing attachments", says.</summary>
    internal static Attachment Sign(ReadOnlySpan<byte> content, string? mimeType, Ed25519PrivateKey key)
    {
        var header = new JwsHeaderView(Algorithm, new JwkView("OKP", "Ed25519", Base64Url.EncodeToString(key.Public.ToArray())));
        var protectedText = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, MessageJson.Default.JwsHeaderView));
        var payload = Base64Url.EncodeToString(content);
        var signature = key.Sign(Encoding.ASCII.GetBytes($"{protectedText}.{payload}"));
        var jws = new Jws(protectedText, Base64Url.EncodeToString(signature), new JwsUnprotected(key.Public.ToDidKey()));
        return new Attachment(new AttachmentContent(payload, null, jws), Guid.NewGuid().ToString(), mimeType);
    }

    /// <summary>The bytes, if one of these keys has signed them.</summary>
    internal byte[]? OpenSigned(IEnumerable<Ed25519PublicKey> signers)
    {
        if (Bytes() is not { } content || Data.Jws is not { } jws)
        {
            return null;
        }

        var payload = Base64Url.EncodeToString(content);
        Jws[] signatures = jws.Signatures is { Length: > 0 and <= 4 } several ? several : [jws];
        var keys = signers.ToList();
        return signatures.Any(one => keys.Any(key => Verifies(one, payload, key))) ? content : null;
    }

    /// <summary>The bytes of base64 in either alphabet; null where there are none.</summary>
    internal byte[]? Bytes()
    {
        var text = Data.Base64?.Replace('+', '-').Replace('/', '_').TrimEnd('=');
        return text is not null && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
    }

    private static bool Verifies(Jws jws, string payload, Ed25519PublicKey key)
    {
        if (jws.Protected is not { } protectedText || jws.Signature is not { } signature || !Base64Url.IsValid(protectedText) || !Base64Url.IsValid(signature))
        {
            return false;
        }

        try
        {
            return JsonSerializer.Deserialize(Base64Url.DecodeFromChars(protectedText), MessageJson.Default.JwsHeaderView)?.Alg == Algorithm
                && key.Verifies(Encoding.ASCII.GetBytes($"{protectedText}.{payload}"), Base64Url.DecodeFromChars(signature));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>The content: base64, or a JSON value.</summary>
public sealed record AttachmentContent(
    [property: JsonPropertyName("base64")] string? Base64 = null,
    [property: JsonPropertyName("json")] JsonElement? Json = null,
    [property: JsonPropertyName("jws")] Jws? Jws = null);

/// <summary>A detached signature (RFC 7515, appendix F), or several.</summary>
public sealed record Jws(
    [property: JsonPropertyName("protected")] string? Protected = null,
    [property: JsonPropertyName("signature")] string? Signature = null,
    [property: JsonPropertyName("header")] JwsUnprotected? Header = null,
    [property: JsonPropertyName("signatures")] Jws[]? Signatures = null);

/// <summary>Who signed, as a did:key.</summary>
public sealed record JwsUnprotected([property: JsonPropertyName("kid")] string? Kid = null);

/// <summary>RFC 7515 §4.</summary>
internal sealed record JwsHeaderView([property: JsonPropertyName("alg")] string? Alg = null, [property: JsonPropertyName("jwk")] JwkView? Jwk = null);

/// <summary>RFC 8037.</summary>
internal sealed record JwkView(
    [property: JsonPropertyName("kty")] string? Kty = null, [property: JsonPropertyName("crv")] string? Crv = null, [property: JsonPropertyName("x")] string? X = null);
