using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>Makes one plan. Each phase goes over the entries once: shapes, identities, links between entries, conditional references.</summary>
internal sealed class BundlePlanner(Bundle request, IConditionalLookup lookup, ServerBase server, Func<string> newId, DateTimeOffset now)
{
    private const int MaxIssues = 20;

    private readonly List<EntryFault> faults = [];
    private readonly HashSet<int> faulty = [];
    private readonly Dictionary<string, string> targets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Entry, bool Writes)> identities = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Type, string Query), string> created = [];
    private static readonly HashSet<string> None = [];

    private readonly HashSet<string> deleted = new(StringComparer.Ordinal);
    private bool isTransaction;

    internal async ValueTask<BundlePlanResult> PlanAsync(CancellationToken cancellation)
    {
        if (request.Type is not (Bundle.BundleType.Transaction or Bundle.BundleType.Batch))
        {
            return Refuse(PlanFault.BadRequest, OperationOutcome.IssueType.Value, "A Bundle sent to the base is a transaction or a batch.", "Bundle.type");
        }

        if (request.Entry.Count > BundlePlan.MaxEntries)
        {
            return Refuse(PlanFault.BadRequest, OperationOutcome.IssueType.TooCostly, $"A Bundle has at most {BundlePlan.MaxEntries} entries.", "Bundle.entry");
        }

        isTransaction = request.Type == Bundle.BundleType.Transaction;
        var steps = new PlannedOperation?[request.Entry.Count];
        // What is deleted goes first, and no later condition finds it.
        foreach (var deletes in (bool[])[true, false])
        {
            for (var i = 0; i < steps.Length; i++)
            {
                if (deletes == (request.Entry[i].Request?.Method == Bundle.HTTPVerb.DELETE))
                {
                    steps[i] = CheckShape(i) ? await IdentifyAsync(i, cancellation).ConfigureAwait(false) : null;
                    if (deletes && steps[i]?.Location is { } location)
                    {
                        deleted.Add(location);
                    }
                }
            }
        }

        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i] is { } step)
            {
                Register(step);
            }
        }

        await ResolveAsync(steps, cancellation).ConfigureAwait(false);
        if (isTransaction && faults.Count > 0)
        {
            return new BundlePlanResult.Refused(faults[0].Fault, [.. faults.Take(MaxIssues).Select(f => f.Issue)]);
        }

        var operations = steps.OfType<PlannedOperation>().Where(s => !faulty.Contains(s.Entry)).OrderBy(s => Phase(s.Kind)).ToArray();
        return new BundlePlanResult.Planned(new BundlePlan(isTransaction, steps.Length, operations, faults));
    }

    private static int Phase(PlannedKind kind) => kind switch
    {
        PlannedKind.Delete or PlannedKind.DeleteNothing => 1,
        PlannedKind.Create or PlannedKind.UseExisting => 2,
        PlannedKind.Update or PlannedKind.Patch => 3,
        PlannedKind.Read => 4,
    };

    private static BundlePlanResult.Refused Refuse(PlanFault fault, OperationOutcome.IssueType code, string text, string expression) =>
        new(fault, [Outcome.Error(code, text, expression)]);

    private bool CheckShape(int i)
    {
        var entry = request.Entry[i];
        if (entry.Request is not { Method: { } method, Url: { Length: > 0 } text })
        {
            return Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Required, "The entry needs request.method and request.url.", "request");
        }

        var url = EntryUrl.Parse(text, server);
        if (method is Bundle.HTTPVerb.GET or Bundle.HTTPVerb.HEAD)
        {
            return true;
        }

        if (!url.IsPlain)
        {
            return Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "The URL is not that of a resource type, a resource or a condition.", "request.url");
        }

        if (method == Bundle.HTTPVerb.DELETE)
        {
            return url.Id is not null || url.Query is { Length: > 0 }
                || Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "DELETE needs an id or a condition.", "request.url");
        }

        if (entry.Resource is not { } resource)
        {
            return Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Required, "The entry needs a resource.", "resource");
        }

        if (method == Bundle.HTTPVerb.PATCH)
        {
            return (url.Id is not null || url.Query is { Length: > 0 }) && resource is Parameters or Binary
                || Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "PATCH needs an id or a condition, and Parameters or a Binary as its patch.", "request.url");
        }

        if (resource.TypeName != url.Type)
        {
            return Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "The resource is of another type than the URL.", "request.url");
        }

        if (method == Bundle.HTTPVerb.POST)
        {
            return (url.Id is null && url.Query is null)
                || Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "POST goes to a resource type.", "request.url");
        }

        return (url.Id is not null && (resource.Id is null || resource.Id == url.Id)) || url.Query is { Length: > 0 }
            || Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "PUT needs an id, the same in the URL and in the resource, or a condition.", "request.url");
    }

    private async ValueTask<PlannedOperation?> IdentifyAsync(int i, CancellationToken cancellation)
    {
        var entry = request.Entry[i];
        var url = EntryUrl.Parse(entry.Request!.Url!, server);
        switch (entry.Request.Method!.Value)
        {
            case Bundle.HTTPVerb.GET or Bundle.HTTPVerb.HEAD:
                return Step(PlannedKind.Read, url.Id) with { WithoutBody = entry.Request.Method == Bundle.HTTPVerb.HEAD };
            case Bundle.HTTPVerb.POST:
                if (entry.Request.IfNoneExist is not { Length: > 0 } condition)
                {
                    return Step(PlannedKind.Create, newId());
                }

                // Two entries with one condition mean one resource: the second finds what the first makes.
                condition = condition[(condition.IndexOf('?') + 1)..];
                if (created.TryGetValue((url.Type!, condition), out var earlier))
                {
                    return Step(PlannedKind.UseExisting, earlier);
                }

                if (await MatchAsync(i, url.Type!, condition, "request.ifNoneExist", cancellation).ConfigureAwait(false) is not (var existing, true))
                {
                    return null;
                }

                var id = existing ?? newId();
                created.Add((url.Type!, condition), id);
                return Step(existing is null ? PlannedKind.Create : PlannedKind.UseExisting, id);
            case var method:
                var target = url.Id;
                if (target is null)
                {
                    if (await MatchAsync(i, url.Type!, url.Query!, "request.url", cancellation).ConfigureAwait(false) is not (var match, true))
                    {
                        return null;
                    }

                    target = match;
                }

                return method switch
                {
                    Bundle.HTTPVerb.DELETE => Step(target is null ? PlannedKind.DeleteNothing : PlannedKind.Delete, target),
                    Bundle.HTTPVerb.PATCH when target is not null => Step(PlannedKind.Patch, target),
                    Bundle.HTTPVerb.PUT when target is null && entry.Resource!.Id is { } wished => Step(PlannedKind.Update, wished) with { IfAbsent = true },
                    Bundle.HTTPVerb.PUT when target is null => Step(PlannedKind.Create, newId()),
                    Bundle.HTTPVerb.PUT when entry.Resource!.Id is null || entry.Resource.Id == target => Step(PlannedKind.Update, target),
                    Bundle.HTTPVerb.PUT => Refused(PlanFault.BadRequest, OperationOutcome.IssueType.Value, "The condition finds a resource of another id."),
                    _ => Refused(PlanFault.NotFound, OperationOutcome.IssueType.NotFound, "The condition finds nothing to patch."),
                };
        }

        PlannedOperation? Refused(PlanFault fault, OperationOutcome.IssueType code, string text)
        {
            Fault(i, fault, code, text, "request.url");
            return null;
        }

        PlannedOperation Step(PlannedKind kind, string? id)
        {
            if (kind is PlannedKind.Create or PlannedKind.Update)
            {
                entry.Resource!.Id = id;
            }

            return new PlannedOperation(
                i,
                kind,
                url.Type,
                id,
                url.Text,
                kind is PlannedKind.Create or PlannedKind.Update or PlannedKind.Patch ? entry.Resource : null,
                entry.Request.IfMatch,
                entry.Request.IfNoneMatch,
                entry.Request.IfModifiedSince)
            {
                Needs = NeedsOf(entry.Request.Method!.Value, isConditional: entry.Request.IfNoneExist is { Length: > 0 } || (url.Id is null && url.Query is not null)),
            };
        }
    }

    private static Interactions NeedsOf(Bundle.HTTPVerb method, bool isConditional) => (isConditional ? Interactions.Search : Interactions.None) | method switch
    {
        Bundle.HTTPVerb.POST => Interactions.Create,
        Bundle.HTTPVerb.DELETE => Interactions.Delete,
        _ => Interactions.Update,
    };

    /// <returns>The one id that matches, or null with true if none does; false if the entry is faulty.</returns>
    private async ValueTask<(string? Id, bool Ok)> MatchAsync(int i, string type, string query, string element, CancellationToken cancellation)
    {
        switch (await lookup.FindAsync(type, query, isTransaction ? deleted : None, cancellation).ConfigureAwait(false))
        {
            case null:
                return (null, Fault(i, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "The condition is not a valid search.", element));
            case []:
                return (null, true);
            case [var only]:
                return (only[(only.LastIndexOf('/') + 1)..], true);
            default:
                return (null, Fault(i, PlanFault.PreconditionFailed, OperationOutcome.IssueType.MultipleMatches, "The condition matches several resources.", element));
        }
    }

    private void Register(PlannedOperation step)
    {
        if (step.Location is not { } location || step.Kind == PlannedKind.Read)
        {
            return;
        }

        var writes = step.Kind != PlannedKind.UseExisting;
        if (!identities.TryAdd(location, (step.Entry, writes)) && isTransaction && writes && identities[location].Writes)
        {
            Fault(
                step.Entry,
                PlanFault.BadRequest,
                OperationOutcome.IssueType.Duplicate,
                $"Entry {identities[location].Entry} acts on the same resource.",
                "request.url");
        }

        if (request.Entry[step.Entry].FullUrl is { Length: > 0 } fullUrl && step.Kind is PlannedKind.Create or PlannedKind.UseExisting or PlannedKind.Update
            && !targets.TryAdd(fullUrl, location) && targets[fullUrl] != location)
        {
            Fault(step.Entry, PlanFault.BadRequest, OperationOutcome.IssueType.Duplicate, "Another entry has the same fullUrl.", "fullUrl");
        }
    }

    private async ValueTask ResolveAsync(PlannedOperation?[] steps, CancellationToken cancellation)
    {
        // Entries of a batch do not see each other; what they point at each other with stays unresolved, and is refused below.
        var rewriter = new ReferenceRewriter(isTransaction ? targets : new Dictionary<string, string>());
        var patches = new PatchRewriter(rewriter);
        var conditional = new Dictionary<string, List<(int Entry, ResourceReference Reference)>>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            if (step is not { Resource: { } resource })
            {
                continue;
            }

            rewriter.Rewrite(resource, request.Entry[step.Entry].FullUrl, left =>
            {
                if (left.Reference!.StartsWith("urn:", StringComparison.Ordinal))
                {
                    Fault(step.Entry, PlanFault.BadRequest, OperationOutcome.IssueType.NotFound, "A reference leads to no entry of the Bundle.", "resource");
                    return;
                }

                if (!conditional.TryGetValue(left.Reference, out var uses))
                {
                    conditional.Add(left.Reference, uses = []);
                }

                uses.Add((step.Entry, left));
            });
            if (step.Kind == PlannedKind.Patch && !patches.Rewrite(resource))
            {
                Fault(step.Entry, PlanFault.BadRequest, OperationOutcome.IssueType.NotFound, "A reference leads to no entry of the Bundle.", "resource");
            }
        }

        if (conditional.Count == 0)
        {
            return;
        }

        var own = new EntryMatches(server, now);
        if (isTransaction)
        {
            var wanted = conditional.Keys.Select(k => EntryUrl.Parse(k, server).Type).ToHashSet(StringComparer.Ordinal);
            foreach (var step in steps)
            {
                if (step is { Resource: { } resource, Kind: PlannedKind.Create or PlannedKind.Update } && wanted.Contains(resource.TypeName))
                {
                    own.Add(resource);
                }
            }
        }

        // What this transaction deletes or rewrites counts as it will be, not as it is stored.
        var written = isTransaction ? identities.Where(known => known.Value.Writes).Select(known => known.Key).ToHashSet(StringComparer.Ordinal) : None;
        foreach (var (text, uses) in conditional)
        {
            var target = await FindTargetAsync(text, own, written, cancellation).ConfigureAwait(false);
            foreach (var (entry, reference) in uses)
            {
                if (target.Found is null)
                {
                    Fault(entry, target.Fault, target.Code, target.Text, "resource");
                }
                else
                {
                    reference.Reference = target.Found;
                }
            }
        }
    }

    private async ValueTask<(string? Found, PlanFault Fault, OperationOutcome.IssueType Code, string Text)> FindTargetAsync(
        string text, EntryMatches own, HashSet<string> written, CancellationToken cancellation)
    {
        var url = EntryUrl.Parse(text, server);
        if (url is not { Type: { } type, Id: null, Query: { Length: > 0 } query, IsPlain: true }
            || await lookup.FindAsync(type, query, written, cancellation).ConfigureAwait(false) is not { } stored || own.Find(type, query) is not { } inBundle)
        {
            return (null, PlanFault.BadRequest, OperationOutcome.IssueType.Value, "A conditional reference is not a valid search.");
        }

        var all = stored.Concat(inBundle).Distinct(StringComparer.Ordinal).ToArray();
        return all switch
        {
            [var only] => (only, default, default, string.Empty),
            [] => (null, PlanFault.PreconditionFailed, OperationOutcome.IssueType.NotFound, "A conditional reference matches nothing."),
            _ => (null, PlanFault.PreconditionFailed, OperationOutcome.IssueType.MultipleMatches, "A conditional reference matches several resources."),
        };
    }

    /// <returns>False, so that a check can end with it.</returns>
    private bool Fault(int entry, PlanFault fault, OperationOutcome.IssueType code, string text, string element)
    {
        if (faulty.Add(entry))
        {
            faults.Add(new EntryFault(entry, fault, Outcome.Error(code, text, $"Bundle.entry[{entry}].{element}")));
        }

        return false;
    }
}
