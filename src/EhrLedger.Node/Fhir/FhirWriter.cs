using System.Globalization;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Fhir.Views;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>create, update and delete.</summary>
/// <remarks>
/// A write that goes through stands in its patient's log by itself. Every other answer can tell what is there: whom the request names, and what it found, is logged before it goes out, and
/// without the log there is no answer.
/// </remarks>
internal sealed class FhirWriter(
    AuthorWriter writer, AuthorReader reader, Sight sight, Chains.ChainSearch search, IntentMaker intents, ReadLog readLog, PatientDirectory patients, ServerBase server, SpecificationDefinitions definitions, WithViews views, TimeProvider time)
{
    public const string ForeignIsReadOnly = "An id of 32 hexadecimal digits is the record id of another author's record: it can be read where the patient's grant shows it, and only its author writes it. The specification's own definitions, and what this node makes itself, are not written at all.";

    // One condition at a time is looked up and acted upon, so that two equal requests make one resource.
    private readonly KeyedLocks _conditions = new();

    public async Task<FhirAnswer> CreateAsync(string type, HttpRequest request, CancellationToken cancellationToken)
    {
        var condition = request.Headers["If-None-Exist"].ToString();
        var (asking, notOpen) = FhirCaller.For(request, type, condition.Length > 0 ? Interactions.Create | Interactions.Search : Interactions.Create);
        if (asking is null)
        {
            return notOpen!;
        }

        asking = asking with { Needs = Interactions.Create };
        var (resource, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
        if (resource is null)
        {
            return refusal!;
        }

        if (resource.TypeName != type)
        {
            return FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, $"The body is a {resource.TypeName}, the URL says {type}.");
        }

        if (condition.Length == 0)
        {
            return await WriteOneAsync(resource, NewId(), null, request, asking, cancellationToken);
        }

        using var held = await HoldAsync(type, condition, cancellationToken);
        var glimpses = new Glimpses();
        var matches = await LookUp(glimpses, asking).FindAsync(type, condition, new HashSet<string>(), cancellationToken);
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
        var (asking, notOpen) = FhirCaller.For(request, type, Interactions.Update);
        if (asking is null)
        {
            return notOpen!;
        }

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

        return TryReadIfMatch(request, out var expected) ? await WriteOneAsync(resource, id, expected, request, asking, cancellationToken) : BadIfMatch();
    }

    /// <summary>One answer for what was there, was deleted before, or never was: only where it is there something is written, and that is in the patient's log.</summary>
    public async Task<FhirAnswer> DeleteAsync(string type, string id, HttpRequest request, CancellationToken cancellationToken)
    {
        if (ProvenanceHeader.IsIn(request))
        {
            return ProvenanceHeader.NotHere();
        }

        var (asking, notOpen) = FhirCaller.For(request, type, Interactions.Delete);
        if (asking is null)
        {
            return notOpen!;
        }

        if (IsForeign(type, id))
        {
            return ReadOnly();
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

        var current = reader.Open(stored, stored.CurrentVersion);
        if (!(current is null ? sight.SeesAnyOf(asking, stored, type) : sight.Sees(asking, current)))
        {
            return ifVersion is null ? Preferences.Of(request).Deleted() : OtherVersion(type);
        }

        glimpses.Find(stored);
        if (current is null)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Damaged();
        }

        if (await writer.WriteAsync([IntentMaker.Delete(current, PatientOf(stored), ifVersion)], asking, cancellationToken) is WriteOutcome.Written)
        {
            return Preferences.Of(request).Deleted();
        }

        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return ifVersion is null ? FhirAnswer.Failed(StatusCodes.Status409Conflict, OperationOutcome.IssueType.Conflict, "The resource was changed meanwhile.") : OtherVersion(type);
    }

    public static FhirAnswer BadCaller() => FhirAnswer.Failed(
        StatusCodes.Status401Unauthorized,
        OperationOutcome.IssueType.Login,
        "An access token of this node is needed.");

    public static FhirAnswer StoreFailed() => FhirAnswer.Failed(StatusCodes.Status503ServiceUnavailable, OperationOutcome.IssueType.Transient, "The node can't write to its store. Nothing was acknowledged; try again.");

    /// <summary>Until it is disposed of, nobody else looks up this condition and acts upon it.</summary>
    public Task<IDisposable> HoldAsync(string type, string condition, CancellationToken cancellationToken) => HoldAsync([$"{type}?{condition}"], cancellationToken);

    /// <summary>The same for several, each a type, a question mark and a search.</summary>
    public Task<IDisposable> HoldAsync(IEnumerable<string> conditions, CancellationToken cancellationToken) =>
        _conditions.AcquireAsync(conditions.Select(condition => Digest.Of(Encoding.UTF8.GetBytes(condition)).ToArray()), cancellationToken);

    public ConditionalLookup LookUp(Glimpses glimpses, Asking asking) => new(search, glimpses, asking.Searching, server, time);

    // Whether there is such a record, and whether it is granted, makes no difference: the form of the id alone decides. This node makes no such ids, and takes none.
    public bool IsForeign(string type, string id) =>
        (RecordId.TryParse(id) is not null && reader.Find(type, id) is null) || definitions.Find(type, id) is not null || views.Owns(type, id);

    public static FhirAnswer ReadOnly() => FhirAnswer.Failed(StatusCodes.Status405MethodNotAllowed, OperationOutcome.IssueType.NotSupported, ForeignIsReadOnly);

    public static string NewId() => Guid.NewGuid().ToString("D");

    /// <summary>Null for what is no ETag of this server's.</summary>
    public static uint? VersionOf(string? eTag) =>
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
        FhirAnswer.Failed(StatusCodes.Status412PreconditionFailed, OperationOutcome.IssueType.Conflict, WriteRefusal.OtherVersion.ToText(type));

    /// <summary>Writes a resource whose request has been read and, where it has a condition, decided.</summary>
    /// <param name="resource">Its id and meta are stamped.</param>
    /// <param name="id">That it gets or has.</param>
    /// <param name="ifVersion">The version that must be the newest; null where any will do.</param>
    /// <param name="request">Says what it wants back.</param>
    /// <param name="asking">Who.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="ifAbsent">Whether there must be none of this id.</param>
    /// <param name="isKnown">Whether the caller knows what is written, so that showing it is no read.</param>
    public async Task<FhirAnswer> WriteOneAsync(
        Resource resource, string id, uint? ifVersion, HttpRequest request, Asking asking, CancellationToken cancellationToken, bool ifAbsent = false, bool isKnown = true)
    {
        if (!ProvenanceHeader.TryRead(request, $"{resource.TypeName}/{id}", out var provenance))
        {
            return ProvenanceHeader.Bad();
        }

        var glimpses = new Glimpses();
        var (intent, issue) = intents.Make(resource, id, ifVersion, null, glimpses);
        if (intent is null)
        {
            await readLog.TellAsync(glimpses, asking, cancellationToken);
            return FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue!]);
        }

        if (!sight.MayWrite(asking, resource, intent))
        {
            await TellOfTakenAsync(intent, glimpses, asking, cancellationToken);
            return FhirAnswer.NotInScopes(FhirCaller.NotInScopes(asking.Needs, $"this {intent.Type}"));
        }

        WriteIntent? beside = null;
        if (provenance is not null)
        {
            (beside, issue) = intents.Make(provenance, NewId(), null, new Dictionary<string, Resource>(StringComparer.Ordinal) { [$"{resource.TypeName}/{id}"] = resource }, glimpses);
            if (beside is null)
            {
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                return FhirAnswer.Failed(StatusCodes.Status422UnprocessableEntity, [issue!]);
            }

            if (!sight.MayWrite(asking with { Needs = Interactions.Create }, provenance, beside))
            {
                await readLog.TellAsync(glimpses, asking, cancellationToken);
                return FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.Forbidden, FhirCaller.NotInScopes(Interactions.Create, "this Provenance"));
            }
        }

        ReadOnlyMemory<byte> json = default;
        var kept = intent with
        {
            Render = (number, at) => json = intent.Render(number, at),
            IfAbsent = ifAbsent || intent.IfAbsent,
        };
        // Two are rendered in their order, and so the number of the first is known to the second.
        var outcome = await writer.WriteAsync(beside is null ? [kept] : [kept with { Render = (number, at) => Target(kept.Render(number, at), number) }, beside], asking, cancellationToken);
        if (outcome is not WriteOutcome.Written([var (number, created), ..], var at))
        {
            return await RefuseAsync((WriteOutcome.Refused)outcome, [resource, provenance], glimpses, asking, cancellationToken);
        }

        var version = new ResourceVersion(resource.TypeName, id, number.ToString(CultureInfo.InvariantCulture), at);
        return FhirAnswer.OfVersion(
            created ? StatusCodes.Status201Created : StatusCodes.Status200OK,
            version,
            isKnown || asking.Access.Sees(Interactions.Read, resource, intent.PatientId) ? Preferences.Of(request).BodyOf(json) : default,
            $"{server.Url}/{version.Versioned}");

        ReadOnlyMemory<byte> Target(ReadOnlyMemory<byte> rendered, uint number)
        {
            provenance!.Target[0].Reference = string.Create(CultureInfo.InvariantCulture, $"{resource.TypeName}/{id}/_history/{number}");
            return rendered;
        }
    }

    /// <summary>Logs that a write was refused because of what its scopes leave out: the answer may tell that the id is taken.</summary>
    public System.Threading.Tasks.Task TellOfTakenAsync(WriteIntent intent, Glimpses glimpses, Asking asking, CancellationToken cancellationToken)
    {
        glimpses.Find(reader.Find(intent.Type, intent.Id) is { } stored ? [stored] : []);
        return readLog.TellAsync(glimpses, asking, cancellationToken);
    }

    /// <summary>What a refused write answers, logged.</summary>
    public async Task<FhirAnswer> RefuseAsync(WriteOutcome.Refused refused, IReadOnlyList<Resource?> resources, Glimpses glimpses, Asking asking, CancellationToken cancellationToken)
    {
        glimpses.Find(refused.Found);
        await readLog.TellAsync(glimpses, asking, cancellationToken);
        return FhirAnswer.Failed(
            refused.Reason.ToStatus(),
            refused.Reason.ToCode(),
            refused.Reason.ToText(resources[refused.Intent]?.TypeName));
    }

    public static ResourceVersion VersionOf(OpenedVersion version) =>
        new(version.Type, version.Id, version.Version.ToString(CultureInfo.InvariantCulture), version.LastUpdated);

    /// <summary>FHIR id; null for what no patient owns.</summary>
    public string? PatientOf(StoredResource stored) => stored.PatientRow == 0 ? null : patients.FindByRow(stored.PatientRow)?.Id;
}
