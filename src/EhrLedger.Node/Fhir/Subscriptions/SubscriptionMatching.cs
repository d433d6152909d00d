using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Goes behind the writes, in their order, and keeps whom each is to be told: with the place that it has come to in one transaction, so that a node that stops goes on there. A write waits for nothing of it.
/// </summary>
internal sealed class SubscriptionMatching(SubscriptionStore store, Subscribers subscribers, AuthorReader reader, AuthorLog log, Deliveries deliveries)
{
    private const int Portion = 200;

    // Where nothing matches, the place is kept so seldom: more than these are not gone over again after a stop.
    private const int MostAnew = 2_000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private long _kept;

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
            var subscribed = subscribers.Now().Where(one => !one.IsGranted).ToLookup(one => one.Type, StringComparer.Ordinal);
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
                    matched.AddRange(subscribed[outline.Type].Where(one => row > one.Kept.After && subscribers.IsToBeTold(one, version)).Select(one => (one.Kept.Row, (Notice)new Notice.Own(outline.Resource.RowId, outline.Version))));
                }
            }

            place = portion[^1].VersionRow;
            if (matched.Count > 0 || place - _kept >= MostAnew)
            {
                store.AddNotices(matched, place);
                _kept = place;
            }

            foreach (var subscription in matched.Select(one => one.Subscription).Distinct())
            {
                deliveries.Wake(subscription);
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
