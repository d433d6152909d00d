using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Ledger.Membership;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Fhir.Views;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Sharing;
using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace EhrLedger.Node.Reading;

/// <summary>
/// Granted records as this organisation's systems see them: under their record ids, about the local patient, without a trace of what is not granted. No criterion touches anything
/// else; the exact search runs over the rewritten view.
/// </summary>
internal sealed class ForeignRecords(HeldGrants grants, GranteeReader reader, MemberDirectories directories) : IForeignRecords
{
    // A search that names no patient asks under every grant, each of which is logged.
    private const int MostGrantsUnnamed = 64;

    // Each is a Search and a Read that wait for finality: side by side, and not all at once.
    private const int MostAtOnce = 8;

    private const int MostRemembered = 200_000;

    // What a reference in an author's record means here is known once the record that it names has been read.
    private readonly RecentMap<(OrganisationId Author, string PatientLink, string Reference), RecordId> _known = new(MostRemembered);

    // A hint, which only spares questions: what is forgotten is asked for under every grant.
    private readonly RecentMap<RecordId, Place> _places = new(MostRemembered);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FindAsync(string? type, IReadOnlyCollection<string> recordIds, Asking asking, CancellationToken cancellationToken)
    {
        var wanted = recordIds.Select(RecordId.TryParse).OfType<RecordId>().ToHashSet();
        var active = Active(asking);
        var found = new List<Resource>();
        var silent = false;
        var answered = false;

        // Where a record was read before, its grant is known; the patient may have granted it another time, and the first grant may have ended.
        var places = wanted.ToDictionary(id => id, id => _places.TryGet(id, out var place) ? place : null);
        await AskAsync(grant => places.Where(pair => pair.Value?.Grant == grant.Access.Grant).Select(pair => pair.Key));
        var left = places.Where(pair => wanted.Contains(pair.Key)).ToList();
        if (left.Exists(pair => pair.Value is null) && active.Count > MostGrantsUnnamed)
        {
            return found.Count == 0 ? new ForeignAnswer.TooMany() : new ForeignAnswer.Shown(found, Reach.Some);
        }

        await AskAsync(grant => left.Where(pair => pair.Value is null || (pair.Value.Grant != grant.Access.Grant && pair.Value.IsBeside(grant))).Select(pair => pair.Key));
        return new ForeignAnswer.Shown(found, wanted.Count == 0 || !silent ? Reach.All : answered ? Reach.Some : Reach.None);

        async System.Threading.Tasks.Task AskAsync(Func<HeldGrant, IEnumerable<RecordId>> idsUnder)
        {
            var asked = active.Select(grant => (Grant: grant, Ids: idsUnder(grant).ToHashSet())).Where(one => one.Ids.Count > 0).ToList();
            foreach (var (one, shown) in asked.Zip(await SideBySideAsync(asked, one => AskUnderAsync(one.Grant, type is null ? [] : [[$"_type|{type}"]], one.Ids, asking, cancellationToken), cancellationToken)))
            {
                silent |= !shown.Whole;
                answered |= shown.Whole;
                found.AddRange(shown.Resources.Where(resource => (type is null || resource.TypeName == type) && RecordId.TryParse(resource.Id!) is { } id && wanted.Remove(id)));
            }
        }
    }

    /// <inheritdoc/>
    public Task<ForeignAnswer> SearchAsync(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken) => SearchAsync([query], asking, budget, cancellationToken);

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(IReadOnlyList<SearchQuery> queries, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        var query = queries[0];
        var named = query.NamedPatients;
        var only = (queries.Count == 1 ? query.Ids : null)?.Select(RecordId.TryParse).OfType<RecordId>().ToHashSet();
        var asked = only is { Count: 0 } ? [] : Active(asking).Where(grant => named.Count == 0 || named.Any(id => grant.PatientLink == $"Patient/{id}")).Where(grant => CanHold(query, grant)).ToList();
        if (asked.Count > MostGrantsUnnamed && named.Count == 0 && query.Within is null)
        {
            return new ForeignAnswer.TooMany();
        }

        IReadOnlyList<IReadOnlyList<string>> plan = queries.Count == 1 ? Translate(query) : [[.. queries.Select(one => $"_type|{one.ResourceType}")]];
        return Join(
            await SideBySideAsync(asked, grant => AskUnderAsync(grant, plan, only, asking, cancellationToken), cancellationToken),
            resource => queries.Any(one => SearchEvaluator.Matches(resource, one)));
    }

