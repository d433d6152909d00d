using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>What a Subscription has to be for this node to carry it out.</summary>
/// <remarks>Source: FHIR R4, Subscription.</remarks>
internal static class SubscriptionRules
{
    /// <summary>Most bytes of one, as JSON.</summary>
    public const int Largest = 64 << 10;

    /// <summary>The one payload beside none.</summary>
    public const string Payload = "application/fhir+json";

    private const int MostHeaders = 10;

    // What says how a message is read, where it goes, or through whom, is not the subscriber's to say.
    private static readonly HashSet<string> NotTaken = new(["Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "Trailer", "TE", "Keep-Alive", "Proxy-Authorization"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The search of its criteria, or why it is not carried out.</summary>
    /// <param name="subscription">As it came.</param>
    /// <param name="networks">Where its endpoint may be.</param>
    /// <param name="server">Absolute references to it equal relative ones.</param>
    /// <param name="now">The time of the request.</param>
    public static (SearchQuery? Query, OperationOutcome.IssueComponent? Issue) Check(Subscription subscription, SubscriberNetworks networks, ServerBase server, DateTimeOffset now)
    {
        if (subscription.Status is not (Subscription.SubscriptionStatus.Requested or Subscription.SubscriptionStatus.Off))
        {
            return Refused("Send status requested, or off; active and error are this server's to say.", "Subscription.status");
        }

        if (subscription.Channel is not { Type: Subscription.SubscriptionChannelType.RestHook } channel)
        {
            return Refused("The one type of channel here is rest-hook.", "Subscription.channel.type");
        }

        if (!IsEndpoint(channel.Endpoint, networks))
        {
            return Refused("endpoint is an https address without user and fragment, or an http address of this machine; and not in an internal network, unless the operator has named it.", "Subscription.channel.endpoint");
        }

        if (channel.Payload is not (null or "" or Payload))
        {
            return Refused($"payload is {Payload}, or nothing.", "Subscription.channel.payload");
        }

        if (channel.Header.Count() > MostHeaders || channel.Header.Any(header => HeaderOf(header) is null))
        {
            return Refused($"header has at most {MostHeaders} lines such as 'Authorization: Bearer …', of printable ASCII; none that says how a message is read.", "Subscription.channel.header");
        }

        if (FhirJson.Write(subscription).Length > Largest)
        {
            return Refused($"A Subscription has at most {Largest} bytes.", "Subscription");
        }

        var (query, issue) = CheckCriteria(subscription.Criteria, server, now);
        return query is not null && GrantedCriteria.Is(query) && channel.Payload is { Length: > 0 }
            ? Refused("What comes under a grant is told without a payload: search for it, and the read is yours.", "Subscription.channel.payload")
            : (query, issue);
    }

    /// <summary>Name and value of a header line. Null for what is none, or is not the subscriber's to say.</summary>
    public static (string Name, string Value)? HeaderOf(string? line)
    {
        var colon = line?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 1 || line!.Length > 8_192)
        {
            return null;
        }

        var (name, value) = (line[..colon], line[(colon + 1)..].Trim(' '));
        return name.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_') && value.All(one => one is >= ' ' and <= '~') && !NotTaken.Contains(name) ? (name, value) : null;
    }

    /// <summary>The search of a criteria that was checked.</summary>
    public static SearchQuery QueryOf(Subscription subscription, ServerBase server, DateTimeOffset sent) =>
        CheckCriteria(subscription.Criteria, server, sent).Query ?? throw new InvalidOperationException("A criteria that was checked is refused.");

    private static bool IsEndpoint(string? endpoint, SubscriberNetworks networks) =>
        endpoint is { Length: <= 2_000 } && Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0 && networks.MayBeNamed(uri);

    private static (SearchQuery? Query, OperationOutcome.IssueComponent? Issue) CheckCriteria(string? criteria, ServerBase server, DateTimeOffset now)
    {
        var mark = criteria?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        var type = mark < 0 ? criteria : criteria![..mark];
        if (type is null || !FhirFeature.IsType(type))
        {
            return Refused("criteria is a search of one type, such as Observation?code=http://loinc.org|718-7.", "Subscription.criteria");
        }

        return SearchQuery.Parse(type, QueryText.Parse(mark < 0 ? "" : criteria![(mark + 1)..]), strict: true, server, now).Match(
            query => query.Chains.Count > 0 || !query.Result.IsPlain || query.Sort.Count > 0 || query.Count is not null
                ? Refused("criteria has no chains, no _has, and nothing that says how an answer is shown.", "Subscription.criteria")
                : GrantedCriteria.Is(query) && !GrantedCriteria.IsDecidable(query)
                ? Refused($"Beside _tag={GrantedCriteria.Tag} there is only patient or subject: what comes under a grant is not opened for a notification.", "Subscription.criteria")
                : (query, null),
            issues => Refused(issues[0].Diagnostics ?? "criteria is no search of this type.", "Subscription.criteria"));
    }

    private static (SearchQuery?, OperationOutcome.IssueComponent?) Refused(string text, string element) => (null, Outcome.Error(OperationOutcome.IssueType.BusinessRule, text, element));
}
