using System.Globalization;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Provenances;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Storage.Records;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Audit;

/// <summary>
/// This organisation's own log as AuditEvents. Whoever looks at it is in it once, as one who named the patients whose events were found: there is no event for each event that is shown.
/// </summary>
/// <remarks>Ids (docs/decisions/0025): <c>w-</c> as for a Provenance, <c>r-</c> batch and place of a row, <c>e-</c> index of an entry.</remarks>
internal sealed class AuditViews(AuthorEvents authored, GranteeEvents granted, WrittenVersions versions, ReadRows reads, AuthorReader reader, PatientDirectory patients, ReadLog readLog) : IViews
{
    /// <inheritdoc/>
    public string Type => "AuditEvent";

    /// <inheritdoc/>
    public bool Owns(string id) => WrittenId.TryParse(id) is not null || RowOf(id) is not null || EntryOf(id) is not null;

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FindAsync(IReadOnlyCollection<string> ids, IForeignRecords _, Asking asking, CancellationToken cancellationToken)
    {
        var names = new RecordNames(reader, versions);
        var found = ids.Distinct(StringComparer.Ordinal).Select(id => FindOne(id, names)).OfType<Audited>().Where(one => Sees(asking, one)).Select(one => AsTold(asking, one)).ToList();
        await LogAsync(found, [], asking, cancellationToken);
        return new ForeignAnswer.Shown([.. found.Select(one => one.Complete())], Reach.All);
    }

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(SearchQuery query, IForeignRecords others, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        if (query.Ids is { } ids)
        {
            return await FindAsync([.. ids.Where(Owns)], others, asking, cancellationToken) is ForeignAnswer.Shown(var known, var reach)
                ? new ForeignAnswer.Shown([.. known.Where(one => SearchEvaluator.Matches(one, query))], reach)
                : new ForeignAnswer.TooMany();
        }

        var matches = new List<Audited>();
        foreach (var portion in Candidates(query, asking, budget, cancellationToken))
        {
            if (portion is null)
            {
                return new ForeignAnswer.TooMany();
            }

            matches.AddRange(portion.Where(one => SearchEvaluator.Matches(one.Event, query) && Sees(asking, one)).Select(one => AsTold(asking, one)));
        }

        await LogAsync(matches, query.NamedPatients, asking, cancellationToken);
        return new ForeignAnswer.Shown([.. matches.OrderByDescending(one => one.Event.Recorded).Select(Unfinished)], Reach.All);

        static Resource Unfinished(Audited one)
        {
            one.Event.AddAnnotation(new Unfinished(one.Complete));
            return one.Event;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Resource> Follow(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking) => [];

    /// <summary>Events that can match, in portions; null where there are too many.</summary>
    private IEnumerable<IReadOnlyList<Audited>?> Candidates(SearchQuery query, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        var names = new RecordNames(reader, versions);
        if (OwnersOf(query, asking) is { } owners)
        {
            foreach (var patient in owners.Select(patients.FindById).OfType<Authoring.Patient>())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var questions = new Dictionary<Digest, Question>();
                yield return authored.Reads(patient.RowId, names, budget, questions);
                foreach (var stored in reader.All(patient.RowId))
                {
                    var written = versions.Of(stored.RowId, AuthorSearch.MostCandidates);
                    yield return budget.Take(written.Count) ? [.. written.Select(authored.Write).OfType<Audited>()] : null;
                }

                yield return granted.Find(patient.Id, budget, questions);
            }

            yield break;
        }

        var since = Dates.SinceOf(query, "date");
        var asked = new Dictionary<Digest, Question>();
        foreach (var batch in reads.Walk(since))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (digest, question) in batch.Questions)
            {
                asked[digest] = question;
            }

            yield return budget.Take(batch.Rows.Count) ? [.. authored.Reads(batch, names)] : null;
        }

        foreach (var written in versions.Walk(since).Chunk(64))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return budget.Take(written.Length) ? [.. written.Select(authored.Write).OfType<Audited>()] : null;
        }

        yield return granted.Find(null, budget, asked);
    }

    private Audited? FindOne(string id, RecordNames names)
    {
        if (WrittenId.TryParse(id) is { } written)
        {
            return versions.Find(written.Key, written.Version) is { } version ? authored.Write(version) : null;
        }

        if (RowOf(id) is var (batch, place))
        {
            return authored.Read(batch, place, names);
        }

        var index = EntryOf(id)!.Value;
        var questions = new Dictionary<Digest, Question>();
        if (granted.PatientAt(index) is { } patientId && patients.FindById(patientId) is { } patient)
        {
            // What was asked stands with the rows that the same request has made here.
            authored.Reads(patient.RowId, names, new SearchBudget(AuthorSearch.MostCandidates), questions);
        }

        return granted.At(index, questions);
    }

    /// <summary>The patients whose events alone can match: those that are named, and those whose records are.</summary>
    private HashSet<string>? OwnersOf(SearchQuery query, Asking asking)
    {
        if (asking.Access.OnlyPatient is { } only)
        {
            return [only];
        }

        var named = AuthorSearch.Owners(query);
        foreach (var criterion in query.Criteria.Where(criterion => criterion is { Parameter.Code: "entity", Modifier: SearchModifier.None } && criterion.AnyOf.All(operand => operand is SearchOperand.Reference { Literal: { Base: null } })))
        {
            var owners = criterion.AnyOf.Select(operand => ((SearchOperand.Reference)operand).Literal!)
                .Select(literal => literal.Type == "Patient" ? literal.Id : reader.Find(literal.Type, literal.Id) is { } stored ? patients.FindByRow(stored.PatientRow)?.Id : null)
                .OfType<string>();
            named = named is null ? [.. owners] : [.. named.Intersect(owners, StringComparer.Ordinal)];
        }

        return named;
    }

    private static bool Sees(Asking asking, Audited one) => asking.Access.Sees(asking.Needs, one.Event, one.Patient);

    // One search may have named several patients: an application that is there for one of them is told that it was made, and not in which words.
    private static Audited AsTold(Asking asking, Audited one)
    {
        var asked = asking.Access.SeesBeyondPatient(asking.Needs, one.Event) ? [] : one.Event.Entity.Where(entity => entity.Query is not null).ToList();
        foreach (var entity in asked)
        {
            entity.Query = null;
            one.Event.Meta!.Profile = [];
        }

        return one;
    }

    private System.Threading.Tasks.Task LogAsync(IEnumerable<Audited> shown, IReadOnlyCollection<string> named, Asking asking, CancellationToken cancellationToken)
    {
        // Whom the question names is logged with the answer, found or not.
        var told = new Glimpses();
        told.Name(shown.Select(one => one.Patient).Except(named, StringComparer.Ordinal));
        return readLog.TellAsync(told, asking, cancellationToken);
    }

    private static (ulong Batch, int Place)? RowOf(string id) =>
        id.Split('-') is ["r", var first, var second] && ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var batch) && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
        && id == AuthorEvents.IdOf(batch, place)
            ? (batch, place)
            : null;

    private static ulong? EntryOf(string id) =>
        id.StartsWith("e-", StringComparison.Ordinal) && ulong.TryParse(id.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && id == GranteeEvents.IdOf(index) ? index : null;
}
