using System.Globalization;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Views;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Smart;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>create, update and delete of Subscriptions.</summary>
internal sealed class SubscriptionWriter(SubscriptionStore store, Deliveries deliveries, ReadLog readLog, LogReplica replica, ServerBase server, TimeProvider time)
{
    private const string Type = "Subscription";

    public async Task<FhirAnswer> CreateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.Headers.ContainsKey("If-None-Exist"))
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.NotSupported, "A Subscription is not made by a condition: search for yours.");
        }

        var (sent, refusal) = await ReadAsync(request, Interactions.Create, cancellationToken);
        if (sent is null)
        {
            return refusal!;
        }

        var now = Now();
        var kept = new KeptSubscription(SubscriptionViews.NewId(), sent.Asking, FhirJson.Write(sent.Subscription))
        {
            Scopes = sent.Asking.Access.Scopes,
            State = StateOf(sent.Subscription),
            Sent = now,
            Changed = now,
            After = store.NewestVersion(),
            Ledger = replica.Size,
        };
        if (!store.TryAdd(kept))
        {
            return FhirAnswer.Failed(StatusCodes.Status429TooManyRequests, OperationOutcome.IssueType.Throttled, $"There are too many subscriptions: {SubscriptionStore.MostOfCaller} of one caller. Delete one.");
        }

        kept = store.Find(kept.Id) ?? kept;
        deliveries.Restart(kept.Row);
        return Written(StatusCodes.Status201Created, kept, request);
    }

    public async Task<FhirAnswer> UpdateAsync(string id, HttpRequest request, CancellationToken cancellationToken)
    {
        var (sent, refusal) = await ReadAsync(request, Interactions.Update, cancellationToken);
        if (sent is null)
        {
            return refusal!;
        }

        if (sent.Subscription.Id != id)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "Type and id of the body must be those of the URL.");
        }

        if (!SubscriptionViews.IsId(id))
        {
            return FhirAnswer.Failed(StatusCodes.Status405MethodNotAllowed, OperationOutcome.IssueType.NotSupported, "This server gives Subscriptions their ids: create it with POST.");
        }

        if (!FhirWriter.TryReadIfMatch(request, out var expected))
        {
            return FhirWriter.BadIfMatch();
        }

        while (FindOwn(id, sent.Asking) is { } kept)
        {
            if (expected is not null && expected != kept.Version)
            {
                return FhirWriter.OtherVersion(Type);
            }

            // One that was off begins anew; of one that was not, nothing that was written meanwhile is left out.
            var now = Now();
            var changed = kept with
            {
                Json = FhirJson.Write(sent.Subscription),
                State = StateOf(sent.Subscription),
                Error = "",
                Version = kept.Version + 1,
                Sent = now,
                Changed = now,
                After = kept.State == SubscriptionState.Off ? store.NewestVersion() : kept.After,
                Ledger = kept.State == SubscriptionState.Off ? replica.Size : kept.Ledger,
            };
            if (store.Change(changed, kept.Version))
            {
                deliveries.Restart(kept.Row);
                return Written(StatusCodes.Status200OK, changed, request);
            }
        }

        return FhirAnswer.NotFound();
    }

    /// <summary>One answer for one's own, for another's, and for what never was.</summary>
    public FhirAnswer Delete(string id, HttpRequest request)
    {
        var (asking, refusal) = FhirCaller.For(request, Type, Interactions.Delete);
        if (asking is null)
        {
            return refusal!;
        }

        if (ProvenanceHeader.IsIn(request))
        {
            return ProvenanceHeader.NotHere();
        }

        if (!FhirWriter.TryReadIfMatch(request, out var expected))
        {
            return FhirWriter.BadIfMatch();
        }

        var kept = FindOwn(id, asking);
        if (expected is not null && kept?.Version != expected)
        {
            return FhirWriter.OtherVersion(Type);
        }

        if (kept is not null)
        {
            store.Remove(kept);
            deliveries.Restart(kept.Row);
        }

        return Preferences.Of(request).Deleted();
    }

    private KeptSubscription? FindOwn(string id, Asking asking) =>
        SubscriptionViews.IsId(id) && store.Find(id) is { } kept && store.OwnerOf(kept) == CallerName.OwnerOf(asking) && asking.Access.Sees(asking.Needs, kept.Show(), null) ? kept : null;

    /// <summary>A Subscription that this caller may have. Whom its criteria names is logged: that nothing comes tells something too.</summary>
    private async Task<(Sent? Sent, FhirAnswer? Refusal)> ReadAsync(HttpRequest request, Interactions needs, CancellationToken cancellationToken)
    {
        var (asking, notOpen) = FhirCaller.For(request, Type, needs);
        if (asking is null)
        {
            return (null, notOpen);
        }

        if (ProvenanceHeader.IsIn(request))
        {
            return (null, ProvenanceHeader.NotHere());
        }

        var (resource, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (resource is null)
        {
            return (null, refusal);
        }

        if (resource is not Subscription subscription)
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, $"The body is a {resource.TypeName}, the URL says {Type}."));
        }

        if (request.HttpContext.Features.Get<SmartCaller>() is { FhirUser: not null } or { PatientId: not null })
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.Forbidden, "A subscription outlives a login: a system has one in its own name, an application that acts for a user has none."));
        }

        var (query, issue) = Subset.IsSubset(subscription)
            ? (null, EhrLedger.Fhir.Outcomes.Outcome.Error(OperationOutcome.IssueType.BusinessRule, "The resource is tagged SUBSETTED: read it whole, change that and send it.", "Subscription.meta.tag"))
            : SubscriptionRules.Check(subscription, server, time.GetUtcNow());
        if (query is null)
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue!]));
        }

        if (!asking.Access.Sees(needs, subscription, null))
        {
            return (null, FhirAnswer.NotInScopes(FhirCaller.NotInScopes(needs, $"this {Type}")));
        }

        const Interactions Seeing = Interactions.Read | Interactions.Search;
        if (!asking.Access.May(Seeing, query.ResourceType))
        {
            return (null, FhirAnswer.NotInScopes(FhirCaller.NotInScopes(Seeing, query.ResourceType)));
        }

        if (GrantedCriteria.Is(query) && !asking.Access.SeesWhole(Seeing, query.ResourceType))
        {
            return (null, FhirAnswer.NotInScopes($"What comes under a grant is not opened for a notification: that needs scopes that let its bearer {Seeing.ToText()} every {query.ResourceType}."));
        }

        var glimpses = new Glimpses();
        glimpses.Name(query.NamedPatients);
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return (new Sent(subscription, asking), null);
    }

    private FhirAnswer Written(int status, KeptSubscription kept, HttpRequest request)
    {
        var version = new ResourceVersion(Type, kept.Id, kept.Version.ToString(CultureInfo.InvariantCulture), kept.Changed);
        return FhirAnswer.OfVersion(status, version, Preferences.Of(request).BodyOf(FhirJson.Write(kept.Show())), $"{server.Url}/{version.Relative}");
    }

    private static SubscriptionState StateOf(Subscription sent) => sent.Status == Subscription.SubscriptionStatus.Off ? SubscriptionState.Off : SubscriptionState.Requested;

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    private sealed record Sent(Subscription Subscription, Asking Asking);
}
