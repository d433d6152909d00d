using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Smart.Clients;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>The subscriptions that are not off, each read once for as long as none of them changes; and when they are over. One that can't be carried out is switched off: it must not stop others, nor the node.</summary>
internal sealed partial class Subscribers(SubscriptionStore store, ClientRegistry clients, Sight sight, ServerBase server, TimeProvider time, ILogger<Subscribers> log)
{
    private volatile Standing _standing = new([], []);

    /// <summary>As they stand now.</summary>
    /// <exception cref="StoreFailedException">Nobody can say.</exception>
    public IReadOnlyList<Subscribed> Now()
    {
        var all = store.All();
        var standing = _standing;
        if (!ReferenceEquals(standing.Of, all))
        {
            _standing = standing = new Standing(all, [.. all.Where(kept => kept.State != SubscriptionState.Off).Select(Read).OfType<Subscribed>()]);
        }

        return standing.Subscribed;
    }

    /// <summary>Whether a search by the subscriber would find this version, were it the newest.</summary>
    /// <exception cref="StoreFailedException">Nobody can say.</exception>
    public bool IsToBeTold(Subscribed one, OpenedVersion version) => CarryOut(one.Kept, () => one.IsToBeTold(version));

    /// <summary>Why a subscription is over: empty where its own end has come. Null while it goes on.</summary>
    /// <exception cref="StoreFailedException">Nobody can say.</exception>
    public async ValueTask<string?> WhyOverAsync(KeptSubscription kept, DateTimeOffset? end, CancellationToken cancellationToken) =>
        await clients.FindAsync(kept.Asking.Client, cancellationToken) is null ? "The client was revoked." : end <= time.GetUtcNow() ? "" : null;

    private Subscribed? Read(KeptSubscription kept) => CarryOut(kept, () => new Subscribed(kept, server, sight));

    private T? CarryOut<T>(KeptSubscription kept, Func<T> carryOut)
    {
        try
        {
            return carryOut();
        }
#pragma warning disable CA1031 // Whatever broke it.
        catch (Exception broken) when (broken is not StoreFailedException)
#pragma warning restore CA1031
        {
            Broke(log, kept.Id, new Fault(broken));
            store.Change(kept.Turned(SubscriptionState.Off, "This server can't carry out the criteria.", time.GetUtcNow()), kept.Version);
            return default;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscription {Id} can't be carried out and is off: {What}")]
    private static partial void Broke(ILogger logger, string id, Fault what);

    private sealed record Standing(IReadOnlyList<KeptSubscription> Of, IReadOnlyList<Subscribed> Subscribed);
}
