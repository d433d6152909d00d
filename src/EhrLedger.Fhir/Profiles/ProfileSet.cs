using System.Collections.Frozen;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Profiles;

/// <summary>
/// Profiles that resources are held to. Profiles of others are not judged: a resource may name them, and is kept as it is.
/// </summary>
public sealed class ProfileSet
{
    private readonly FrozenDictionary<string, Profile> _profiles;

    /// <param name="definitions">StructureDefinitions, and the ValueSets and CodeSystems that these bind to; other resources are left out.</param>
    /// <exception cref="ArgumentException">One of them says what the checker does not understand; or names a profile, a set or an element that is not there.</exception>
    public ProfileSet(IReadOnlyList<Resource> definitions)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        var systems = definitions.OfType<CodeSystem>().ToDictionary(one => one.Url!, StringComparer.Ordinal);
        var reader = new ProfileReader(definitions.OfType<ValueSet>().Select(one => CodeSet.Of(one, systems)).ToDictionary(set => set.Url, StringComparer.Ordinal));
        _profiles = definitions.OfType<StructureDefinition>().Select(reader.Read).ToFrozenDictionary(profile => profile.Url, StringComparer.Ordinal);
        if (_profiles.Values.SelectMany(NamedBy).FirstOrDefault(name => !_profiles.ContainsKey(name)) is { } absent)
        {
            throw new ArgumentException($"The profile {absent} is named, and not there.");
        }
    }

    /// <summary>The project's own.</summary>
    public static ProfileSet Own { get; } = new(OwnDefinitions.All);

    /// <summary>Canonical URLs of the profiles of a resource type, in ordinal order.</summary>
    public IReadOnlyList<string> Of(string resourceType) =>
        [.. _profiles.Values.Where(profile => profile.Type == resourceType).Select(profile => profile.Url).Order(StringComparer.Ordinal)];

    /// <summary>Whether it is here; a version after <c>|</c> has to be the one that is.</summary>
    public bool Has(string? canonical) => Find(canonical) is not null;

    /// <summary>Checks a resource, those contained in it, and those of a Bundle's entries, against the profiles of this set that each names.</summary>
    /// <returns>At most <see cref="FhirJson.MaxIssues"/>; none where nothing is wrong.</returns>
    public IReadOnlyList<OperationOutcome.IssueComponent> CheckDeclared(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var issues = new List<OperationOutcome.IssueComponent>();
        CheckDeclared(resource, resource.TypeName, issues);
        return issues;
    }

    /// <summary>Checks a resource against one profile, whether it names it or not.</summary>
    /// <inheritdoc cref="CheckDeclared(Resource)"/>
    /// <exception cref="ArgumentException">It is not here.</exception>
    public IReadOnlyList<OperationOutcome.IssueComponent> Check(Resource resource, string canonical)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var issues = new List<OperationOutcome.IssueComponent>();
        Check(resource, Find(canonical) ?? throw new ArgumentException("No such profile.", nameof(canonical)), resource.TypeName, issues);
        return issues;
    }

    internal Profile? Find(string? canonical)
    {
        var (url, version) = canonical?.Split('|', 2) switch
        {
            [var one, var other] => (one, other),
            [var one] => (one, null),
            _ => ("", (string?)null),
        };
        return _profiles.GetValueOrDefault(url) is { } found && (version is null || version == found.Version) ? found : null;
    }

    private static IEnumerable<string> NamedBy(Profile profile) =>
        ExtensionsOf(profile.Root).Concat(profile.Base is null ? [] : [profile.Base]);

    private static IEnumerable<string> ExtensionsOf(ElementRule rule) =>
        rule.Children.Concat(rule.Slices).SelectMany(ExtensionsOf).Concat(rule.ExtensionProfile is null ? [] : [rule.ExtensionProfile]);

    private void CheckDeclared(Resource resource, string path, List<OperationOutcome.IssueComponent> issues)
    {
        if (issues.Count >= FhirJson.MaxIssues)
        {
            return;
        }

        foreach (var profile in (resource.Meta?.Profile ?? []).Select(Find).OfType<Profile>().Distinct())
        {
            Check(resource, profile, path, issues);
        }

        var (name, inside) = resource switch
        {
            Bundle bundle => ("entry[{0}].resource", bundle.Entry.Select(entry => entry.Resource)),
            DomainResource domain => ("contained[{0}]", domain.Contained),
            _ => ("", (IEnumerable<Resource?>)[]),
        };
        foreach (var (i, one) in inside.Index())
        {
            if (one is not null)
            {
                CheckDeclared(one, $"{path}.{string.Format(System.Globalization.CultureInfo.InvariantCulture, name, i)}", issues);
            }
        }
    }

    private void Check(Resource resource, Profile profile, string path, List<OperationOutcome.IssueComponent> issues)
    {
        if (resource.TypeName != profile.Type)
        {
            issues.Add(Outcome.Error(OperationOutcome.IssueType.Structure, $"The profile {profile.Url} is one of {profile.Type}.", path));
            return;
        }

        new ProfileCheck(this, profile, issues).Run(resource, path);
    }
}
