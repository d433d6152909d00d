using EhrLedger.Fhir.References;
using EhrLedger.Node.Smart.Clients;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>The subscriptions that are not off, each read once for as long as none of them changes; and when they are over.</summary>
internal sealed class Subscribers(SubscriptionStore store, ClientRegistry clients, Sight sight, ServerBase server, TimeProvider time)
{
    private volatile Standing _standing = new([], []);

    /// <summary>As they stand now.</summary>
    public IReadOnlyList<Subscribed> Now()
    {
        var all = store.All();
        var standing = _standing;
        if (!ReferenceEquals(standing.Of, all))
        {
            _standing = standing = new Standing(all, [.. all.Where(kept => kept.State != SubscriptionState.Off).Select(kept => new Subscribed(kept, server, sight))]);
        }

        return standing.Subscribed;
    }

    /// <summary>Why a subscription is over: empty where its own end has come. Null while it goes on.</summary>
    /// <exception cref="EhrLedger.Ledger.Replication.StoreFailedException">Nobody can say.</exception>
    public async ValueTask<string?> WhyOverAsync(KeptSubscription kept, DateTimeOffset? end, CancellationToken cancellationToken) =>
        await clients.FindAsync(kept.Asking.Client, cancellationToken) is null ? "The client was revoked." : end <= time.GetUtcNow() ? "" : null;

    private sealed record Standing(IReadOnlyList<KeptSubscription> Of, IReadOnlyList<Subscribed> Subscribed);
}