    /// <inheritdoc/>
    public async Task<ForeignAnswer> EverythingAsync(
        string patientId, IReadOnlyCollection<string>? types, IReadOnlyCollection<string>? recordIds, Asking asking, CancellationToken cancellationToken)
    {
        var only = recordIds?.Select(RecordId.TryParse).OfType<RecordId>().ToHashSet();
        var asked = Active(asking).Where(grant => grant.PatientLink == $"Patient/{patientId}").ToList();
        IReadOnlyList<IReadOnlyList<string>> plan = types is null ? [] : [[.. types.Select(type => $"_type|{type}")]];
        return Join(
            await SideBySideAsync(asked, grant => AskUnderAsync(grant, plan, only, asking, cancellationToken), cancellationToken),
            resource => types is null || types.Contains(resource.TypeName));
    }

    private static ForeignAnswer Join(IReadOnlyList<Answer> answers, Func<Resource, bool> matches)
    {
        if (answers.Any(answer => answer.TooMany))
        {
            return new ForeignAnswer.TooMany();
        }

        // Two grants may cover one record: it is shown once.
        var shown = answers.SelectMany(answer => answer.Resources).Where(matches).DistinctBy(resource => resource.Id).ToList();
        return new ForeignAnswer.Shown(
            shown, answers.All(answer => answer.Whole) ? Reach.All : shown.Count > 0 || answers.Any(answer => answer.Whole) ? Reach.Some : Reach.None);
    }

    /// <summary>Whether a record under the grant can match as far as its patient goes, who is the grant's in every reference to one.</summary>
    private static bool CanHold(SearchQuery query, HeldGrant grant) =>
        query.Within?.Contains(grant.PatientLink[(grant.PatientLink.IndexOf('/', StringComparison.Ordinal) + 1)..]) is not false
        && query.Criteria.All(criterion => criterion is not { Parameter.Code: "patient" or "subject", AnyOf: [SearchOperand.OneOf found] } || found.References.Contains(grant.PatientLink));

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FollowAsync(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking, CancellationToken cancellationToken)
    {
        var active = Active(asking);
        var questions = from.Select(shown => shown.Annotation<Origin>()).OfType<Origin>()
            .GroupBy(origin => (origin.Grant.Access.Author, origin.Grant.PatientLink))
            .SelectMany(ofPatient => ForeignTrail.Of([.. ofPatient.Select(origin => origin.Original)], includes)
                .SelectMany(trail => active.Where(grant => (grant.Access.Author, grant.PatientLink) == ofPatient.Key).Select(grant => (Grant: grant, Trail: trail))))
            .ToList();
        var answers = await SideBySideAsync(questions, one => AskUnderAsync(one.Grant, one.Trail.Plan, null, asking, cancellationToken), cancellationToken);
        if (answers.Any(answer => answer.TooMany))
        {
            return new ForeignAnswer.TooMany();
        }

        var found = questions.Zip(answers)
            .SelectMany(pair => pair.Second.Resources.Where(resource => pair.First.Trail.LeadsTo(resource.Annotation<Origin>()!.Original)))
            .DistinctBy(resource => resource.Id)
            .ToList();
        return new ForeignAnswer.Shown(found, answers.All(answer => answer.Whole) ? Reach.All : Reach.Some);
    }

    /// <inheritdoc/>
    public Resource ShowAgain(Resource shown) => shown.Annotation<Origin>() is { } origin && Show(origin) is { } again ? again : shown;

    /// <summary>What proves a granted record, and the local patient whose it is shown as; null for what is none.</summary>
    /// <param name="shown">As it was shown here before.</param>
    public static (Candidate Source, string PatientLink)? SourceOf(Resource shown) => shown.Annotation<Origin>() is { } origin ? (origin.Source, origin.Grant.PatientLink) : null;

    private List<HeldGrant> Active(Asking asking) => [.. grants.Active().Where(grant => grant.Access.Terms.Allows(asking.Purpose))];

