using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>A subscription and its search, read once.</summary>
internal sealed class Subscribed
{
    private readonly SearchQuery _query;
    private readonly Asking _asking;
    private readonly Sight _sight;

    public Subscribed(KeptSubscription kept, ServerBase server, Sight sight)
    {
        (Kept, _sight, _asking) = (kept, sight, kept.AskingWithin(server));
        var subscription = kept.Read();
        (_query, End) = (SubscriptionRules.QueryOf(subscription, server, kept.Sent), subscription.End);
    }

    public KeptSubscription Kept { get; }

    /// <summary>When it is over; null for never.</summary>
    public DateTimeOffset? End { get; }

    /// <summary>FHIR resource type of the criteria.</summary>
    public string Type => _query.ResourceType;

    /// <summary>Whether it is for what comes under grants.</summary>
    public bool IsGranted => GrantedCriteria.Is(_query);

    /// <inheritdoc cref="GrantedCriteria.Covers"/>
    public bool Covers(string patientId) => GrantedCriteria.Covers(_query, patientId);

    /// <summary>The purpose that it is for.</summary>
    public PurposeOfUse Purpose => _asking.Purpose;

    /// <summary>Whether a search by the same caller would find this version, were it the newest.</summary>
    public bool IsToBeTold(OpenedVersion version) =>
        version.Type == Type && !version.Deleted && AuthorSearch.Read(version) is { } resource && SearchEvaluator.Matches(resource, _query) && _sight.Sees(_asking, version);
}
