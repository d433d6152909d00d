using System.Collections.Concurrent;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Signing;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Reading;

/// <summary>
/// Granted records as this organisation's systems see them: under their record ids, about the local patient, without a trace of what is not granted. No criterion touches anything
/// else; the exact search runs over the rewritten view.
/// </summary>
internal sealed class ForeignRecords(HeldGrants grants, GranteeReader reader) : IForeignRecords
{
    // A search that names no patient asks under every grant, each of which is logged.
    private const int MostGrantsUnnamed = 64;

    // What a reference in an author's record means here is known once the record that it names has been read.
    private readonly ConcurrentDictionary<(Ed25519PublicKey Author, string PatientLink, string Reference), RecordId> _known = new();
    private readonly ConcurrentDictionary<RecordId, HeldGrant> _grantOf = new();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Resource>> FindAsync(string type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken)
    {
        var wanted = recordIds.Select(RecordId.TryParse).OfType<RecordId>().ToHashSet();
        if (wanted.Count == 0)
        {
            return [];
        }

        // Where a record was read before, its grant is known; otherwise every grant is asked. Each is one search and one read, however many records it is about.
        var active = grants.Active().Where(grant => grant.Access.Terms.Allows(asking.Purpose)).ToList();
        var known = wanted.Select(id => _grantOf.GetValueOrDefault(id)).ToList();
        var likely = known.All(grant => grant is not null && active.Contains(grant)) ? known.Distinct().OfType<HeldGrant>() : active.Take(MostGrantsUnnamed);
        var found = new List<Resource>();
        foreach (var grant in likely)
        {
            if (wanted.Count > 0 && await reader.SearchAsync(grant, [[$"_type|{type}"]], asking, cancellationToken) is { } candidates)
            {
                var here = candidates.Where(candidate => wanted.Remove(candidate.Header.Record.Record)).ToList();
                found.AddRange((await ShowAsync(grant, here, asking, cancellationToken)).Where(resource => resource.TypeName == type));
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Resource>?> SearchAsync(SearchQuery query, Asking asking, CancellationToken cancellationToken)
    {
        var named = query.NamedPatients;
        var asked = grants.Active()
            .Where(grant => grant.Access.Terms.Allows(asking.Purpose) && (named.Count == 0 || named.Any(id => grant.PatientLink == $"Patient/{id}")))
            .ToList();
        if (asked.Count > MostGrantsUnnamed && named.Count == 0)
        {
            return null;
        }

        // Two grants may cover one record: it is shown once.
        var plan = Translate(query);
        var found = await System.Threading.Tasks.Task.WhenAll(asked.Select(async grant =>
            await reader.SearchAsync(grant, plan, asking, cancellationToken) is { } candidates ? await ShowAsync(grant, Narrow(candidates, query), asking, cancellationToken) : null));
        return found.Any(resources => resources is null)
            ? null
            : [.. found.SelectMany(resources => resources!).Where(resource => resource.TypeName == query.ResourceType && SearchEvaluator.Matches(resource, query)).DistinctBy(resource => resource.Id)];
    }

    /// <inheritdoc/>
    public bool IsShown(string recordId) => RecordId.TryParse(recordId) is { } record && _grantOf.TryGetValue(record, out var grant) && grants.Active().Contains(grant);

    // The author's index knows neither this organisation's patient nor its ids: the grant stands for the patient, and other references are evaluated on what was opened.
    private static IReadOnlyList<IReadOnlyList<string>> Translate(SearchQuery query) =>
        [.. query.Plan().AllOf.Where(group => SearchParameters.Find(query.ResourceType, group[0][..group[0].IndexOf('|', StringComparison.Ordinal)])?.Kind is not SearchParamType.Reference)];

    private static IReadOnlyList<Candidate> Narrow(IReadOnlyList<Candidate> candidates, SearchQuery query) =>
        query.Ids is { } ids ? [.. candidates.Where(candidate => ids.Contains(candidate.Header.Record.Record.ToString()!))] : candidates;

    private async Task<List<Resource>> ShowAsync(HeldGrant grant, IReadOnlyList<Candidate> candidates, Asking asking, CancellationToken cancellationToken)
    {
        var opened = new List<(Candidate Candidate, Resource Resource)>();
        foreach (var (candidate, json) in await reader.ReadAsync(grant, candidates, asking, cancellationToken))
        {
            if (FhirJson.Parse(json.Span).Match<Resource?>(resource => resource, _ => null) is { } resource)
            {
                opened.Add((candidate, resource));
                _known[(grant.Access.Author.Key, grant.PatientLink, $"{resource.TypeName}/{resource.Id}")] = candidate.Header.Record.Record;
                _grantOf[candidate.Header.Record.Record] = grant;
            }
        }

        var shown = new List<Resource>(opened.Count);
        foreach (var (candidate, resource) in opened)
        {
            var view = new GranteeView(reference => Rewrite(grant, reference));
            if (view.Show(resource, candidate.Header.Record.Record.ToString()!) is { } visible)
            {
                shown.Add(visible);
            }
        }

        return shown;
    }

    private string? Rewrite(HeldGrant grant, string reference)
    {
        if (FhirReference.Parse(reference) is not { Base: null } parsed)
        {
            return null;
        }

        // A record is about one patient only, so whoever a Patient reference in it names is the granted one.
        return parsed.Type == "Patient" ? grant.PatientLink
            : _known.TryGetValue((grant.Access.Author.Key, grant.PatientLink, parsed.Relative), out var record) ? $"{parsed.Type}/{record}"
            : null;
    }
}
