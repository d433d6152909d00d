using System.Collections.Concurrent;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Access;

/// <summary>
/// What a caller's scopes let it do. What they do not let it see is to it as if it were not there. Whether a patient has granted a record is another question, which scopes can only narrow.
/// </summary>
public sealed class FhirAccess
{
    private const Interactions Looking = Interactions.Read | Interactions.Search;

    /// <summary>Scopes of one caller.</summary>
    public const int MostScopes = 100;

    private readonly IReadOnlyList<SmartScope> _scopes;
    private readonly string? _patient;
    private readonly ServerBase? _server;
    private readonly DateTimeOffset _at;
    private readonly ConcurrentDictionary<(SmartScope, string), SearchQuery?> _filters = [];
    private readonly ConcurrentDictionary<(Interactions, string), bool> _whole = [];
    private readonly bool _all;

    private FhirAccess(IReadOnlyList<SmartScope> scopes, string? patient, ServerBase? server, DateTimeOffset at, bool all)
    {
        (_scopes, _patient, _server, _at, _all) = (scopes, patient, server, at, all);
        OnlyPatient = !all && scopes.Count > 0 && scopes.All(scope => scope.Context == ScopeContext.Patient) ? patient : null;
    }

    /// <summary>Everything: for what the node itself does.</summary>
    public static FhirAccess Everything { get; } = new([], null, null, default, all: true);

    /// <summary>Nothing.</summary>
    public static FhirAccess Nothing { get; } = new([], null, null, default, all: false);

    /// <summary>FHIR id of the one patient whom all of this is about; null where it may be about others.</summary>
    public string? OnlyPatient { get; }

    /// <summary>The scopes in version 2's form, in order, with spaces between them: what <see cref="Parse"/> reads again. Empty for nothing, and for everything, which no token has.</summary>
    public string Scopes => string.Join(' ', _scopes.Select(scope => scope.ToString()).Order(StringComparer.Ordinal));

    /// <summary>FHIR id of the patient of the launch; null for none.</summary>
    public string? Patient => _patient;

    /// <summary>Reads the scopes of a token. Those that are for no FHIR resources are left out, and <c>patient/</c> ones where there is no patient.</summary>
    /// <param name="scopes">Space separated, as they were granted.</param>
    /// <param name="patient">FHIR id of the patient of the launch; null for none.</param>
    /// <param name="server">References to it equal relative ones.</param>
    /// <param name="now">By which <c>ap</c> is measured.</param>
    /// <returns>Null if one can't be read, or there are more than <see cref="MostScopes"/>.</returns>
    public static FhirAccess? Parse(string scopes, string? patient, ServerBase server, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(scopes);
        ArgumentNullException.ThrowIfNull(server);
        var read = new List<SmartScope>();
        foreach (var text in scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(SmartScope.IsForResources))
        {
            if (SmartScope.Parse(text) is not { } scope || read.Count == MostScopes)
            {
                return null;
            }

            if (scope.Context != ScopeContext.Patient || patient is not null)
            {
                read.Add(scope);
            }
        }

        var access = new FhirAccess(read, patient, server, now, all: false);
        return read.TrueForAll(scope => scope.Type is null || scope.Parameters.Length == 0 || access.FilterOf(scope, scope.Type) is not null) ? access : null;
    }

    /// <summary>Whether some resources of the type may be dealt with in every one of these ways.</summary>
    public bool May(Interactions needed, string type) => _all || Covers(needed, scope => scope.Type is null || scope.Type == type);

    /// <summary>Whether any of these ways is open for some resources of the type.</summary>
    public bool MayAny(Interactions any, string type) => _all || _scopes.Any(scope => (scope.Type is null || scope.Type == type) && (scope.Permitted & any) != 0);

    /// <summary>Whether a resource may be dealt with in every one of these ways.</summary>
    /// <param name="needed">The ways.</param>
    /// <param name="resource">As it stands, or is to stand.</param>
    /// <param name="owner">FHIR id of the local patient whose it is; null for nobody's.</param>
    public bool Sees(Interactions needed, Resource resource, string? owner)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return _all || Covers(needed, scope => Reaches(scope, needed, resource.TypeName, owner) && Matches(scope, resource));
    }

    /// <summary>The same by those scopes alone that are not for one patient: what also says something of other patients is shown in full only then.</summary>
    public bool SeesBeyondPatient(Interactions needed, Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return _all || Covers(needed, scope => scope.Context != ScopeContext.Patient && (scope.Type is null || scope.Type == resource.TypeName) && Matches(scope, resource));
    }

    /// <summary>Whether all resources of the type may be dealt with so, whatever they say and whosever they are.</summary>
    public bool SeesWhole(Interactions needed, string type) =>
        _all || _whole.GetOrAdd((needed, type), key => Covers(key.Item1, scope => (scope.Type is null || scope.Type == key.Item2) && scope.Parameters.Length == 0 && scope.Context != ScopeContext.Patient));

    /// <summary>Whether it may be dealt with so, whatever it says: as for one that is deleted, or can't be read.</summary>
    public bool SeesAnyOf(Interactions needed, string type, string? owner) => _all || Covers(needed, scope => Reaches(scope, needed, type, owner) && scope.Parameters.Length == 0);

    /// <summary>Whether it may be dealt with so if it says the right things. Where not, there is no need to read it.</summary>
    public bool MayReach(Interactions needed, string type, string? owner) => _all || Covers(needed, scope => Reaches(scope, needed, type, owner));

    private bool Covers(Interactions needed, Func<SmartScope, bool> holds)
    {
        var left = needed;
        foreach (var scope in _scopes)
        {
            if ((scope.Permitted & left) != 0 && holds(scope))
            {
                left &= ~scope.Permitted;
            }

            if (left == Interactions.None)
            {
                return true;
            }
        }

        return false;
    }

    // What no patient owns, and could not, is nobody's secret from a patient's own application: who the practitioner is, or what the medication. A resource that might name a patient is; and none of it is the
    // application's to change.
    private bool Reaches(SmartScope scope, Interactions needed, string type, string? owner) =>
        (scope.Type is null || scope.Type == type)
        && (scope.Context != ScopeContext.Patient || owner == _patient || (owner is null && (needed & ~Looking) == 0 && !OwnershipTable.MayHaveOwner(type)));

    private bool Matches(SmartScope scope, Resource resource) =>
        scope.Parameters.Length == 0 || (FilterOf(scope, resource.TypeName) is { } filter && SearchEvaluator.Matches(resource, filter));

    private SearchQuery? FilterOf(SmartScope scope, string type) => _filters.GetOrAdd((scope, type), key =>
        SearchQuery.Parse(key.Item2, QueryText.Parse(key.Item1.Parameters), strict: true, _server!, _at) is SearchQueryResult.Accepted(var query) && query.Chains.Count == 0 ? query : null);
}
