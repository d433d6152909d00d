using Hl7.Fhir.Model;
using Hl7.FhirPath;

namespace EhrLedger.Fhir.Profiles;

/// <summary>What a differential says of one element or one slice of it.</summary>
internal sealed class ElementRule
{
    /// <summary>Of the element in its parent, without <c>[x]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Null where it is no slice.</summary>
    public string? SliceName { get; init; }

    /// <summary>At least so many.</summary>
    public int Min { get; set; }

    /// <summary>At most so many; null for any number.</summary>
    public int? Max { get; set; }

    /// <summary>Types that are allowed; empty where R4's own are.</summary>
    public IReadOnlyList<string> Types { get; set; } = [];

    /// <summary>Resource types that a reference may point at; empty where R4's own are.</summary>
    public IReadOnlyList<string> Targets { get; set; } = [];

    /// <summary>The profile that an extension has to keep; null where there is none.</summary>
    public string? ExtensionProfile { get; set; }

    /// <summary>What the element is, and nothing else; null where nothing is fixed.</summary>
    public DataType? Fixed { get; set; }

    /// <summary>What the element has, beside whatever else; null where there is no pattern.</summary>
    public DataType? Pattern { get; set; }

    /// <summary>Where a code has to come from; null where it does not matter.</summary>
    public CodeSet? Binding { get; set; }

    public IReadOnlyList<Invariant> Invariants { get; set; } = [];

    /// <summary>How slices are told apart: paths below the element, or <c>$this</c>. Empty where there are no slices.</summary>
    public IReadOnlyList<string> Discriminators { get; set; } = [];

    /// <summary>Whether every element has to be in a slice.</summary>
    public bool IsClosed { get; set; }

    public List<ElementRule> Slices { get; } = [];

    public List<ElementRule> Children { get; } = [];
}

/// <summary>A rule in FHIRPath, about the element that it stands at.</summary>
/// <param name="Key">Such as <c>ehr-consent-1</c>.</param>
/// <param name="Severity">error or warning.</param>
/// <param name="Human">In words.</param>
/// <param name="Expression">Compiled. Nothing, as an answer, is no.</param>
internal sealed record Invariant(string Key, OperationOutcome.IssueSeverity Severity, string Human, CompiledExpression Expression);
