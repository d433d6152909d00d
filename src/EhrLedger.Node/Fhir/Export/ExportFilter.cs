using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Export;

/// <summary>What of the records that an export comes to goes into it: the one place that says so.</summary>
internal sealed class ExportFilter
{
    private readonly ExportScope _scope;
    private readonly ILookup<string, SearchQuery> _filters;
    private readonly HashSet<string>? _types;
    private readonly Asking _asking;
    private readonly Sight _sight;

    /// <param name="job">Whose scope was checked.</param>
    /// <param name="asking">Whose it is, with its scopes.</param>
    /// <param name="sight">What of this author's own records these reach.</param>
    /// <param name="server">References to it equal relative ones.</param>
    public ExportFilter(ExportJob job, Asking asking, Sight sight, ServerBase server)
    {
        (_asking, _sight) = (asking, sight);
        _scope = job.Scope;
        _types = _scope.Types?.ToHashSet(StringComparer.Ordinal);
        _filters = _scope.Filters.ToLookup(filter => filter.Type, filter => ExportQuery.ParseFilter(filter, server, job.Started), StringComparer.Ordinal);
    }

    /// <summary>Whether this version, which is no delete, is exported.</summary>
    public bool Takes(OpenedVersion version) =>
        IsAsked(version.Type, version.LastUpdated) && _sight.Sees(_asking, version) && (!_filters.Contains(version.Type) || (AuthorSearch.Read(version) is { } resource && Matches(resource)));

    /// <summary>Whether a granted record is exported; of when it was written its view need not tell.</summary>
    public bool Takes(Resource granted) => IsAsked(granted.TypeName, granted.Meta?.LastUpdated) && (!_filters.Contains(granted.TypeName) || Matches(granted));

    /// <summary>Whether this delete is told. Whether what was deleted matched a search, nobody can say: of such types none is.</summary>
    public bool TakesDeleted(OpenedVersion version) => _scope.Since is not null && IsAsked(version.Type, version.LastUpdated) && _sight.Sees(_asking, version) && !_filters.Contains(version.Type);

    /// <summary>Whether it may be told that a record can't be opened: of what type it is, nobody knows.</summary>
    public bool TakesDamaged => ExportRun.AllTypes.All(type => _asking.Access.SeesWhole(_asking.Needs, type));

    private bool IsAsked(string type, DateTimeOffset? lastUpdated) => _types?.Contains(type) is not false && (_scope.Since is null || lastUpdated is null || lastUpdated >= _scope.Since);

    private bool Matches(Resource resource) => _filters[resource.TypeName].Any(query => SearchEvaluator.Matches(resource, query));
}
