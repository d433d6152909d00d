using EhrLedger.Fhir.References;

namespace EhrLedger.Fhir.Search;

/// <summary>The comparison that stands before a date, number or quantity (FHIR R4 §3.1.1.4.3).</summary>
public enum SearchPrefix
{
    /// <summary>Equal: the range asked for holds the whole value.</summary>
    Eq,

    /// <summary>Not equal.</summary>
    Ne,

    /// <summary>Greater: the value reaches above the range.</summary>
    Gt,

    /// <summary>Less: the value reaches below the range.</summary>
    Lt,

    /// <summary>Greater or equal.</summary>
    Ge,

    /// <summary>Less or equal.</summary>
    Le,

    /// <summary>Starts after.</summary>
    Sa,

    /// <summary>Ends before.</summary>
    Eb,

    /// <summary>Approximately: a tenth of the distance to now, or of the number.</summary>
    Ap,
}

/// <summary>What stands after the colon of a parameter's name (FHIR R4 §3.1.1.4.5).</summary>
public enum SearchModifier
{
    /// <summary>None.</summary>
    None,

    /// <summary>A string as it is, case and accents included.</summary>
    Exact,

    /// <summary>A string anywhere within.</summary>
    Contains,

    /// <summary>Whether there is a value at all.</summary>
    Missing,

    /// <summary>No value is the token.</summary>
    Not,

    /// <summary>The token's display or text starts with the words.</summary>
    Text,

    /// <summary>The logical identifier of a reference.</summary>
    Identifier,

    /// <summary>The type of a reference's target.</summary>
    Type,

    /// <summary>An identifier of one type.</summary>
    OfType,

    /// <summary>A URL, or what it stands above of.</summary>
    Above,

    /// <summary>A URL, or what stands below it.</summary>
    Below,
}

/// <summary>One alternative of a criterion, in the closed set of kinds.</summary>
public abstract record SearchOperand
{
    private SearchOperand()
    {
    }

    /// <summary>A code, identifier or id.</summary>
    /// <param name="System">Null: any; empty: none.</param>
    /// <param name="Code">Null: any of the system.</param>
    public sealed record Token(string? System, string? Code) : SearchOperand;

    /// <summary>A reference.</summary>
    /// <param name="Literal">A literal reference; its base is null where it is this server's.</param>
    /// <param name="Id">An id alone, of whatever type.</param>
    /// <param name="Url">A canonical or other URL, as it is.</param>
    public sealed record Reference(FhirReference? Literal, string? Id, string? Url) : SearchOperand;

    /// <summary>A date.</summary>
    public sealed record Time(SearchPrefix Prefix, DateSpan Span) : SearchOperand;

    /// <summary>A string.</summary>
    public sealed record Text(string Raw, string Folded) : SearchOperand;

    /// <summary>A number, and a unit for quantities.</summary>
    /// <param name="Prefix">How to compare.</param>
    /// <param name="Value">As asked.</param>
    /// <param name="Low">Half a step of the last digit below the value: 5.40 means 5.395 to 5.405.</param>
    /// <param name="High">Half a step above.</param>
    /// <param name="System">Of the unit; null: any.</param>
    /// <param name="Code">Of the unit, or the unit's text where no system is asked for; null: any.</param>
    public sealed record Number(SearchPrefix Prefix, decimal Value, decimal Low, decimal High, string? System, string? Code) : SearchOperand;

    /// <summary>An identifier with its type, for <c>:of-type</c>.</summary>
    public sealed record Typed(string System, string Code, string Value) : SearchOperand;

    /// <summary>One operand for each part of a composite parameter, all of which one element has to meet.</summary>
    /// <param name="Parts">In the parameter's order, with one operand each.</param>
    public sealed record Composite(IReadOnlyList<SearchCriterion> Parts) : SearchOperand;

    /// <summary>What a chain has come to: one of these resources of this server.</summary>
    /// <param name="References">Each <c>Type/id</c>. For <c>_id</c> they are of the type searched.</param>
    public sealed record OneOf(IReadOnlySet<string> References) : SearchOperand;

    /// <summary>A URI, as it is.</summary>
    public sealed record Address(string Uri) : SearchOperand;

    /// <summary>For <c>:missing</c>.</summary>
    public sealed record Missing(bool IsMissing) : SearchOperand;
}

/// <summary>One parameter of a query; it holds if one of its alternatives does.</summary>
/// <param name="Parameter">What it looks at.</param>
/// <param name="Modifier">How it looks.</param>
/// <param name="TargetType">For <see cref="SearchModifier.Type"/>.</param>
/// <param name="AnyOf">At least one.</param>
public sealed record SearchCriterion(
    SearchParameter Parameter, SearchModifier Modifier, string? TargetType, IReadOnlyList<SearchOperand> AnyOf);

/// <summary>One key of <c>_sort</c>.</summary>
public sealed record SortKey(SearchParameter Parameter, bool Descending);