    // The author's index knows neither this organisation's patient nor its ids: the grant stands for the patient, and other references are evaluated on what was opened.
    private static IReadOnlyList<IReadOnlyList<string>> Translate(SearchQuery query) =>
        [.. query.Plan().AllOf.Where(group => SearchParameters.Find(query.ResourceType, group[0][..group[0].IndexOf('|', StringComparison.Ordinal)])?.Kind is not SearchParamType.Reference)];

    private static async Task<IReadOnlyList<Answer>> SideBySideAsync<T>(IReadOnlyList<T> items, Func<T, Task<Answer>> ask, CancellationToken cancellationToken)
    {
        using var places = new SemaphoreSlim(MostAtOnce);
        return await System.Threading.Tasks.Task.WhenAll(items.Select(async item =>
        {
            await places.WaitAsync(cancellationToken);
            try
            {
                return await ask(item);
            }
            finally
            {
                places.Release();
            }
        }));
    }

    /// <param name="grant">Under which.</param>
    /// <param name="plan">Groups of search tokens.</param>
    /// <param name="only">These records alone; null for all.</param>
    /// <param name="asking">Who, and what for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<Answer> AskUnderAsync(HeldGrant grant, IReadOnlyList<IReadOnlyList<string>> plan, IReadOnlySet<RecordId>? only, Asking asking, CancellationToken cancellationToken) =>
        await reader.SearchAsync(grant, plan, only, asking, cancellationToken) switch
        {
            CandidateSearch.Found(var candidates) => await ShowAsync(grant, candidates, asking, cancellationToken),
            CandidateSearch.TooMany => new Answer([], Whole: true, TooMany: true),
            CandidateSearch.Denied => new Answer([], Whole: true),
            CandidateSearch.Unavailable => new Answer([], Whole: false),
            _ => throw new InvalidOperationException("CandidateSearch is closed."),
        };

    private async Task<Answer> ShowAsync(HeldGrant grant, IReadOnlyList<Candidate> candidates, Asking asking, CancellationToken cancellationToken)
    {
        var reads = await reader.ReadAsync(grant, candidates, asking, cancellationToken);
        var opened = new List<(Candidate Source, Resource Resource)>();
        foreach (var (candidate, json) in reads.OfType<RecordRead.Opened>())
        {
            if (FhirJson.Parse(json.Span).Match<Resource?>(resource => resource, _ => null) is { } resource)
            {
                var record = candidate.Header.Record.Record;
                opened.Add((candidate, resource));
                _known.Set((grant.Access.Author, grant.PatientLink, $"{resource.TypeName}/{resource.Id}"), record);
                _places.Set(record, new Place(grant.Access.Grant, grant.Access.Author, grant.PatientLink));
            }
        }

        var shown = new List<Resource>(opened.Count);
        foreach (var (source, resource) in opened)
        {
            if (Show(new Origin(grant, source, resource)) is { } visible)
            {
                shown.Add(visible);
            }
        }

        return new Answer(shown, !reads.OfType<RecordRead.Unavailable>().Any());
    }

    private Resource? Show(Origin origin)
    {
        var shown = new GranteeView(reference => Rewrite(origin.Grant, reference)).Show(origin.Original, origin.Source.Header.Record.Record.ToString()!);
        shown?.AddAnnotation(origin);
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
            : SharingTable.Has(parsed.Type) ? directories.Rewrite(grant.Access.Author, parsed)
            : _known.TryGet((grant.Access.Author, grant.PatientLink, parsed.Relative), out var record) ? $"{parsed.Type}/{record}"
            : null;
    }

    /// <summary>What came under one grant.</summary>
    /// <param name="Resources">What may be shown.</param>
    /// <param name="Whole">False if something that the grant covers may be missing, because somebody does not answer.</param>
    /// <param name="TooMany">True if there are more than one search may open.</param>
    private sealed record Answer(IReadOnlyList<Resource> Resources, bool Whole, bool TooMany = false);

    /// <summary>Where a resource that is shown comes from, for as long as its request lasts.</summary>
    private sealed record Origin(HeldGrant Grant, Candidate Source, Resource Original);

    /// <summary>Under which grant a record was shown.</summary>
    private sealed record Place(GrantId Grant, OrganisationId Author, string PatientLink)
    {
        /// <summary>Whether another grant is by the same patient about the same author's records: it may show the record too.</summary>
        public bool IsBeside(HeldGrant grant) => grant.Access.Author == Author && grant.PatientLink == PatientLink;
    }
}
