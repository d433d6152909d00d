using System.Globalization;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Patch;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>create, update, delete, transaction and batch.</summary>
/// <remarks>
/// A write that goes through stands in its patient's log by itself. Every other answer can tell what is there: whom the request names, and what it found, is logged before it goes out, and
/// without the log there is no answer.
/// </remarks>
internal sealed class FhirWriter(
    AuthorWriter writer, AuthorReader reader, Chains.ChainSearch search, IntentMaker intents, ReadLog readLog, PatientDirectory patients, Patching patching, BundleReads reads, ServerBase server, SpecificationDefinitions definitions, TimeProvider time)
{
    private const string ForeignIsReadOnly = "An id of 32 hexadecimal digits is the record id of another author's record: it can be read where the patient's grant shows it, and only its author writes it. The specification's own definitions are not written at all.";

    // One condition at a time is looked up and acted upon, so that two equal requests make one resource.
    private readonly KeyedLocks _conditions = new();

    public async Task<FhirAnswer> CreateAsync(string type, HttpRequest request, CancellationToken cancellationToken)
    {
        var (resource, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (resource is null)
        {
            return refusal!;
        }

        if (resource.TypeName != type)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, $"The body is a {resource.TypeName}, the URL says {type}.");
        }

        if (FhirCaller.Find(request) is not { } asking)
        {
            return BadCaller();
        }

        if (request.Headers["If-None-Exist"].ToString() is not { Length: > 0 } condition)
        {
            return await WriteOneAsync(resource, NewId(), null, request, asking, cancellationToken);
        }

        using var held = await HoldAsync(type, condition, cancellationToken);
        var glimpses = new Glimpses();
        var matches = await LookUp(glimpses).FindAsync(type, condition, new HashSet<string>(), cancellationToken);
        if (matches is [var existing])
        {
            return await ExistingAsync(existing, glimpses, request, asking, cancellationToken);
        }

        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return matches switch
        {
            null => FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "If-None-Exist is not a search of this type."),
            [] => await WriteOneAsync(resource, NewId(), null, request, asking, cancellationToken),
            _ => FhirAnswer.Failed(StatusCodes.Status412PreconditionFailed, OperationOutcome.IssueType.MultipleMatches, "If-None-Exist matches more than one resource."),
        };
    }

    public async Task<FhirAnswer> UpdateAsync(string type, string id, HttpRequest request, CancellationToken cancellationToken)
    {
        var (resource, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (resource is null)
        {
            return refusal!;
        }

        if (resource.TypeName != type || resource.Id != id)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "Type and id of the body must be those of the URL.");
        }

        if (!FhirReference.IsId(id))
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, "An id has 1 to 64 letters, digits, hyphens and dots.");
        }

        if (IsForeign(type, id))
        {
            return ReadOnly();
        }

        if (FhirCaller.Find(request) is not { } asking)
        {
            return BadCaller();
        }

        return TryReadIfMatch(request, out var expected) ? await WriteOneAsync(resource, id, expected, request, asking, cancellationToken) : BadIfMatch();
    }

    /// <summary>One answer for what was there, was deleted before, or never was: only where it is there something is written, and that is in the patient's log.</summary>
    public async Task<FhirAnswer> DeleteAsync(string type, string id, HttpRequest request, CancellationToken cancellationToken)
    {
        if (IsForeign(type, id))
        {
            return ReadOnly();
        }

        if (FhirCaller.Find(request) is not { } asking)
        {
            return BadCaller();
        }

        return TryReadIfMatch(request, out var expected) ? await DeleteOneAsync(type, id, expected, request, asking, cancellationToken) : BadIfMatch();
    }

    /// <summary>Deletes what has been found to be no other author's.</summary>
    public async Task<FhirAnswer> DeleteOneAsync(string type, string id, uint? ifVersion, HttpRequest request, Asking asking, CancellationToken cancellationToken)
    {
        var glimpses = new Glimpses();
        if (reader.Find(type, id) is not { Deleted: false } stored)
        {
            return ifVersion is null ? Preferences.Of(request).Deleted() : OtherVersion(type);
        }

        glimpses.Find(stored);
        if (reader.Open(stored, stored.CurrentVersion) is not { } current)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Damaged();
        }

        if (await writer.WriteAsync([IntentMaker.Delete(current, PatientOf(stored), ifVersion)], cancellationToken) is WriteOutcome.Written)
        {
            return Preferences.Of(request).Deleted();
        }

        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return ifVersion is null ? FhirAnswer.Failed(StatusCodes.Status409Conflict, OperationOutcome.IssueType.Conflict, "The resource was changed meanwhile.") : OtherVersion(type);
    }

    public async Task<FhirAnswer> BundleAsync(HttpRequest request, CancellationToken cancellationToken)
    {
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
            return BadCaller();
        }

        using var held = await _conditions.AcquireAsync(ConditionsOf(bundle), cancellationToken);
        var glimpses = new Glimpses();
        var result = await BundlePlan.MakeAsync(bundle, LookUp(glimpses), server, NewId, time.GetUtcNow(), cancellationToken);

        // Before the first write: where it can't be logged, nothing of the Bundle is carried out.
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return result switch
        {
            BundlePlanResult.Refused(var fault, var issues) => FhirAnswer.Failed(int.Parse(BundleResponse.StatusOf(fault).AsSpan(0, 3), CultureInfo.InvariantCulture), issues),
            BundlePlanResult.Planned(var plan) => plan.IsTransaction
                ? await TransactAsync(plan, Preferences.Find(request), asking, cancellationToken)
                : await BatchAsync(plan, Preferences.Find(request), asking, cancellationToken),
            _ => throw new InvalidOperationException("A plan has two cases."),
        };
    }

    public static FhirAnswer BadCaller() => FhirAnswer.Failed(
        StatusCodes.Status400BadRequest,
        OperationOutcome.IssueType.Value,
        $"{FhirCaller.PurposeHeader} is a code of HL7 v3 PurposeOfUse; {FhirCaller.PersonHeader} has at most 200 bytes, {FhirCaller.RoleHeader} 100.");

    public static FhirAnswer StoreFailed() => FhirAnswer.Failed(StatusCodes.Status503ServiceUnavailable, OperationOutcome.IssueType.Transient, "The node can't write to its store. Nothing was acknowledged; try again.");

    private static IEnumerable<byte[]> ConditionsOf(Bundle bundle) => bundle.Entry
        .Select(entry => entry.Request)
        .OfType<Bundle.RequestComponent>()
        .Where(request => request.Url is not null)
        .SelectMany(request => (string?[])[
            request.IfNoneExist is { Length: > 0 } condition ? $"{request.Url}?{condition[(condition.IndexOf('?') + 1)..]}" : null,
            request.Method is not Bundle.HTTPVerb.GET && request.Url!.Contains('?', StringComparison.Ordinal) ? request.Url : null])
        .OfType<string>()
        .Select(text => Digest.Of(Encoding.UTF8.GetBytes(text)).ToArray());

    private static byte[] KeyOf(string type, string condition) => Digest.Of(Encoding.UTF8.GetBytes($"{type}?{condition}")).ToArray();

    /// <summary>Until it is disposed of, nobody else looks up this condition and acts upon it.</summary>
    public Task<IDisposable> HoldAsync(string type, string condition, CancellationToken cancellationToken) => _conditions.AcquireAsync([KeyOf(type, condition)], cancellationToken);

    public ConditionalLookup LookUp(Glimpses glimpses) => new(search, glimpses, server, time);

    // Whether there is such a record, and whether it is granted, makes no difference: the form of the id alone decides. This node makes no such ids, and takes none.
    public bool IsForeign(string type, string id) =>
        (RecordId.TryParse(id) is not null && reader.Find(type, id) is null) || definitions.Find(type, id) is not null;

    public static FhirAnswer ReadOnly() => FhirAnswer.Failed(StatusCodes.Status405MethodNotAllowed, OperationOutcome.IssueType.NotSupported, ForeignIsReadOnly);

    public static string NewId() => Guid.NewGuid().ToString("D");

    private static uint? VersionOf(string? eTag) =>
        uint.TryParse(ResourceVersion.ReadETag(eTag), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    private async Task<FhirAnswer> ExistingAsync(string match, Glimpses glimpses, HttpRequest request, Asking asking, CancellationToken cancellationToken)
    {
        if (FhirReference.Parse(match) is not { } found || reader.Find(found.Type, found.Id) is not { } stored || reader.Open(stored, stored.CurrentVersion) is not { } current)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status409Conflict, OperationOutcome.IssueType.Conflict, "The resource was changed meanwhile.");
        }

        await readLog.ShowAsync([current], glimpses, asking, cancellationToken);
        var version = VersionOf(current);
        return FhirAnswer.OfVersion(StatusCodes.Status200OK, version, Preferences.Of(request).BodyOf(current.Json), $"{server.Url}/{version.Versioned}");
    }

    /// <summary>If-Match, where there is one. False if it can't be read.</summary>
    public static bool TryReadIfMatch(HttpRequest request, out uint? version)
    {
        var ifMatch = request.Headers.IfMatch.ToString();
        version = ifMatch.Length == 0 ? null : VersionOf(ifMatch);
        return ifMatch.Length == 0 || version is not null;
    }

    public static FhirAnswer BadIfMatch() =>
        FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Value, "If-Match is one ETag of this server, such as W/\"1\".");

    public static FhirAnswer OtherVersion(string type) =>
        FhirAnswer.Failed(StatusCodes.Status412PreconditionFailed, OperationOutcome.IssueType.Conflict, TextOf(WriteRefusal.OtherVersion, type));

    /// <summary>Writes a resource whose request has been read and, where it has a condition, decided.</summary>
    /// <param name="resource">Its id and meta are stamped.</param>
    /// <param name="id">That it gets or has.</param>
    /// <param name="ifVersion">The version that must be the newest; null where any will do.</param>
    /// <param name="request">Says what it wants back.</param>
    /// <param name="asking">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="ifAbsent">Whether there must be none of this id.</param>
    public async Task<FhirAnswer> WriteOneAsync(
        Resource resource, string id, uint? ifVersion, HttpRequest request, Asking asking, CancellationToken cancellationToken, bool ifAbsent = false)
    {
        var glimpses = new Glimpses();
        var (intent, issue) = intents.Make(resource, id, ifVersion, null, glimpses);
        if (intent is null)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue!]);
        }

        ReadOnlyMemory<byte> json = default;
        var kept = intent with
        {
            Render = (number, at) => json = intent.Render(number, at),
            IfAbsent = ifAbsent,
        };
        var outcome = await writer.WriteAsync([kept], cancellationToken);
        if (outcome is not WriteOutcome.Written([var (number, created)], var at))
        {
            return await RefuseAsync((WriteOutcome.Refused)outcome, [resource], glimpses, asking, cancellationToken);
        }

        var version = new ResourceVersion(resource.TypeName, id, number.ToString(CultureInfo.InvariantCulture), at);
        return FhirAnswer.OfVersion(
            created ? StatusCodes.Status201Created : StatusCodes.Status200OK, version, Preferences.Of(request).BodyOf(json), $"{server.Url}/{version.Versioned}");
    }

    private async Task<FhirAnswer> TransactAsync(BundlePlan plan, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        var operations = new List<PlannedOperation>(plan.Operations.Count);
        foreach (var planned in plan.Operations)
        {
            var (operation, refusal) = await ResolveAsync(planned, asking, cancellationToken);
            if (operation is null)
            {
                return FhirAnswer.Failed(refusal!.Status, refusal.Issues);
            }

            operations.Add(operation);
        }

        var writes = operations.Where(IsWrite).ToList();
        var glimpses = new Glimpses();
        var made = Intents(writes, glimpses);
        if (made.Find(one => one.Issue is not null).Issue is { } issue)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue]);
        }

        var written = new Dictionary<PlannedOperation, EntryResult>();
        if (made.Count > 0)
        {
            var outcome = await writer.WriteAsync([.. made.Select(one => one.Intent!)], cancellationToken);
            if (outcome is not WriteOutcome.Written(var versions, var at))
            {
                return await RefuseAsync((WriteOutcome.Refused)outcome, [.. writes.Select(operation => operation.Resource)], glimpses, asking, cancellationToken);
            }

            for (var i = 0; i < writes.Count; i++)
            {
                written[writes[i]] = Result(writes[i], versions[i], at, preference);
            }
        }

        var results = new List<EntryResult>(plan.Operations.Count);
        foreach (var operation in operations)
        {
            results.Add(written.GetValueOrDefault(operation) ?? await OtherOrUnavailableAsync(operation, preference, asking, cancellationToken));
        }

        return FhirAnswer.Of(StatusCodes.Status200OK, BundleResponse.Build(plan, results));
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

    private async Task<FhirAnswer> BatchAsync(BundlePlan plan, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        var results = new List<EntryResult>(plan.Operations.Count);
        foreach (var operation in plan.Operations)
        {
            results.Add(IsWrite(operation) || operation.Kind == PlannedKind.Patch
                ? await WriteEntryAsync(operation, preference, asking, cancellationToken)
                : await OtherOrUnavailableAsync(operation, preference, asking, cancellationToken));
        }

        return FhirAnswer.Of(StatusCodes.Status200OK, BundleResponse.Build(plan, results));
    }

    private async Task<EntryResult> WriteEntryAsync(PlannedOperation planned, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        try
        {
            var (operation, refusal) = await ResolveAsync(planned, asking, cancellationToken);
            if (operation is null)
            {
                return BundleReads.Failed(refusal!.Status, refusal.Issues);
            }

            var glimpses = new Glimpses();
            var (intent, issue) = Intents([operation], glimpses)[0];
            if (intent is null)
            {
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                return Failed("422 Unprocessable Entity", Outcome.Of(issue!));
            }

            var outcome = await writer.WriteAsync([intent], cancellationToken);
            if (outcome is WriteOutcome.Written(var versions, var at))
            {
                return Result(operation, versions[0], at, preference);
            }

            var refused = (WriteOutcome.Refused)outcome;
            glimpses.Find(refused.Found);
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return Failed(
                StatusOf(refused.Reason),
                Outcome.Of(Outcome.Error(CodeOf(refused.Reason), TextOf(refused.Reason, operation.Resource?.TypeName))));
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
        return operation.IfMatch is { } ifMatch && (expected = VersionOf(ifMatch)) is null
                ? (null, new Patched.Refused(StatusCodes.Status422UnprocessableEntity, [BadIfMatch($"{where}.request.ifMatch")]))
            : IsForeign(operation.Type!, operation.Id!)
                ? (null, new Patched.Refused(StatusCodes.Status422UnprocessableEntity, [Outcome.Error(OperationOutcome.IssueType.NotSupported, ForeignIsReadOnly, where)]))
            : await patching.ResolveAsync(operation, expected, asking, cancellationToken);
    }

    private static OperationOutcome.IssueComponent BadIfMatch(string where) => Outcome.Error(OperationOutcome.IssueType.Value, "ifMatch is one ETag of this server, such as W/\"1\".", where);

    private List<(WriteIntent? Intent, OperationOutcome.IssueComponent? Issue)> Intents(IReadOnlyList<PlannedOperation> writes, Glimpses glimpses)
    {
        var alongside = new Dictionary<string, Resource>(StringComparer.Ordinal);
        foreach (var operation in writes.Where(operation => operation.Resource is not null))
        {
            alongside[operation.Location!] = operation.Resource!;
        }

        return [.. writes.Select(operation => Intent(operation, alongside, glimpses))];
    }

    private (WriteIntent? Intent, OperationOutcome.IssueComponent? Issue) Intent(PlannedOperation operation, Dictionary<string, Resource> alongside, Glimpses glimpses)
    {
        uint? expected = null;
        if (operation.IfMatch is { } ifMatch && (expected = VersionOf(ifMatch)) is null)
        {
            return (null, BadIfMatch($"Bundle.entry[{operation.Entry}].request.ifMatch"));
        }

        if (IsForeign(operation.Type!, operation.Id!))
        {
            return (null, Outcome.Error(OperationOutcome.IssueType.NotSupported, ForeignIsReadOnly, $"Bundle.entry[{operation.Entry}]"));
        }

        if (operation.Kind == PlannedKind.Delete)
        {
            var stored = reader.Find(operation.Type!, operation.Id!);
            glimpses.Find(stored is null ? [] : [stored]);
            return stored is { Deleted: false } && reader.Open(stored, stored.CurrentVersion) is { } current
                ? (IntentMaker.Delete(current, PatientOf(stored), expected), null)
                : (null, Outcome.Error(OperationOutcome.IssueType.NotFound, "There is nothing to delete.", $"Bundle.entry[{operation.Entry}]"));
        }

        var (intent, issue) = intents.Make(operation.Resource!, operation.Id!, expected, alongside, glimpses);
        if (issue is not null)
        {
            issue.Expression = [$"Bundle.entry[{operation.Entry}].resource"];
        }

        return (intent is null ? null : intent with { IfAbsent = operation.IfAbsent }, issue);
    }

    private async Task<EntryResult> OtherAsync(PlannedOperation operation, Preference? preference, Asking asking, CancellationToken cancellationToken)
    {
        switch (operation.Kind)
        {
            case PlannedKind.DeleteNothing:
                return new EntryResult("204 No Content", null, null, null, null, null);
            case PlannedKind.UseExisting when reader.Find(operation.Type!, operation.Id!) is { } stored && reader.Open(stored, stored.CurrentVersion) is { } current:
                await readLog.ShowAsync([current], [], asking, cancellationToken);
                var version = VersionOf(current);
                return Prefer(new EntryResult("200 OK", version.Versioned, version.VersionId, version.LastUpdated, null, null), AuthorSearch.Parse(current), preference);
            case PlannedKind.Read when await reads.FindAsync(operation, asking, cancellationToken) is { } found:
                return found;
            case PlannedKind.Read when operation.Id is null && operation.Type is not null:
                return await SearchEntryAsync(operation, asking, cancellationToken);
            default:
                return Failed("404 Not Found", Outcome.NotFound());
        }
    }

    private async Task<EntryResult> SearchEntryAsync(PlannedOperation operation, Asking asking, CancellationToken cancellationToken)
    {
        var text = operation.Url.Contains('?', StringComparison.Ordinal) ? operation.Url[(operation.Url.IndexOf('?', StringComparison.Ordinal) + 1)..] : "";
        var parsed = SearchQuery.Parse(operation.Type!, QueryText.Parse(text), strict: false, server, time.GetUtcNow());
        if (parsed is not SearchQueryResult.Accepted(var query))
        {
            return Failed("400 Bad Request", Outcome.Of([.. ((SearchQueryResult.Refused)parsed).Issues]));
        }

        if (!query.Result.IsPlain)
        {
            return Failed("400 Bad Request", Outcome.Of(Outcome.Error(OperationOutcome.IssueType.NotSupported, "A search in a Bundle has no _include, _revinclude, _summary, _elements or _total.")));
        }

        if (await search.FindOwnAsync(query, enough: int.MaxValue, cancellationToken) is not { } found)
        {
            await readLog.ShowAsync([], query.NamedPatients, asking, cancellationToken);
            return Failed("403 Forbidden", Outcome.Of(Outcome.Error(OperationOutcome.IssueType.TooCostly, "The search would open too many records: name a patient or a code.")));
        }

        var page = SearchEvaluator.Sort(found.Own, hit => hit.Resource, query).Take(Math.Min(query.Count ?? FhirReader.UsualPage, FhirReader.LargestPage)).ToList();
        var glimpses = new Glimpses();
        glimpses.Name(query.NamedPatients);
        glimpses.Find(page.SelectMany(hit => found.Told(hit.Resource)));
        await readLog.ShowAsync([.. page.Select(hit => hit.Version)], glimpses, asking, cancellationToken);
        return new EntryResult("200 OK", null, null, null, Searchset.Build(query, server, [.. page.Select(hit => hit.Resource)], null), null);
    }

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

    private async Task<FhirAnswer> RefuseAsync(WriteOutcome.Refused refused, IReadOnlyList<Resource?> resources, Glimpses glimpses, Asking asking, CancellationToken cancellationToken)
    {
        glimpses.Find(refused.Found);
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return FhirAnswer.Failed(
            int.Parse(StatusOf(refused.Reason).AsSpan(0, 3), CultureInfo.InvariantCulture),
            CodeOf(refused.Reason),
            TextOf(refused.Reason, resources[refused.Intent]?.TypeName));
    }

    private static string StatusOf(WriteRefusal reason) => reason switch
    {
        WriteRefusal.OtherVersion => "412 Precondition Failed",
        WriteRefusal.AlreadyThere => "409 Conflict",
        WriteRefusal.OtherOwner or WriteRefusal.UnknownPatient => "422 Unprocessable Entity",
    };

    private static OperationOutcome.IssueType CodeOf(WriteRefusal reason) => reason switch
    {
        WriteRefusal.OtherVersion or WriteRefusal.AlreadyThere => OperationOutcome.IssueType.Conflict,
        WriteRefusal.OtherOwner or WriteRefusal.UnknownPatient => OperationOutcome.IssueType.BusinessRule,
    };

    private static string TextOf(WriteRefusal reason, string? type) => reason switch
    {
        WriteRefusal.OtherVersion => $"{type ?? "The resource"} is not at the version that If-Match names.",
        WriteRefusal.AlreadyThere => $"There is a {type ?? "resource"} of this id, and the condition does not find it.",
        WriteRefusal.OtherOwner => $"{type ?? "The resource"} belongs to another patient, or to none, and can't change hands: delete it and create it anew.",
        WriteRefusal.UnknownPatient => $"The patient of {type ?? "the resource"} is not one of this server's.",
    };

    private static ResourceVersion VersionOf(OpenedVersion version) =>
        new(version.Type, version.Id, version.Version.ToString(CultureInfo.InvariantCulture), version.LastUpdated);

    private string? PatientOf(StoredResource stored) => stored.PatientRow == 0 ? null : patients.FindByRow(stored.PatientRow)?.Id;
}
