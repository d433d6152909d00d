using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>A match of the author's own search.</summary>
internal sealed record Hit(OpenedVersion Version, Resource Resource);

/// <summary>
/// The author's search over all its own patients: the index narrows down, candidates are opened inside the process, one evaluator applies the exact semantics. Nothing is logged here;
/// whoever lets a match out does that.
/// </summary>
internal sealed class AuthorSearch(AuthorReader reader, PatientDirectory patients, ValueHolders holders, Sight sight)
{
    /// <summary>Most candidates that one search opens.</summary>
    public const int MostCandidates = 20_000;

    private const int OpenedAtOnce = 32;
    private const int MostValues = 4;

    /// <summary>All matches, unsorted. Null if it would open more than <see cref="MostCandidates"/>.</summary>
    /// <param name="query">Parsed.</param>
    /// <param name="enough">Stops after so many matches.</param>
    /// <param name="asking">Whose scopes every match is within.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public IReadOnlyList<Hit>? Find(SearchQuery query, int enough, Asking asking, CancellationToken cancellationToken) => Find(query, enough, new SearchBudget(MostCandidates), asking, cancellationToken);

    /// <summary>All matches, unsorted. Null if it would open more than the budget has left.</summary>
    /// <param name="query">Parsed, without chains.</param>
    /// <param name="enough">Stops after so many matches.</param>
    /// <param name="budget">Shared by the searches of one request.</param>
    /// <param name="asking">Whose scopes every match is within.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public IReadOnlyList<Hit>? Find(SearchQuery query, int enough, SearchBudget budget, Asking asking, CancellationToken cancellationToken)
    {
        if (!asking.Access.May(asking.Needs, query.ResourceType))
        {
            return [];
        }

        var hits = new List<Hit>();
        foreach (var portion in Candidates(query, asking, cancellationToken).SelectMany(ofPatient => ofPatient.Where(candidate => !candidate.Deleted).Chunk(OpenedAtOnce).DefaultIfEmpty([])))
        {
            // Also where a patient has nothing: a search that names none goes over all of them.
            cancellationToken.ThrowIfCancellationRequested();
            if (!budget.Take(portion.Length))
            {
                return null;
            }

            foreach (var version in portion.Length == 0 ? [] : reader.OpenNewest(portion))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (version?.Type == query.ResourceType && Read(version) is { } resource && SearchEvaluator.Matches(resource, query) && sight.Sees(asking, version.Resource, resource))
                {
                    hits.Add(new Hit(version, resource));
                    if (hits.Count >= enough)
                    {
                        return hits;
                    }
                }
            }
        }

        return hits;
    }

    /// <summary>Whether few of the author's records can match, and which these are is known without a look at every patient.</summary>
    public static bool IsNarrow(SearchQuery query) => query.Ids is not null || Owners(query) is not null || (query.ResourceType == "Patient" && query.Plan().AllOf.Count > 1);

    /// <summary>What a stored version says, for whoever changes it. Null only if the store holds what this node would not have written.</summary>
    public static Resource? Parse(OpenedVersion version) => Parse(version.Content);

    /// <summary>The same, shared with all who read it: nobody changes it.</summary>
    public static Resource? Read(OpenedVersion version) => version.Content.ReadAs(Parse);

    private static Resource? Parse(OpenedContent content) => FhirJson.Parse(content.Json.Span).Match<Resource?>(resource => resource, _ => null);

    /// <summary>Patient by patient, each looked up when it is come to.</summary>
    private IEnumerable<IEnumerable<StoredResource>> Candidates(SearchQuery query, Asking asking, CancellationToken cancellationToken)
    {
        if (query.Ids is { } ids)
        {
            return [ids.Select(id => reader.Find(query.ResourceType, id)).OfType<StoredResource>()];
        }

        var plan = query.Plan();
        if (query.ResourceType == "Patient")
        {
            return [patients.Find(plan.AllOf).Select(patient => reader.Find("Patient", patient.Id)).OfType<StoredResource>()];
        }

        var rows = asking.Access.OnlyPatient is { } only ? patients.FindById(only) is { } patient ? [0, patient.RowId] : [0]
            : Owners(query) is { } owners
            ? owners.Select(patients.FindById).OfType<Authoring.Patient>().Select(patient => patient.RowId)
            : Holders(plan, cancellationToken) ?? patients.All.Select(patient => patient.RowId).Prepend(0);
        return rows.Select(row => reader.Candidates(row, plan.AllOf));
    }

    /// <summary>Who has anything of the plan's narrowest group: the last of few values. The first group is the type's, which nearly all have. Null where there is none such.</summary>
    private IEnumerable<long>? Holders(SearchPlan plan, CancellationToken cancellationToken) =>
        plan.AllOf.Skip(1).LastOrDefault(anyOf => anyOf.Count <= MostValues)?.SelectMany(text => holders.Find(text, rows => reader.Having(rows, text), cancellationToken)).Distinct();

    /// <summary>
    /// The patients whose records alone can match; null where others' may. A patient that another parameter names, or names beside a group or a practitioner, need not be the one whose
    /// record it is.
    /// </summary>
    private static HashSet<string>? Owners(SearchQuery query)
    {
        HashSet<string>? owners = query.Compartment is { Type: "Patient" } compartment ? [compartment.Id] : null;
        foreach (var criterion in query.Criteria.Where(criterion => criterion is { Parameter.Code: "patient" or "subject", Modifier: SearchModifier.None }))
        {
            var named = criterion.AnyOf.SelectMany(operand => (IEnumerable<string?>)(operand switch
            {
                SearchOperand.Reference { Literal: { Base: null, Type: "Patient" } literal } => [literal.Id],
                SearchOperand.Reference { Id: { } id } when criterion.TargetType == "Patient" || criterion.Parameter.Code == "patient" => [id],
                SearchOperand.OneOf found => found.References.Select(reference => FhirReference.Parse(reference) is { Type: "Patient" } patient ? patient.Id : null),
                _ => [null],
            })).ToList();
            if (!named.Contains(null))
            {
                owners = owners is null ? [.. named.OfType<string>()] : [.. owners.Intersect(named.OfType<string>())];
            }
        }

        return owners;
    }
}
