namespace EhrLedger.Client.Relaying;

/// <summary>Where sealed requests go, and what they are called on the way: docs/http.md.</summary>
/// <remarks>Source: RFC 9458 §6.</remarks>
public static class RelayMessage
{
    /// <summary>Media type of a sealed request.</summary>
    public const string RequestType = "message/ohttp-req";

    /// <summary>Media type of the answer to it.</summary>
    public const string AnswerType = "message/ohttp-res";

    /// <summary>Followed by a slash and the did:key of the member that it is for.</summary>
    public const string RelayPath = "/relay";

    /// <summary>Where a member opens what is for it.</summary>
    public const string GatewayPath = "/gateway";

    /// <summary>The same, for what a relay was asked to pass on by a gateway: it goes no further.</summary>
    public const string LastGatewayPath = "/gateway/last";
}
