using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Reading;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>One step of one subscription: what is to be done next, decided by what stands at this moment.</summary>
internal sealed class SubscriptionDelivery(
    SubscriptionStore store, Subscribers subscribers, SubscriptionHook hook, AuthorReader reader, Sight sight, ReadLog readLog, HeldGrants grants, ServerBase server, TimeProvider time)
{
    // Without a payload, one call tells of as many.
    private const int MostAtOnce = 100;

    /// <summary>Makes the step.</summary>
    /// <param name="row">Of the subscription.</param>
    /// <param name="cancellationToken">Gives up; what was not told stays to be told.</param>
    public async Task<DeliveryStep> StepAsync(long row, CancellationToken cancellationToken)
    {
        try
        {
            if (store.Find(row) is not { State: not SubscriptionState.Off } kept)
            {
                return DeliveryStep.Idle;
            }

            var subscription = kept.Read();
            if (await subscribers.WhyOverAsync(kept, subscription.End, cancellationToken) is { } why)
            {
                return SwitchOff(kept, why);
            }

            if (store.CountWaiting(row) > SubscriptionStore.MostWaiting)
            {
                return SwitchOff(kept, "Too many notifications wait.");
            }

            if (kept.State == SubscriptionState.Requested)
            {
                return Settle(kept, await hook.CallAsync(subscription.Channel, cancellationToken));
            }

            var isWhole = subscription.Channel.Payload is { Length: > 0 };
            var notices = store.Waiting(row, isWhole ? 1 : MostAtOnce);
            return notices.Count == 0 ? DeliveryStep.Idle : await TellAsync(kept, subscription, notices, isWhole, cancellationToken);
        }
        catch (StoreFailedException)
        {
            // Without the log nothing goes out.
            return new DeliveryStep.Failed("The node can't write to its store.");
        }
    }

    /// <summary>Says in the Subscription that its last notification failed.</summary>
    public void Fault(long row, string error)
    {
        if (store.Find(row) is { State: SubscriptionState.Active or SubscriptionState.Requested } kept)
        {
            // One whose endpoint never answered stays requested.
            Change(kept, kept.State == SubscriptionState.Active ? SubscriptionState.Error : kept.State, error);
        }
    }

    /// <summary>Gives it up.</summary>
    /// <returns>As it was; null where nobody waits for it any more.</returns>
    public KeptSubscription? GiveUp(long row, string error)
    {
        if (store.Find(row) is not { State: not SubscriptionState.Off } kept)
        {
            return null;
        }

        SwitchOff(kept, error);
        return kept;
    }

    private async Task<DeliveryStep> TellAsync(KeptSubscription kept, Subscription subscription, IReadOnlyList<Notice> notices, bool isWhole, CancellationToken cancellationToken)
    {
        // By now another version may be there, which has a notice of its own if it is to be told; or the record is gone.
        var subscribed = new Subscribed(kept, server, sight);
        var due = notices.OfType<Notice.Own>()
            .Select(notice => reader.FindByRow(notice.ResourceRow) is { Deleted: false } stored && stored.CurrentVersion == notice.Version ? reader.Open(stored, notice.Version) : null)
            .OfType<OpenedVersion>()
            .Where(subscribed.IsToBeTold)
            .ToList();

        // What has come under a grant stands in the patient's log as the look that found it; where the grant has ended since, nothing is told.
        var granted = notices.OfType<Notice.Granted>().Select(notice => notice.Grant).ToHashSet();
        var isGranted = granted.Count > 0 && grants.Active().Any(grant => granted.Contains(grant.Access.Grant) && grant.Access.Terms.Allows(kept.Asking.Purpose));
        if (due.Count == 0 && !isGranted)
        {
            store.Forget(notices);
            return DeliveryStep.Done;
        }

        var asking = kept.AskingWithin(server).Asks(Question.Ask($"Subscription/{kept.Id} /fhir/{subscription.Criteria}"));
        string? error;
        if (isWhole)
        {
            await readLog.ShowAsync(due, [], asking, cancellationToken);
            error = await hook.PutAsync(subscription.Channel, due[0].Type, due[0].Id, due[0].Json, cancellationToken);
        }
        else
        {
            var glimpses = new Glimpses();
            glimpses.Find(due.Select(version => version.Resource));
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            error = await hook.CallAsync(subscription.Channel, cancellationToken);
        }

        if (error is null)
        {
            store.Forget(notices);
        }

        return Settle(kept, error);
    }

    private DeliveryStep Settle(KeptSubscription kept, string? error)
    {
        if (error is not null)
        {
            return new DeliveryStep.Failed(error);
        }

        if (kept.State != SubscriptionState.Active || kept.Error.Length > 0)
        {
            Change(kept, SubscriptionState.Active, "");
        }

        return DeliveryStep.Done;
    }

    private DeliveryStep SwitchOff(KeptSubscription kept, string error)
    {
        Change(kept, SubscriptionState.Off, error);
        return DeliveryStep.Done;
    }

    // Where its owner has changed it meanwhile, that counts.
    private void Change(KeptSubscription kept, SubscriptionState state, string error)
    {
        if ((kept.State, kept.Error) != (state, error))
        {
            store.Change(kept.Turned(state, error, time.GetUtcNow()), kept.Version);
        }
    }
}

/// <summary>What a step came to.</summary>
internal abstract record DeliveryStep
{
    private DeliveryStep()
    {
    }

    /// <summary>Nothing is left to be told.</summary>
    public static DeliveryStep Idle { get; } = new Nothing();

    /// <summary>It went through; there may be more.</summary>
    public static DeliveryStep Done { get; } = new Through();

    /// <summary>It is to be tried again.</summary>
    /// <param name="Error">For the subscriber.</param>
    public sealed record Failed(string Error) : DeliveryStep;

    private sealed record Nothing : DeliveryStep;

    private sealed record Through : DeliveryStep;
}
