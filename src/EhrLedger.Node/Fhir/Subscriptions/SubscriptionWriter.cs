using System.Globalization;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Smart;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>create, update and delete of Subscriptions.</summary>
internal sealed class SubscriptionWriter(
    SubscriptionStore store, Deliveries deliveries, SubscriberNetworks networks, FhirWriter records, ReadLog readLog, LogReplica replica, ServerBase server, TimeProvider time)
{
    private const string Type = "Subscription";

    public async Task<FhirAnswer> CreateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var condition = request.Headers["If-None-Exist"].ToString();
        var (sent, refusal) = await ReadAsync(request, Interactions.Create, condition.Length > 0 ? Interactions.Search : Interactions.None, cancellationToken);
        if (sent is null)
        {
            return refusal!;
        }

        using var held = condition.Length > 0 ? await records.HoldAsync(Type, condition, cancellationToken) : null;
        switch (condition.Length > 0 ? FindMatching(condition, sent.Asking with { Needs = Interactions.Search }) : [])
        {
            case null:
                return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "If-None-Exist is not a search of this type.");
            case [var existing]:
                return Written(StatusCodes.Status200OK, existing, request);
            case { Count: > 1 }:
                return FhirAnswer.Failed(StatusCodes.Status412PreconditionFailed, OperationOutcome.IssueType.MultipleMatches, "If-None-Exist matches more than one resource.");
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
        var (sent, refusal) = await ReadAsync(request, Interactions.Update, Interactions.None, cancellationToken);
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

    /// <summary>One answer for one's own, for another's, and for what never was. What has an id of another form was kept as a record by an older version of the node, and goes as one.</summary>
    public async Task<FhirAnswer> DeleteAsync(string id, HttpRequest request, CancellationToken cancellationToken)
    {
        if (!SubscriptionViews.IsId(id))
        {
            return await records.DeleteAsync(Type, id, request, cancellationToken);
        }

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

    /// <summary>The search of a Subscription that this caller may have, or why it may not: one of the two is null.</summary>
    /// <param name="subscription">As it came.</param>
    /// <param name="asking">With what it needs: create or update.</param>
    /// <param name="request">That came.</param>
    public (SearchQuery? Query, FhirAnswer? Refusal) Judge(Subscription subscription, Asking asking, HttpRequest request)
    {
        if (request.HttpContext.Features.Get<SmartCaller>() is { FhirUser: not null } or { PatientId: not null })
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.Forbidden, "A subscription outlives a login: a system has one in its own name, an application that acts for a user has none."));
        }

        var (query, issue) = Subset.IsSubset(subscription)
            ? (null, Outcome.Error(OperationOutcome.IssueType.BusinessRule, "The resource is tagged SUBSETTED: read it whole, change that and send it.", "Subscription.meta.tag"))
            : SubscriptionRules.Check(subscription, networks, server, time.GetUtcNow());
        if (query is null)
        {
            return (null, FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue!]));
        }

        const Interactions Seeing = Interactions.Read | Interactions.Search;
        var beyond = !asking.Access.Sees(asking.Needs, subscription, null) ? FhirCaller.NotInScopes(asking.Needs, $"this {Type}")
            : !asking.Access.May(Seeing, query.ResourceType) ? FhirCaller.NotInScopes(Seeing, query.ResourceType)
            : GrantedCriteria.Is(query) && !asking.Access.SeesWhole(Seeing, query.ResourceType)
                ? $"What comes under a grant is not opened for a notification: that needs scopes that let its bearer {Seeing.ToText()} every {query.ResourceType}."
            : null;
        return beyond is null ? (query, null) : (null, FhirAnswer.NotInScopes(beyond));
    }

    private KeptSubscription? FindOwn(string id, Asking asking) =>
        SubscriptionViews.IsId(id) && store.Find(id) is { } kept && store.OwnerOf(kept) == CallerName.OwnerOf(asking) && asking.Access.Sees(asking.Needs, kept.Show(), null) ? kept : null;

    /// <summary>The caller's own of which it is so; null for what is no condition.</summary>
    private List<KeptSubscription>? FindMatching(string condition, Asking asking) =>
        SearchQuery.Parse(Type, QueryText.Parse(condition), strict: true, server, time.GetUtcNow()) is SearchQueryResult.Accepted({ IsEmpty: false, Result.IsPlain: true, Chains.Count: 0 } query)
            ? [.. store.Of(asking).Where(kept => kept.Show() is var shown && SearchEvaluator.Matches(shown, query) && asking.Access.Sees(asking.Needs, shown, null))]
            : null;

    /// <summary>A Subscription that this caller may have. Whom its criteria names is logged: that nothing comes tells something too.</summary>
    /// <param name="request">That came.</param>
    /// <param name="needs">What is done with it.</param>
    /// <param name="beside">What else the scopes must be open for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<(Sent? Sent, FhirAnswer? Refusal)> ReadAsync(HttpRequest request, Interactions needs, Interactions beside, CancellationToken cancellationToken)
    {
        var (asking, notOpen) = FhirCaller.For(request, Type, needs | beside);
        if (asking is null)
        {
            return (null, notOpen);
        }

        asking = asking with { Needs = needs };
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

        (var query, refusal) = Judge(subscription, asking, request);
        if (query is null)
        {
            return (null, refusal);
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
