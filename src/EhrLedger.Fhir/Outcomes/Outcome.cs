using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Outcomes;

/// <summary>
/// Makers of OperationOutcome. Diagnostics say what to change and where; they never repeat an element's value, because answers are copied into
/// logs and tickets (FHIR R4 §3.1.0.1.5, OperationOutcome).
/// </summary>
public static class Outcome
{
    /// <summary>One issue of severity error.</summary>
    /// <param name="code">IssueType of the R4 value set.</param>
    /// <param name="diagnostics">English, without any content of a record.</param>
    /// <param name="expression">FHIRPath of the element; null if there is none.</param>
    public static OperationOutcome.IssueComponent Error(OperationOutcome.IssueType code, string diagnostics, string? expression = null) =>
        Issue(OperationOutcome.IssueSeverity.Error, code, diagnostics, expression);

    /// <summary>One issue of severity warning: the request was carried out, but not as the caller may think.</summary>
    /// <inheritdoc cref="Error"/>
    public static OperationOutcome.IssueComponent Warning(OperationOutcome.IssueType code, string diagnostics, string? expression = null) =>
        Issue(OperationOutcome.IssueSeverity.Warning, code, diagnostics, expression);

    /// <summary>The answer where an interaction succeeded and there is nothing else to say.</summary>
    /// <param name="diagnostics">English, without any content of a record.</param>
    public static OperationOutcome Information(string diagnostics) =>
        Of(Issue(OperationOutcome.IssueSeverity.Information, OperationOutcome.IssueType.Informational, diagnostics, null));

    /// <summary>An OperationOutcome with these issues, at least one.</summary>
    public static OperationOutcome Of(params IReadOnlyList<OperationOutcome.IssueComponent> issues)
    {
        ArgumentOutOfRangeException.ThrowIfZero(issues.Count);
        return new OperationOutcome { Issue = [.. issues] };
    }

    /// <summary>What a read of nothing answers. The text is the same for what does not exist and for what is not granted (G10).</summary>
    public static OperationOutcome NotFound() => Of(Error(OperationOutcome.IssueType.NotFound, "There is no such resource."));

    private static OperationOutcome.IssueComponent Issue(
        OperationOutcome.IssueSeverity severity, OperationOutcome.IssueType code, string diagnostics, string? expression) => new()
        {
            Severity = severity,
            Code = code,
            Diagnostics = diagnostics,
            Expression = expression is null ? [] : [expression],
        };
}
