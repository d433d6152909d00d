using System.Globalization;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Fhir.Patch;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>transaction and batch.</summary>
/// <remarks>What the plan looks up is logged before the first write: without the log nothing of the Bundle is carried out.</remarks>
internal sealed class BundleWriter(
    FhirWriter writer, AuthorWriter author, AuthorReader reader, Sight sight, IntentMaker intents, ReadLog readLog, Patching patching, BundleReads reads, ServerBase server, TimeProvider time)
{
    public async Task<FhirAnswer> AnswerAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (ProvenanceHeader.IsIn(request))
        {
            return ProvenanceHeader.NotHere();
        }

        var (resource, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (resource is null)
        {
            return refusal!;
        }

        if (resource is not Bundle { Type: Bundle.BundleType.Transaction or Bundle.BundleType.Batch } bundle)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "Only Bundles of type transaction and batch are posted to the base URL.");
        }

        if (FhirCaller.Find(request) is not { } asking)
        {
            return FhirWriter.BadCaller();
        }

        var preference = Preferences.Find(request);
        var (plan, results, refused) = await WriteAsync(bundle, preference, asking, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        // The reads come last: they see what was written, and nobody waits for them.
        var allowance = new ReadAllowance(time);
        foreach (var operation in plan!.Operations.Skip(results!.Count))
        {
            results.Add(await reads.AnswerAsync(operation, request, allowance, cancellationToken));
        }

        return FhirAnswer.Of(StatusCodes.Status200OK, BundleResponse.Build(plan, results));
    }

    /// <summary>All of the Bundle but its reads: what came of each, or why nothing was done.</summary>
    private async Task<(BundlePlan? Plan, List<EntryResult>? Results, FhirAnswer? Refusal)> WriteAsync(Bundle bundle, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        using var held = await writer.HoldAsync(ConditionsOf(bundle), cancellationToken);
        var glimpses = new Glimpses();
        var result = await BundlePlan.MakeAsync(bundle, writer.LookUp(glimpses, asking), server, FhirWriter.NewId, time.GetUtcNow(), cancellationToken);

        // Before the first write: where it can't be logged, nothing of the Bundle is carried out.
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        if (result is not BundlePlanResult.Planned(var plan))
        {
            var (fault, issues) = (BundlePlanResult.Refused)result;
            return (null, null, FhirAnswer.Failed(int.Parse(BundleResponse.StatusOf(fault).AsSpan(0, 3), CultureInfo.InvariantCulture), issues));
        }

        IReadOnlyList<PlannedOperation> operations = [.. plan.Operations.TakeWhile(operation => operation.Kind != PlannedKind.Read)];
        if (plan.IsTransaction && operations.FirstOrDefault(operation => !IsOpen(operation, asking)) is { } closed)
        {
            return (null, null, FhirAnswer.Failed(StatusCodes.Status403Forbidden, [NotOpen(closed)]));
        }

        if (!plan.IsTransaction)
        {
            return (plan, await BatchAsync(operations, preference, asking, cancellationToken), null);
        }

        var (results, refusal) = await TransactAsync(operations, preference, asking, cancellationToken);
        return (plan, results, refusal);
    }

    private static IEnumerable<string> ConditionsOf(Bundle bundle) => bundle.Entry
        .Select(entry => entry.Request)
        .OfType<Bundle.RequestComponent>()
        .Where(request => request.Url is not null)
        .SelectMany(request => (string?[])[
            request.IfNoneExist is { Length: > 0 } condition ? $"{request.Url}?{condition[(condition.IndexOf('?') + 1)..]}" : null,
            request.Method is not Bundle.HTTPVerb.GET && request.Url!.Contains('?', StringComparison.Ordinal) ? request.Url : null])
        .OfType<string>();

    private async Task<(List<EntryResult>? Results, FhirAnswer? Refusal)> TransactAsync(
        IReadOnlyList<PlannedOperation> all, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        var operations = new List<PlannedOperation>(all.Count);
        foreach (var planned in all)
        {
            var (operation, refusal) = await ResolveAsync(planned, asking, cancellationToken);
            if (operation is null)
            {
                return (null, FhirAnswer.Failed(refusal!.Status, refusal.Issues));
            }

            operations.Add(operation);
        }

        var writes = operations.Where(IsWrite).ToList();
        var glimpses = new Glimpses();
        var made = Intents(writes, glimpses, asking);
        if (made.Find(one => one.Issue is not null).Issue is { } issue)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return (null, FhirAnswer.Failed(issue.Code == OperationOutcome.IssueType.Forbidden ? StatusCodes.Status403Forbidden : StatusCodes.Status422UnprocessableEntity, [issue]));
        }

        var written = new Dictionary<PlannedOperation, EntryResult>();
        if (made.Count > 0)
        {
            var outcome = await author.WriteAsync([.. made.Select(one => one.Intent!)], asking, cancellationToken);
            if (outcome is not WriteOutcome.Written(var versions, var at))
            {
                var refused = (WriteOutcome.Refused)outcome;
                var answer = await writer.RefuseAsync(refused, [.. writes.Select(operation => operation.Resource)], glimpses, asking, cancellationToken);
                var entry = writes[refused.Intent].Entry;
                return (null, IsRace(all.First(planned => planned.Entry == entry), refused) ? FhirAnswer.Failed(StatusCodes.Status409Conflict, [ChangedMeanwhile($"Bundle.entry[{entry}]")]) : answer);
            }

            for (var i = 0; i < writes.Count; i++)
            {
                written[writes[i]] = Result(writes[i], versions[i], at, preference);
            }
        }

        var results = new List<EntryResult>(operations.Count);
        foreach (var operation in operations)
        {
            results.Add(written.GetValueOrDefault(operation) ?? await OtherOrUnavailableAsync(operation, preference, asking, cancellationToken));
        }

        return (results, null);
    }

    // The writes of the Bundle stand: that something could not be shown afterwards must not make the client write them again.
    private async Task<EntryResult> OtherOrUnavailableAsync(PlannedOperation operation, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        try
        {
            return await OtherAsync(operation, preference, asking, cancellationToken);
        }
        catch (StoreFailedException)
        {
            return Failed("503 Service Unavailable", Outcome.Of(Outcome.Error(OperationOutcome.IssueType.Transient, "The read could not be logged, so nothing is shown.")));
        }
    }

    private async Task<List<EntryResult>> BatchAsync(IReadOnlyList<PlannedOperation> operations, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        var results = new List<EntryResult>(operations.Count);
        foreach (var operation in operations)
        {
            results.Add(!IsOpen(operation, asking) ? Failed("403 Forbidden", Outcome.Of(NotOpen(operation)))
                : IsWrite(operation) || operation.Kind == PlannedKind.Patch
                ? await WriteEntryAsync(operation, preference, asking, cancellationToken)
                : await OtherOrUnavailableAsync(operation, preference, asking, cancellationToken));
        }

        return results;
    }

    private async Task<EntryResult> WriteEntryAsync(PlannedOperation planned, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        try
        {
            for (var tries = 1; ; tries++)
            {
                var (operation, refusal) = await ResolveAsync(planned, asking, cancellationToken);
                if (operation is null)
                {
                    return BundleReads.Failed(refusal!.Status, refusal.Issues);
                }

                var glimpses = new Glimpses();
                var (intent, issue) = Intents([operation], glimpses, asking)[0];
                if (intent is null)
                {
                    await readLog.TellAsync(glimpses, asking, cancellationToken);
                    return Failed(issue!.Code == OperationOutcome.IssueType.Forbidden ? "403 Forbidden" : "422 Unprocessable Entity", Outcome.Of(issue));
                }

                var outcome = await author.WriteAsync([intent], asking, cancellationToken);
                if (outcome is WriteOutcome.Written(var versions, var at))
                {
                    return Result(operation, versions[0], at, preference);
                }

                var refused = (WriteOutcome.Refused)outcome;
                glimpses.Find(refused.Found);
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                if (!IsRace(planned, refused))
                {
                    return Failed(refused.Reason.ToStatusLine(), Outcome.Of(Outcome.Error(refused.Reason.ToCode(), refused.Reason.ToText(operation.Resource?.TypeName))));
                }

                if (tries == Patcher.MostTries)
                {
                    return Failed("409 Conflict", Outcome.Of(ChangedMeanwhile($"Bundle.entry[{planned.Entry}]")));
                }
            }
        }
        catch (StoreFailedException)
        {
            return Failed("503 Service Unavailable", Outcome.Of(Outcome.Error(OperationOutcome.IssueType.Transient, "The node can't write to its store.")));
        }
    }

    /// <summary>A patch becomes the update that it comes down to; everything else stays.</summary>
    private async Task<(PlannedOperation? Operation, Patched.Refused? Refusal)> ResolveAsync(PlannedOperation operation, Asking asking, CancellationToken cancellationToken)
    {
        if (operation.Kind != PlannedKind.Patch)
        {
            return (operation, null);
        }

        uint? expected = null;
        var where = $"Bundle.entry[{operation.Entry}]";
        return operation.IfMatch is { } ifMatch && (expected = FhirWriter.VersionOf(ifMatch)) is null
                ? (null, new Patched.Refused(StatusCodes.Status422UnprocessableEntity, [BadIfMatch($"{where}.request.ifMatch")]))
            : writer.IsForeign(operation.Type!, operation.Id!)
                ? (null, new Patched.Refused(StatusCodes.Status422UnprocessableEntity, [Outcome.Error(OperationOutcome.IssueType.NotSupported, FhirWriter.ForeignIsReadOnly, where)]))
            : await patching.ResolveAsync(operation, expected, asking with { Needs = Interactions.Update }, cancellationToken);
    }

    /// <summary>Whether another write came between the version that was patched and this one, and the client has asked for no version.</summary>
    private static bool IsRace(PlannedOperation planned, WriteOutcome.Refused refused) =>
        planned is { Kind: PlannedKind.Patch, IfMatch: null } && refused.Reason == WriteRefusal.OtherVersion;

    private static OperationOutcome.IssueComponent ChangedMeanwhile(string where) => Outcome.Error(OperationOutcome.IssueType.Conflict, "The resource was changed while it was patched: send it again.", where);

    private static OperationOutcome.IssueComponent BadIfMatch(string where) => Outcome.Error(OperationOutcome.IssueType.Value, "ifMatch is one ETag of this server, such as W/\"1\".", where);

    private List<(WriteIntent? Intent, OperationOutcome.IssueComponent? Issue)> Intents(IReadOnlyList<PlannedOperation> writes, Glimpses glimpses, Asking asking)
    {
        var alongside = new Dictionary<string, Resource>(StringComparer.Ordinal);
        foreach (var operation in writes.Where(operation => operation.Resource is not null))
        {
            alongside[operation.Location!] = operation.Resource!;
        }

        return [.. writes.Select(operation => Intent(operation, alongside, glimpses, asking with { Needs = operation.Needs & ~Interactions.Search }))];
    }

    private (WriteIntent? Intent, OperationOutcome.IssueComponent? Issue) Intent(PlannedOperation operation, Dictionary<string, Resource> alongside, Glimpses glimpses, Asking asking)
    {
        uint? expected = null;
        if (operation.IfMatch is { } ifMatch && (expected = FhirWriter.VersionOf(ifMatch)) is null)
        {
            return (null, BadIfMatch($"Bundle.entry[{operation.Entry}].request.ifMatch"));
        }

        if (writer.IsForeign(operation.Type!, operation.Id!))
        {
            return (null, Outcome.Error(OperationOutcome.IssueType.NotSupported, FhirWriter.ForeignIsReadOnly, $"Bundle.entry[{operation.Entry}]"));
        }

        if (operation.Kind == PlannedKind.Delete)
        {
            var stored = reader.Find(operation.Type!, operation.Id!);
            var opened = stored is null ? null : reader.Open(stored, stored.CurrentVersion);
            glimpses.Find(stored is not null && (opened is null ? sight.SeesAnyOf(asking, stored, operation.Type!) : sight.Sees(asking, opened)) ? [stored] : []);
            return stored is { Deleted: false } && opened is { } current && sight.Sees(asking, current)
                ? (IntentMaker.Delete(current, writer.PatientOf(stored), expected), null)
                : (null, Outcome.Error(OperationOutcome.IssueType.NotFound, "There is nothing to delete.", $"Bundle.entry[{operation.Entry}]"));
        }

        var (intent, issue) = intents.Make(operation.Resource!, operation.Id!, expected, alongside, glimpses);
        if (issue is not null)
        {
            issue.Expression = [$"Bundle.entry[{operation.Entry}].resource{Below(issue.Expression.FirstOrDefault(), operation.Type!)}"];
        }

        if (intent is not null && !sight.MayWrite(asking, operation.Resource!, intent))
        {
            glimpses.Find(reader.Find(operation.Type!, operation.Id!) is { } taken ? [taken] : []);
            return (null, Outcome.Error(OperationOutcome.IssueType.Forbidden, FhirCaller.NotInScopes(asking.Needs, $"this {operation.Type}"), $"Bundle.entry[{operation.Entry}].resource"));
        }

        return (intent is null ? null : intent with { IfAbsent = operation.IfAbsent || intent.IfAbsent }, issue);
    }

    private async Task<EntryResult> OtherAsync(PlannedOperation operation, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        switch (operation.Kind)
        {
            case PlannedKind.DeleteNothing:
                return new EntryResult("204 No Content", null, null, null, null, null);
            case PlannedKind.UseExisting when reader.Find(operation.Type!, operation.Id!) is { } stored && reader.Open(stored, stored.CurrentVersion) is { } current:
                await readLog.ShowAsync([current], [], asking, cancellationToken);
                var version = FhirWriter.VersionOf(current);
                return Prefer(new EntryResult("200 OK", version.Versioned, version.VersionId, version.LastUpdated, null, null), AuthorSearch.Parse(current), preference);
            default:
                return Failed("404 Not Found", Outcome.NotFound());
        }
    }

    private static bool IsOpen(PlannedOperation operation, Asking asking) => asking.Access.May(operation.Needs, operation.Type!);

    private static OperationOutcome.IssueComponent NotOpen(PlannedOperation operation) =>
        Outcome.Error(OperationOutcome.IssueType.Forbidden, FhirCaller.NotInScopes(operation.Needs, operation.Type!), $"Bundle.entry[{operation.Entry}]");

    // An element's path in the entry's resource, without the resource's own type; empty where it is none.
    private static string Below(string? expression, string type) =>
        expression?.StartsWith(type + ".", StringComparison.Ordinal) is true ? expression[type.Length..] : "";

    private static bool IsWrite(PlannedOperation operation) => operation.Kind is PlannedKind.Create or PlannedKind.Update or PlannedKind.Delete;

    private static EntryResult Result(PlannedOperation operation, (uint Version, bool Created) written, DateTimeOffset at, Preference? preference)
    {
        if (operation.Kind == PlannedKind.Delete)
        {
            return Prefer(new EntryResult("204 No Content", null, null, null, null, null), null, preference);
        }

        var version = new ResourceVersion(operation.Type!, operation.Id!, written.Version.ToString(CultureInfo.InvariantCulture), at);
        return Prefer(new EntryResult(written.Created ? "201 Created" : "200 OK", version.Versioned, version.VersionId, at, null, null), operation.Resource, preference);
    }

    // A Bundle of thousands is not sent back unless it is asked for.
    private static EntryResult Prefer(EntryResult result, Resource? resource, Preference? preference) => preference switch
    {
        Preference.Representation => result with { Resource = resource },
        Preference.OperationOutcome => result with { Outcome = Outcome.Information("Done.") },
        Preference.Minimal or null => result,
    };

    private static EntryResult Failed(string status, OperationOutcome outcome) => new(status, null, null, null, null, outcome);
}
