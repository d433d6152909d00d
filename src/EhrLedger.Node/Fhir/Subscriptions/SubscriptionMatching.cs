using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Goes behind the writes, in their order, and keeps whom each is to be told: with the place that it has come to in one transaction, so that a node that stops goes on there. A write waits for nothing of it.
/// </summary>
internal sealed class SubscriptionMatching(SubscriptionStore store, AuthorReader reader, AuthorLog log, Sight sight, Deliveries deliveries, ServerBase server)
{
    private const int Portion = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Completes when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var written = new SemaphoreSlim(0, 1);
        log.Written = () => Signal(written);
        long? place = null;
        while (true)
        {
            var wait = Timeout.InfiniteTimeSpan;
            try
            {
                // What nobody had subscribed to when it was written is never looked at.
                place ??= Math.Max(store.Progress() ?? 0, store.All().Select(kept => kept.After).DefaultIfEmpty(store.NewestVersion()).Min());
                place = Match(place.Value, cancellationToken);
            }
            catch (StoreFailedException)
            {
                // Nothing is lost: it goes on where it was.
                (place, wait) = (null, Pause);
            }

            await written.WaitAsync(wait, cancellationToken);
        }
    }

    private long Match(long place, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var subscribed = store.All().Where(kept => kept.State != SubscriptionState.Off).Select(kept => new Subscribed(kept, server, sight)).Where(one => !one.IsGranted).ToLookup(one => one.Type, StringComparer.Ordinal);
            if (subscribed.Count == 0)
            {
                return store.NewestVersion();
            }

            var portion = reader.Following(place, Portion);
            if (portion.Count == 0)
            {
                return place;
            }

            var matched = new List<(long Subscription, Notice Notice)>();
            foreach (var (row, outline) in portion)
            {
                // A delete is told to nobody: a search would not find it.
                if (outline is { Deleted: false } && subscribed.Contains(outline.Type) && reader.Open(outline.Resource, outline.Version) is { } version)
                {
                    matched.AddRange(subscribed[outline.Type].Where(one => row > one.Kept.After && one.IsToBeTold(version)).Select(one => (one.Kept.Row, (Notice)new Notice.Own(outline.Resource.RowId, outline.Version))));
                }
            }

            place = portion[^1].VersionRow;
            if (matched.Count > 0)
            {
                store.AddNotices(matched, place);
                foreach (var subscription in matched.Select(one => one.Subscription).Distinct())
                {
                    deliveries.Wake(subscription);
                }
            }
        }
    }

    private static void Signal(SemaphoreSlim written)
    {
        try
        {
            if (written.CurrentCount == 0)
            {
                written.Release();
            }
        }
        catch (Exception late) when (late is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else has said so, or the node stops.
        }
    }
}

/// <summary>A subscription and its search, read once.</summary>
internal sealed class Subscribed
{
    private readonly SearchQuery _query;
    private readonly Asking _asking;
    private readonly Sight _sight;

    public Subscribed(KeptSubscription kept, ServerBase server, Sight sight)
    {
        (Kept, _sight, _asking) = (kept, sight, kept.AskingWithin(server));
        _query = SubscriptionRules.QueryOf(kept.Read(), server, kept.Sent);
    }

    public KeptSubscription Kept { get; }

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
