using EhrLedger.Fhir.References;

namespace EhrLedger.Fhir.Search;

/// <summary>One value that a search parameter finds in a resource.</summary>
/// <param name="Parameter">The parameter's code, such as <c>birthdate</c>.</param>
/// <param name="Value">In the parameter's own kind.</param>
public sealed record IndexValue(string Parameter, SearchValue Value);

/// <summary>The closed set of kinds of values (FHIR R4 §3.1.1.4).</summary>
public abstract record SearchValue
{
    private SearchValue()
    {
    }

    /// <summary>A code, identifier, contact point or boolean.</summary>
    /// <param name="System">Its system; null if it has none, or if the element's code system is not known here.</param>
    /// <param name="Code">Null for text without a code.</param>
    /// <param name="Display">Display or text for <c>:text</c>.</param>
    public sealed record Token(string? System, string? Code, string? Display) : SearchValue
    {
        /// <summary>What kind of identifier it is, for <c>:of-type</c>; empty for other elements.</summary>
        public IReadOnlyList<(string? System, string? Code)> Types { get; init; } = [];
    }

    /// <summary>A reference or canonical URL.</summary>
    /// <param name="Target">As written; null where only an identifier stands.</param>
    /// <param name="Literal">Taken apart; null for what is no literal reference.</param>
    /// <param name="IdentifierSystem">System of the logical reference.</param>
    /// <param name="IdentifierValue">Value of the logical reference.</param>
    public sealed record Reference(string? Target, FhirReference? Literal, string? IdentifierSystem, string? IdentifierValue) : SearchValue;

    /// <summary>A point in time or period.</summary>
    public sealed record Time(DateSpan Span) : SearchValue;

    /// <summary>A string.</summary>
    /// <param name="Raw">As written.</param>
    /// <param name="Folded">Lower case, without accents and punctuation.</param>
    public sealed record Text(string Raw, string Folded) : SearchValue;

    /// <summary>A quantity or range of quantities.</summary>
    /// <param name="Low">Lower bound; null if open.</param>
    /// <param name="High">Upper bound; null if open; equal to the lower one for a plain quantity.</param>
    /// <param name="System">Of the unit's code.</param>
    /// <param name="Code">Of the unit.</param>
    /// <param name="Unit">For people.</param>
    public sealed record Quantity(decimal? Low, decimal? High, string? System, string? Code, string? Unit) : SearchValue;

    /// <summary>A number or range.</summary>
    public sealed record Number(decimal? Low, decimal? High) : SearchValue;

    /// <summary>What a composite parameter finds in one element.</summary>
    /// <param name="Parts">The values of each part, in the parameter's order; none is empty.</param>
    public sealed record Composite(IReadOnlyList<IReadOnlyList<SearchValue>> Parts) : SearchValue;

    /// <summary>A URI, compared as it is.</summary>
    public sealed record Address(string Uri) : SearchValue;
}
