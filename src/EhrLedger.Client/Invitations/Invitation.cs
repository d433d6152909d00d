using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Messaging.Messages;
using AgentInvitation = EhrLedger.Messaging.Messages.Invitation;

namespace EhrLedger.Client.Invitations;

/// <summary>
/// What an organisation hands a patient, on paper or as a QR code: connect with us (a one-time code), let us read (an access request), or both. The link holds it behind the <c>#</c>, which no browser sends to a server.
/// </summary>
/// <param name="Label">What the organisation calls itself; shown, and not believed until the ledger says so.</param>
/// <param name="Genesis">Of the consortium; what a wallet pins with its first invitation.</param>
/// <param name="Organisation">Who invites.</param>
/// <param name="Code">One-time code of the take-over; null where the patient is connected, or is only asked for access.</param>
/// <param name="AccessRequest">16 bytes: what the organisation's node knows the request by; null where there is none.</param>
/// <param name="Agent">How a wallet's agent meets the organisation's; null where it can't.</param>
/// <remarks>Source: Aries RFC 0434, with what is ours in <c>~ehrledger</c>; docs/messaging.md.</remarks>
public sealed record Invitation(string Label, Digest Genesis, OrganisationId Organisation, string? Code, ReadOnlyMemory<byte>? AccessRequest, AgentInvitation? Agent = null)
{
    /// <summary>Longest link or fragment, in characters.</summary>
    public const int LongestLink = 8_192;

    private const string Ours = "~ehrledger";
    private const string Parameter = "oob=";
    private const int LongestLabel = 200;
    private const int LongestCode = 64;
    private const int RequestLength = 16;

    /// <summary>The invitation as JSON, of one line.</summary>
    public string ToJson()
    {
        var ours = new JsonObject { ["genesis"] = Genesis.ToString(), ["organisation"] = Organisation.ToString() };
        if (Code is not null)
        {
            ours["code"] = Code;
        }

        if (AccessRequest is { } request)
        {
            ours["request"] = Convert.ToHexStringLower(request.Span);
        }

        var message = (Agent ?? new AgentInvitation()) with { Label = Label, GoalCode = Code is null ? "ehrledger.access" : "ehrledger.connect", EhrLedger = JsonElement.Parse(ours.ToJsonString()) };
        return System.Text.Encoding.UTF8.GetString(MessageCodec.Encode(message));
    }

    /// <summary>The link that opens a wallet.</summary>
    /// <param name="node">The node's base address.</param>
    public Uri ToLink(Uri node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new Uri(node, $"/wallet/connect#{Parameter}{Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(ToJson()))}");
    }

    /// <summary>Reads a link, what stands behind its <c>#</c>, or the bare JSON.</summary>
    /// <param name="text">Scanned or pasted; untrusted.</param>
    /// <returns>Null for anything else.</returns>
    public static Invitation? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > LongestLink)
        {
            return null;
        }

        text = text.Trim();
        if (text.StartsWith('{'))
        {
            return TryParseJson(System.Text.Encoding.UTF8.GetBytes(text));
        }

        var fragment = text[(text.IndexOf('#', StringComparison.Ordinal) + 1)..];
        if (!fragment.StartsWith(Parameter, StringComparison.Ordinal) || !Base64Url.IsValid(fragment.AsSpan(Parameter.Length)))
        {
            return null;
        }

        return TryParseJson(Base64Url.DecodeFromChars(fragment.AsSpan(Parameter.Length)));
    }

    private static Invitation? TryParseJson(byte[] json)
    {
        if (MessageCodec.TryParse(json) is not AgentInvitation { EhrLedger: { } ours } message
            || TextOf(ours, "genesis", 64) is not { } genesis || !Digest.TryParseHex(genesis, out var digest)
            || TextOf(ours, "organisation", LongestLabel) is not { } organisation || Ed25519PublicKey.FromDidKey(organisation) is not { } key)
        {
            return null;
        }

        var (code, request) = (TextOf(ours, "code", LongestCode), TextOf(ours, "request", 2 * RequestLength));
        if ((code is null && request is null) || (request is not null && (request.Length != 2 * RequestLength || !request.All(char.IsAsciiHexDigitLower))) || message.Label is { Length: > LongestLabel })
        {
            return null;
        }

        return new Invitation(message.Label ?? "", digest, new OrganisationId(key), code, request is null ? (ReadOnlyMemory<byte>?)null : Convert.FromHexString(request), message.Services is null ? null : message);
    }

    private static string? TextOf(JsonElement element, string name, int longest) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= longest
            ? text
            : null;
}
