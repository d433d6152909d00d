using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Messaging.Messages;

/// <summary>
/// A message of our own family: docs/messaging.md. What it says lies in an HPKE message to the receiver's X-Wing key, because the envelope would not withstand a quantum computer; who says it, the envelope proves.
/// </summary>
public abstract record ConsentMessage : AgentMessage
{
    private const string Family = MessageCodec.OwnPrefix + "consent/1.0/";

    /// <summary>HPKE message, base64url: info "ehrledger/v1/consent-message", AAD type || LF || id || LF || thread.</summary>
    [JsonPropertyName("body")]
    public string Body { get; init; } = "";

    private protected sealed override string Uri => Family + Name;

    private protected abstract string Name { get; }

    private static ReadOnlySpan<byte> Info => "ehrledger/v1/consent-message"u8;

    private protected string SealBody<T>(XWingPublicKey receiver, T body, JsonTypeInfo<T> shape) =>
        Base64Url.EncodeToString(HpkeMessage.Seal(receiver, Info, Aad(), JsonSerializer.SerializeToUtf8Bytes(body, shape)));

    /// <summary>Null if it does not open, or does not hold what it should.</summary>
    private protected T? OpenBody<T>(XWingPrivateKey key, JsonTypeInfo<T> shape)
        where T : class
    {
        try
        {
            return Base64Url.IsValid(Body) && HpkeMessage.Open(key, Info, Aad(), Base64Url.DecodeFromChars(Body)) is { } plaintext ? JsonSerializer.Deserialize(plaintext, shape) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private byte[] Aad() => Encoding.UTF8.GetBytes($"{Type}\n{Id}\n{ThreadId}");
}

/// <summary>The wallet's X-Wing key: what it is told is sealed to it. First message of a wallet after the handshake.</summary>
public sealed record WalletKey : AgentMessage
{
    /// <summary>1,216 bytes, base64url.</summary>
    [JsonPropertyName("key")]
    public required string Key { get; init; }

    private protected override string Uri => MessageCodec.OwnPrefix + "consent/1.0/wallet-key";

    /// <summary>The message that tells a key.</summary>
    public static WalletKey Of(XWingPublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new WalletKey { Key = Base64Url.EncodeToString(key.ToArray()) };
    }

    /// <summary>The key; null if it is none.</summary>
    public XWingPublicKey? FindKey() => Base64Url.IsValid(Key) ? XWingPublicKey.TryFromBytes(Base64Url.DecodeFromChars(Key)) : null;
}

/// <summary>An organisation asks for access.</summary>
public sealed record AccessRequest : ConsentMessage
{
    private protected override string Name => "access-request";

    /// <summary>A request, sealed.</summary>
    public static AccessRequest Seal(XWingPublicKey receiver, AccessRequestBody body)
    {
        var empty = new AccessRequest();
        return empty with { Body = empty.SealBody(receiver, body, MessageJson.Default.AccessRequestBody) };
    }

    /// <summary>Null if it does not open.</summary>
    public AccessRequestBody? Open(XWingPrivateKey key) => OpenBody(key, MessageJson.Default.AccessRequestBody);
}

/// <summary>What is asked for.</summary>
/// <param name="Request">16 bytes, lower-case hex: whoever has them may ask the organisation for reader and answer keys, and make it a grant.</param>
/// <param name="Organisation">Who asks: a did:key.</param>
/// <param name="Purposes">Codes of HL7 v3 PurposeOfUse.</param>
/// <param name="Categories">Codes of the categories wanted.</param>
/// <param name="Days">For how long from the approval.</param>
/// <param name="Text">For people; unproven.</param>
public sealed record AccessRequestBody(
    [property: JsonPropertyName("request")] string Request,
    [property: JsonPropertyName("organisation")] string Organisation,
    [property: JsonPropertyName("purposes")] string[] Purposes,
    [property: JsonPropertyName("categories")] string[] Categories,
    [property: JsonPropertyName("days")] int Days,
    [property: JsonPropertyName("text")] string? Text = null);

/// <summary>The wallet has granted something on a request. Nothing is sent for a request that is declined, so that no answer tells no more than that.</summary>
public sealed record Decision : ConsentMessage
{
    private protected override string Name => "decision";

    /// <summary>A decision, sealed, in the thread of its request.</summary>
    public static Decision Seal(XWingPublicKey receiver, string threadId, DecisionBody body)
    {
        var empty = new Decision { Thread = new MessageThread(threadId) };
        return empty with { Body = empty.SealBody(receiver, body, MessageJson.Default.DecisionBody) };
    }

    /// <summary>Null if it does not open.</summary>
    public DecisionBody? Open(XWingPrivateKey key) => OpenBody(key, MessageJson.Default.DecisionBody);
}

/// <summary>What was granted.</summary>
/// <param name="Request">As it was asked.</param>
/// <param name="Grants">Ids of the grants, 16 bytes in lower-case hex each.</param>
public sealed record DecisionBody([property: JsonPropertyName("request")] string Request, [property: JsonPropertyName("grants")] string[] Grants)
{
    /// <summary>
    /// Most grants on one request. Each is of one category at one connection, and there are 17 categories: this is a patient of sixty organisations who allows everything. It bounds what a wallet keeps until it has told, and what it can make
    /// an organisation keep for one request: 36 KB.
    /// </summary>
    public const int MostGrants = 1_024;
}

/// <summary>Bytes of a format of docs/formats.md, base64url.</summary>
public sealed record BytesBody([property: JsonPropertyName("bytes")] string Bytes)
{
    internal static BytesBody Of(ReadOnlySpan<byte> bytes) => new(Base64Url.EncodeToString(bytes));

    internal byte[]? Find() => Base64Url.IsValid(Bytes) ? Base64Url.DecodeFromChars(Bytes) : null;
}

/// <summary>A consent message whose body is bytes of another format.</summary>
public abstract record BytesMessage : ConsentMessage
{
    /// <summary>The bytes, sealed.</summary>
    /// <typeparam name="T">Which message.</typeparam>
    /// <param name="receiver">Whose key opens them.</param>
    /// <param name="bytes">Of the format that the message is for.</param>
    /// <param name="threadId">What it answers; null for nothing.</param>
    public static T Seal<T>(XWingPublicKey receiver, ReadOnlySpan<byte> bytes, string? threadId = null)
        where T : BytesMessage, new()
    {
        var empty = new T { Thread = threadId is null ? null : new MessageThread(threadId) };
        return empty with { Body = empty.SealBody(receiver, BytesBody.Of(bytes), MessageJson.Default.BytesBody) };
    }

    /// <summary>Null if it does not open.</summary>
    public byte[]? Open(XWingPrivateKey key) => OpenBody(key, MessageJson.Default.BytesBody)?.Find();
}

/// <summary>The access key of a grant: bytes of grant-delivery.</summary>
public sealed record AccessKeyDelivery : BytesMessage
{
    private protected override string Name => "access-key";
}

/// <summary>The access key with the epochs that came after: bytes of grant-delivery.</summary>
public sealed record ExtensionDelivery : BytesMessage
{
    private protected override string Name => "extension";
}

/// <summary>A wallet takes over the subjects that an organisation has made for it: bytes of connection.</summary>
public sealed record TakeOverRequest : BytesMessage
{
    private protected override string Name => "take-over";
}

/// <summary>The organisation's answer: bytes of connected.</summary>
public sealed record TakenOver : BytesMessage
{
    private protected override string Name => "taken-over";
}

/// <summary>Somebody has read: a hint to look, which proves nothing. What counts is on the ledger.</summary>
public sealed record ReadNotice : ConsentMessage
{
    private protected override string Name => "read-notice";

    /// <summary>A notice, sealed.</summary>
    public static ReadNotice Seal(XWingPublicKey receiver, ReadNoticeBody body)
    {
        var empty = new ReadNotice();
        return empty with { Body = empty.SealBody(receiver, body, MessageJson.Default.ReadNoticeBody) };
    }

    /// <summary>Null if it does not open.</summary>
    public ReadNoticeBody? Open(XWingPrivateKey key) => OpenBody(key, MessageJson.Default.ReadNoticeBody);
}

/// <summary>Where to look.</summary>
/// <param name="Subject">did:key of the subject that was read.</param>
/// <param name="Index">Of the Read entry on the ledger.</param>
public sealed record ReadNoticeBody([property: JsonPropertyName("subject")] string Subject, [property: JsonPropertyName("index")] long Index);
