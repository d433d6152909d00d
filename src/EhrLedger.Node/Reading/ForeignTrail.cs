using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Reading;

/// <summary>
/// A question about one author's records of one patient, that references in granted records raise. Forwards it names the very resources, so that nothing else is opened; backwards as well
/// where the index has the parameter, and all of the source's type otherwise.
/// </summary>
internal sealed class ForeignTrail
{
    private const int MostAlternatives = 200;

    private readonly Func<Resource, bool> _leadsTo;

    private ForeignTrail(IReadOnlyList<IReadOnlyList<string>> plan, Func<Resource, bool> leadsTo) => (Plan, _leadsTo) = (plan, leadsTo);

    /// <summary>Groups of search tokens.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Plan { get; }

    /// <summary>Whether a record that was opened for it is what it asked for.</summary>
    /// <param name="original">As its author wrote it.</param>
    public bool LeadsTo(Resource original) => _leadsTo(original);

    /// <summary>The questions that includes make of granted records.</summary>
    /// <param name="originals">As their author wrote them; of one patient.</param>
    /// <param name="includes">Which references are followed.</param>
    public static IEnumerable<ForeignTrail> Of(IReadOnlyList<Resource> originals, IReadOnlyList<SearchInclude> includes)
    {
        // The patient is never another organisation's here: the local one stands in its place. What can be shared of a directory is nobody's record: there is nothing to ask under a grant.
        var targets = originals
            .SelectMany(original => includes.Where(include => !include.IsReverse).SelectMany(include => include.TargetsOf(original, Nowhere)))
            .Where(target => target.Type != "Patient" && !SharingTable.Has(target.Type))
            .Select(target => target.Relative)
            .Except(originals.Select(NameOf), StringComparer.Ordinal)
            .ToList();
        foreach (var portion in targets.Chunk(MostAlternatives))
        {
            var names = portion.ToHashSet(StringComparer.Ordinal);
            yield return new ForeignTrail([[.. names.Select(SearchTokens.OfId)]], original => names.Contains(NameOf(original)));
        }

        // A reference that leads nowhere granted was taken out of what is shown. Whether there was one must not be told by how long the answer takes: where there is none, as much is asked for nothing.
        if (targets.Count == 0 && originals.Any(original => includes.Any(include => CanLeadOn(include, original.TypeName))))
        {
            yield return new ForeignTrail([[SearchTokens.OfId($"Nothing/{Guid.NewGuid():N}")]], _ => false);
        }

        var backwards =
            from include in includes
            where include.IsReverse
            from ofType in originals.GroupBy(original => original.TypeName)
            from parameter in include.ParametersTo(ofType.Key)
            from portion in ofType.Select(NameOf).Chunk(MostAlternatives)
            select (Source: include.SourceType!, Parameter: parameter, Names: portion.ToHashSet(StringComparer.Ordinal));
        foreach (var (source, parameter, names) in backwards)
        {
            var query = SearchQuery.Parse(source, [(parameter.Code, string.Join(',', names))], strict: true, Nowhere, DateTimeOffset.UnixEpoch);
            yield return new ForeignTrail(((SearchQueryResult.Accepted)query).Query.Plan().AllOf, original => original.TypeName == source
                && IndexValues.Extract(original, parameter).Any(value => value is SearchValue.Reference { Literal: { Base: null } literal } && names.Contains(literal.Relative)));
        }
    }

    private static bool CanLeadOn(SearchInclude include, string type) => !include.IsReverse && include.TargetType != "Patient"
        && include.ParametersOf(type).Any(parameter => parameter.Targets.Count == 0 || parameter.Targets.Any(target => target != "Patient"));

    // What an author keeps of its own is written relatively: a URL is somebody else's, and leads nowhere.
    private static readonly ServerBase Nowhere = new("http://nowhere.invalid/");

    private static string NameOf(Resource original) => $"{original.TypeName}/{original.Id}";
}
