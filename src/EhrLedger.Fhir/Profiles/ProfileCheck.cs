using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.FhirPath;

namespace EhrLedger.Fhir.Profiles;

/// <summary>One run of one profile over one element. Diagnostics name rules and elements, never a value.</summary>
internal sealed class ProfileCheck(ProfileSet profiles, Profile profile, List<OperationOutcome.IssueComponent> issues)
{
    private readonly FhirEvaluationContext _context = new();

    /// <param name="element">Of the profile's type.</param>
    /// <param name="path">FHIRPath of it.</param>
    public void Run(Base element, string path)
    {
        if (profile.Base is { } below)
        {
            new ProfileCheck(profiles, profiles.Find(below)!, issues).Run(element, path);
        }

        CheckOne(profile.Root, element, path);
    }

    private void CheckOne(ElementRule rule, Base element, string path)
    {
        if (issues.Count >= FhirJson.MaxIssues)
        {
            return;
        }

        if (rule.Types.Count > 0 && !rule.Types.Contains(element.TypeName))
        {
            Report(OperationOutcome.IssueType.Structure, $"Its type is to be {string.Join(" or ", rule.Types)}.", path);
            return;
        }

        CheckValue(rule, element, path);
        foreach (var child in rule.Children)
        {
            var (values, isList) = Elements.Of(element, child.Name);
            CheckMany(child, values, isList, $"{path}.{child.Name}");
        }

        foreach (var broken in rule.Invariants.Where(invariant => !Holds(invariant, element)))
        {
            Report(OperationOutcome.IssueType.Invariant, $"{broken.Key}: {broken.Human}", path, broken.Severity);
        }
    }

    private void CheckMany(ElementRule rule, IReadOnlyList<Base> values, bool isList, string path)
    {
        Count(rule, values.Count, path);
        var inSlices = rule.Slices.ToDictionary(slice => slice, _ => 0);
        foreach (var (i, value) in values.Index())
        {
            var at = isList ? $"{path}[{i}]" : path;
            CheckOne(rule, value, at);
            if (rule.Slices.Find(slice => rule.Discriminators.All(discriminator => IsAt(value, discriminator, slice))) is { } slice)
            {
                inSlices[slice]++;
                CheckOne(slice, value, at);
            }
            else if (rule.IsClosed)
            {
                Report(OperationOutcome.IssueType.Structure, $"It is none of those that are allowed here: {string.Join(", ", rule.Slices.Select(one => one.SliceName))}.", at);
            }
        }

        foreach (var (slice, count) in inSlices)
        {
            Count(slice, count, path);
        }
    }

    private static bool IsAt(Base value, string discriminator, ElementRule slice) =>
        ProfileReader.WantedAt(slice, discriminator) is { } wanted && Elements.At(value, discriminator).Any(found => Elements.Match(found, wanted));

    private void Count(ElementRule rule, int count, string path)
    {
        var what = rule.SliceName is { } slice ? $"{rule.Name} '{slice}'" : rule.Name;
        if (count < rule.Min)
        {
            Report(OperationOutcome.IssueType.Required, $"{what}: at least {rule.Min} needed.", path);
        }
        else if (count > rule.Max)
        {
            Report(OperationOutcome.IssueType.Structure, rule.Max == 0 ? $"{what}: none allowed." : $"{what}: at most {rule.Max} allowed.", path);
        }
    }

    private void CheckValue(ElementRule rule, Base element, string path)
    {
        if (rule.Targets.Count > 0 && element is ResourceReference reference && TypeOf(reference) is { } target && !rule.Targets.Contains(target))
        {
            Report(OperationOutcome.IssueType.Structure, $"It may refer to {string.Join(" or ", rule.Targets)} only.", path);
        }

        if (rule.Fixed is { } exactly && !(Elements.Match(element, exactly) && Elements.Match(exactly, element)))
        {
            Report(OperationOutcome.IssueType.Value, "It is not the one value that is allowed.", path);
        }

        if (rule.Pattern is { } pattern && !Elements.Match(element, pattern))
        {
            Report(OperationOutcome.IssueType.Value, "It lacks what every such element has to have.", path);
        }

        if (rule.Binding is { } binding && !binding.Has(element))
        {
            Report(OperationOutcome.IssueType.CodeInvalid, $"It has no code of {binding.Url}.", path);
        }

        if (rule.ExtensionProfile is { } extension)
        {
            new ProfileCheck(profiles, profiles.Find(extension)!, issues).Run(element, path);
        }
    }

    // Null where the reference does not say: an identifier alone, or an address of another form.
    private static string? TypeOf(ResourceReference reference) => FhirReference.Parse(reference.Reference ?? "")?.Type ?? reference.Type;

    // A rule that can't be evaluated on what was sent does not hold of it.
    private bool Holds(Invariant invariant, Base element)
    {
        try
        {
            return invariant.Expression.IsTrue(element.ToPocoNode(), _context);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or FormatException or InvalidCastException or NotSupportedException)
        {
            return false;
        }
    }

    private void Report(OperationOutcome.IssueType code, string text, string path, OperationOutcome.IssueSeverity severity = OperationOutcome.IssueSeverity.Error)
    {
        if (issues.Count >= FhirJson.MaxIssues)
        {
            return;
        }

        var words = $"{text} ({profile.Url})";
        issues.Add(severity == OperationOutcome.IssueSeverity.Error ? Outcome.Error(code, words, path) : Outcome.Warning(code, words, path));
    }
}
