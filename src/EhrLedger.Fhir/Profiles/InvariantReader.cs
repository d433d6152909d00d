using Hl7.Fhir.Model;
using Hl7.FhirPath;
using Hl7.FhirPath.Expressions;

namespace EhrLedger.Fhir.Profiles;

/// <summary>Compiles the rules of a differential.</summary>
internal static class InvariantReader
{
    // What our rules use. The SDK finds out that it has no function of a name only when it is called.
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "builtin.children", "builtin.that", "where", "exists", "empty", "all", "matches", "toString", "length",
        "binary.=", "binary.and", "binary.or", "binary.implies", "binary.|",
    };

    /// <summary>Null where it is of a form, or uses a function, that is not known here.</summary>
    public static Invariant? Read(ElementDefinition.ConstraintComponent constraint)
    {
        if (constraint is not { Key: { } key, Human: { } human, Expression: { } text, Severity: { } severity }
            || constraint.EnumerateElements().Any(part => part.Key is not ("key" or "severity" or "human" or "expression")))
        {
            return null;
        }

        var compiler = new FhirPathCompiler();
        try
        {
            var parsed = compiler.Parse(text);
            return IsAllowed(parsed)
                ? new Invariant(
                    key,
                    severity == ConstraintSeverity.Error ? OperationOutcome.IssueSeverity.Error : OperationOutcome.IssueSeverity.Warning,
                    human,
                    compiler.Compile(parsed))
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsAllowed(Hl7.FhirPath.Expressions.Expression expression) => expression switch
    {
        ConstantExpression or AxisExpression => true,
        BracketExpression inner => IsAllowed(inner.Operand),
        FunctionCallExpression call => Allowed.Contains(call.FunctionName) && (call.Focus is null || IsAllowed(call.Focus)) && call.Arguments.All(IsAllowed),
        _ => false,
    };
}
