using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Operations;

/// <summary>
/// $everything of a patient or an encounter (FHIR R4, Patient-everything, Encounter-everything): this organisation's own records, what they refer to in the directory, and what is granted about the
/// patient. Records are opened one by one; only those of the page are held.
/// </summary>
internal sealed class EverythingOperation(
    AuthorReader reader, Sight sight, PatientDirectory patients, ReadLog readLog, IForeignRecords foreign, SearchSessions sessions, ServerBase server, TimeProvider time)
{
    public static readonly IReadOnlyList<string> Types = ["Patient", "Encounter"];

    // A chart in one page where nobody asks for less: a further page of granted records logs and opens them once more.
    private const int UsualPage = 5_000;

    public async Task<FhirAnswer> AnswerAsync(string type, string id, HttpRequest request, CancellationToken cancellationToken)
    {
        var (asking, notOpen) = FhirCaller.For(request, type, Interactions.Read | Interactions.Search);
        if (asking is null)
        {
            return notOpen!;
        }

        IReadOnlyList<(string Name, string Value)> parameters = FhirFeature.ParametersOf(request);
        if (HttpMethods.IsPost(request.Method) && request.ContentLength is not 0)
        {
            var (body, refusal) = await FhirBody.ReadAsync(request, cancellationToken);
            if (body is not Parameters sent)
            {
                return refusal ?? FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, "Send Parameters.");
            }

            parameters = [.. parameters, .. sent.Parameter.Select(one => (one.Name ?? "", one.Value?.ToString() ?? ""))];
        }

        if (parameters is [("_page", var token)])
        {
            return await PageAsync(type, id, token, asking, cancellationToken);
        }

        var strict = request.Headers["Prefer"].ToString().Contains("handling=strict", StringComparison.Ordinal);
        var (query, issue) = EverythingQuery.Parse(type, parameters, strict, server, time.GetUtcNow());
        return query is null
            ? FhirAnswer.Failed(StatusCodes.Status400BadRequest, [issue!])
            : FindVisible(type, id, asking) is { } stored ? await OwnAsync(type, id, stored, query, asking, cancellationToken)
            : type == "Encounter" ? await GrantedEncounterAsync(id, query, asking, cancellationToken)
            : FhirAnswer.NotFound();
    }

    private StoredResource? FindVisible(string type, string id, Asking asking) =>
        reader.Find(type, id) is { } stored && (reader.Open(stored, stored.CurrentVersion) is { } version ? sight.Sees(asking, version) : sight.SeesAnyOf(asking, stored, type)) ? stored : null;

    private async Task<FhirAnswer> OwnAsync(string type, string id, StoredResource stored, EverythingQuery query, Asking asking, CancellationToken cancellationToken)
    {
        var seen = new Glimpses();
        seen.Find(stored);
        if (stored.Deleted || patients.FindByRow(stored.PatientRow) is not { } patient)
        {
            await readLog.TellAsync(seen, asking, cancellationToken);
            return stored.Deleted ? FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Deleted, "The resource was deleted.") : FhirAnswer.Damaged();
        }

        var about = type == "Encounter" ? $"Encounter/{id}" : null;
        var size = SizeOf(query);
        if (Collect(patient, about, query, size, asking, cancellationToken) is not { } found)
        {
            return await TooCostlyAsync(patient, asking, cancellationToken);
        }

        // Another author's records can't refer to an encounter of this one's.
        var reach = Reach.All;
        if (about is null)
        {
            if (await foreign.EverythingAsync(patient.Id, query.Types, null, asking, cancellationToken) is not ForeignAnswer.Shown(var granted, var reached))
            {
                return await TooCostlyAsync(patient, asking, cancellationToken);
            }

            reach = reached;
            found.AddRange(Asked(granted, query).Select(resource => new Found($"{resource.TypeName}/{resource.Id}", null, null, resource)));
        }

        seen.Name(patient.Id);
        return await FirstPageAsync(type, id, found, size, seen, query, reach, asking, cancellationToken);
    }

    private async Task<FhirAnswer> GrantedEncounterAsync(string id, EverythingQuery query, Asking asking, CancellationToken cancellationToken)
    {
        var answer = await foreign.FindAsync("Encounter", [id], asking, cancellationToken);
        if (answer is not ForeignAnswer.Shown([Encounter { Subject.Reference: { } subject }], _))
        {
            return FhirReader.NotShown(answer);
        }

        var patientId = FhirReference.Parse(subject)?.Id ?? "";
        var all = await foreign.EverythingAsync(patientId, query.Types, null, asking, cancellationToken);
        var seen = new Glimpses();
        seen.Name(patientId);
        if (all is not ForeignAnswer.Shown(var granted, var reach))
        {
            await readLog.TellAsync(seen, asking, cancellationToken);
            return TooCostly();
        }

        var found = Asked(granted, query)
            .Where(resource => (resource.TypeName == "Encounter" && resource.Id == id) || ReferencesInJson.Of(FhirJson.Write(resource), server).Contains($"Encounter/{id}"))
            .Select(resource => new Found($"{resource.TypeName}/{resource.Id}", null, null, resource))
            .ToList();
        return await FirstPageAsync("Encounter", id, found, SizeOf(query), seen, query, reach, asking, cancellationToken);
    }

    private async Task<FhirAnswer> FirstPageAsync(
        string type, string id, List<Found> found, int size, Glimpses seen, EverythingQuery query, Reach reach, Asking asking, CancellationToken cancellationToken)
    {
        // That there is a next page tells of the resource that begins it.
        var more = found.Count > size;
        seen.Find(more && found[size].Own is { } next ? [next] : []);
        var page = found.Take(size).ToList();
        await readLog.ShowAsync([.. page.Select(one => one.Version).OfType<OpenedVersion>()], seen, asking, cancellationToken);
        var link = more
            ? Link(type, id, sessions.TokenOf(sessions.Keep(new SearchSession(ScopeOf(type, id), [], time.GetUtcNow(), 0, CallerName.OwnerOf(asking), size, [.. found.Select(MatchOf)])), 1))
            : null;
        var self = $"{server.Url}/{type}/{id}/$everything{(query.Understood.Count == 0 ? "" : "?" + QueryText.Write(query.Understood))}";
        return Page(page.Select(one => (one.Version, one.Granted)), self, link, [.. query.Warnings, .. FhirReader.WarningsOf(reach)]);
    }

    private async Task<FhirAnswer> PageAsync(string type, string id, string token, Asking asking, CancellationToken cancellationToken)
    {
        if (sessions.Find(token) is not var (kept, name, number) || kept.Scope != ScopeOf(type, id) || !kept.IsOf(asking))
        {
            return FhirAnswer.Failed(StatusCodes.Status410Gone, OperationOutcome.IssueType.Expired, "This page is no longer kept: ask again.");
        }

        var matches = kept.Matches.Skip(number * kept.Size).Take(kept.Size).ToList();
        var versions = matches.Select(match => match.Version is { } version && reader.Find(match.Type, match.Id) is { } stored ? reader.Open(stored, version) : null).ToList();
        var granted = new Dictionary<string, Resource>(StringComparer.Ordinal);
        var reach = Reach.All;
        var wanted = matches.Where(match => match.Version is null).Select(match => match.Id).ToList();
        if (wanted.Count > 0 && await PatientOfAsync(type, id, asking, cancellationToken) is { } patientId)
        {
            reach = Reach.Some;
            if (await foreign.EverythingAsync(patientId, null, wanted, asking, cancellationToken) is ForeignAnswer.Shown(var resources, var reached))
            {
                (granted, reach) = (resources.ToDictionary(resource => resource.Id!), reached);
            }
        }

        versions = [.. versions.Select(version => version is not null && sight.Sees(asking, version) ? version : null)];
        var shown = versions.OfType<OpenedVersion>().Where(version => !version.Deleted).ToList();
        var next = kept.Matches.ElementAtOrDefault((number + 1) * kept.Size);
        var following = next is null ? null : sessions.TokenOf(name, number + 1);
        await readLog.ShowAsync(shown, NextOf(next), asking, cancellationToken);
        var page = matches.Zip(versions).Select(pair => pair.Second is { Deleted: false } own ? (own, null) : ((OpenedVersion?)null, granted.GetValueOrDefault(pair.First.Id)));
        return Page(page, Link(type, id, token), following is null ? null : Link(type, id, following), FhirReader.WarningsOf(reach));
    }

    private Glimpses NextOf(SearchSession.Match? next)
    {
        var seen = new Glimpses();
        seen.Find(next is { Version: not null } && reader.Find(next.Type, next.Id) is { } stored ? [stored] : []);
        return seen;
    }

    // No type of R4's: the pages of a search and those of this operation can't be taken for each other.
    private static SearchScope ScopeOf(string type, string id) => new("$everything", type, id);

    private static SearchSession.Match MatchOf(Found one) =>
        FhirReference.Parse(one.Name) is { } reference ? new(reference.Type, reference.Id, one.Own?.CurrentVersion, []) : throw new InvalidOperationException("A name is a type and an id.");

    private async Task<string?> PatientOfAsync(string type, string id, Asking asking, CancellationToken cancellationToken) => type == "Patient" ? id
        : await foreign.FindAsync(type, [id], asking, cancellationToken) is ForeignAnswer.Shown([Encounter { Subject.Reference: { } subject }], _) ? FhirReference.Parse(subject)?.Id
        : null;

    /// <summary>Own records in the order of writing, the patient first, then what they name in the directory. Null if it would open too many.</summary>
    private List<Found>? Collect(Authoring.Patient patient, string? about, EverythingQuery query, int size, Asking asking, CancellationToken cancellationToken)
    {
        var all = query.Types is null
            ? reader.All(patient.RowId).Where(stored => !stored.Deleted)
            : reader.Candidates(patient.RowId, [[.. query.Types.Select(type => $"_type|{type}")]]).OrderBy(stored => stored.RowId);
        var first = reader.Find("Patient", patient.Id);
        var found = new List<Found>();
        var directory = new HashSet<string>(StringComparer.Ordinal);
        var opened = 0;
        foreach (var stored in all.Prepend(first).OfType<StoredResource>().Where(stored => !stored.Deleted).DistinctBy(stored => stored.RowId))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++opened > AuthorSearch.MostCandidates)
            {
                return null;
            }

            if (reader.Open(stored, stored.CurrentVersion) is not { Deleted: false } version || !query.IsAsked(version.Type, version.LastUpdated) || !sight.Sees(asking, version))
            {
                continue;
            }

            var name = $"{version.Type}/{version.Id}";
            var references = ReferencesInJson.Of(version.Json.Span, server);
            if ((about is null || name == about || references.Contains(about) || version.Type == "Patient") && (!query.HasWindow || AuthorSearch.Read(version) is not { } resource || query.IsInWindow(resource)))
            {
                directory.UnionWith(references);
                found.Add(new Found(name, stored, found.Count < size ? version : null, null));
            }
        }

        foreach (var name in directory.Order(StringComparer.Ordinal))
        {
            if (FhirReference.Parse(name) is { } reference && reader.Find(reference.Type, reference.Id) is { PatientRow: 0, Deleted: false } stored
                && reader.Open(stored, stored.CurrentVersion) is { Deleted: false } version && query.IsAsked(version.Type, version.LastUpdated) && sight.Sees(asking, version))
            {
                found.Add(new Found(name, stored, found.Count < size ? version : null, null));
            }
        }

        return found;
    }

    private static IEnumerable<Resource> Asked(IEnumerable<Resource> granted, EverythingQuery query) =>
        granted.Where(resource => query.IsAsked(resource.TypeName, resource.Meta?.LastUpdated) && query.IsInWindow(resource));

    private static int SizeOf(EverythingQuery query) => query.Count is { } count ? Math.Min(count, FhirReader.LargestPage) : UsualPage;

    private string Link(string type, string id, string token) => $"{server.Url}/{type}/{id}/$everything?_page={token}";

    private async Task<FhirAnswer> TooCostlyAsync(Authoring.Patient patient, Asking asking, CancellationToken cancellationToken)
    {
        await readLog.ShowAsync([], [patient.Id], asking, cancellationToken);
        return TooCostly();
    }

    private static FhirAnswer TooCostly() =>
        FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.TooCostly, "It would open too many records: name types (_type), or search by type.");

    /// <summary>The author's own go out as they are stored: what the SDK makes of them is needed for other forms only.</summary>
    private FhirAnswer Page(IEnumerable<(OpenedVersion? Own, Resource? Granted)> page, string self, string? next, IReadOnlyList<OperationOutcome.IssueComponent> warnings)
    {
        var all = page.ToList();
        var stored = new Dictionary<Resource, ReadOnlyMemory<byte>>(ReferenceEqualityComparer.Instance);
        return FhirAnswer.Of(Build(StandIn), stored, whole: () => Build(AuthorSearch.Read));

        Resource StandIn(OpenedVersion own)
        {
            var standIn = new Basic();
            stored[standIn] = own.Json;
            return standIn;
        }

        Bundle Build(Func<OpenedVersion, Resource?> show)
        {
            var bundle = new Bundle { Type = Bundle.BundleType.Searchset };
            bundle.Link.Add(new Bundle.LinkComponent { Relation = "self", Url = self });
            bundle.Link.AddRange(next is null ? [] : [new Bundle.LinkComponent { Relation = "next", Url = next }]);
            foreach (var (own, granted) in all)
            {
                if (own is not null && show(own) is { } shown)
                {
                    bundle.Entry.Add(Entry(shown, Bundle.SearchEntryMode.Match, $"{server.Url}/{own.Type}/{own.Id}"));
                }
                else if (granted is not null)
                {
                    bundle.Entry.Add(Entry(granted, Bundle.SearchEntryMode.Match, $"{server.Url}/{granted.TypeName}/{granted.Id}"));
                }
            }

            bundle.Entry.AddRange(warnings.Count == 0 ? [] : [Entry(EhrLedger.Fhir.Outcomes.Outcome.Of(warnings), Bundle.SearchEntryMode.Outcome, null)]);
            return bundle;
        }
    }

    private static Bundle.EntryComponent Entry(Resource resource, Bundle.SearchEntryMode mode, string? url) =>
        new() { FullUrl = url, Resource = resource, Search = new Bundle.SearchComponent { Mode = mode } };

    /// <summary>A resource in its place.</summary>
    /// <param name="Name"><c>Type/id</c>.</param>
    /// <param name="Own">Null for another author's.</param>
    /// <param name="Version">Opened for the first page; null behind it.</param>
    /// <param name="Granted">Another author's, as it may be shown.</param>
    private sealed record Found(string Name, StoredResource? Own, OpenedVersion? Version, Resource? Granted);
}
