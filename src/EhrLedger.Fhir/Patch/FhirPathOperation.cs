using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;
using Hl7.FhirPath;
using Hl7.FhirPath.Expressions;

namespace EhrLedger.Fhir.Patch;

/// <summary>What an operation of a FHIRPath patch does.</summary>
internal enum FhirPathOperationKind
{
    Add,
    Insert,
    Delete,
    Replace,
    Move,
}

/// <summary>One operation, read and complete for its kind (FHIR R4, FHIRPath Patch).</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">Compiled.</param>
/// <param name="Name">Of the element that is added; empty for other kinds.</param>
/// <param name="Value">Holds the value, or its parts; null where the kind needs none.</param>
/// <param name="Index">At which place it is inserted, or from which it is moved.</param>
/// <param name="Destination">To which place it is moved.</param>
/// <param name="Expression">FHIRPath of the operation in its Parameters.</param>
internal sealed record FhirPathOperation(
    FhirPathOperationKind Kind, CompiledExpression Path, string Name, Parameters.ParameterComponent? Value, int Index, int Destination, string Expression)
{
    private const int MaxPath = 500;

    // What selects elements by their own content, one after the other: no cost but the elements that are there. Whatever compares texts, repeats or leaves the resource is not among them.
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "builtin.children", "builtin.item", "where", "first", "last", "tail", "skip", "take", "single", "ofType", "as", "is", "exists", "empty", "not", "extension", "hasValue",
        "binary.=", "binary.!=", "binary.and", "binary.or", "binary.as", "binary.is", "unary.-",
    };

    /// <summary>One of the two is null.</summary>
    public static (FhirPathOperation? Operation, OperationOutcome.IssueComponent? Issue) Read(Parameters.ParameterComponent parameter, int place, FhirPathCompiler compiler)
    {
        var expression = $"Parameters.parameter[{place}]";
        if (parameter.Name != "operation")
        {
            return Malformed("A FHIRPath patch has parameters 'operation' only.", $"{expression}.name");
        }

        var parts = new Dictionary<string, Parameters.ParameterComponent>(StringComparer.Ordinal);
        foreach (var part in parameter.Part)
        {
            if (part.Name is not ("type" or "path" or "name" or "value" or "index" or "source" or "destination") || !parts.TryAdd(part.Name, part))
            {
                return Malformed("The parts of an operation are type, path, name, value, index, source and destination, each once.", $"{expression}.part");
            }
        }

        if (KindOf(TextOf(parts, "type")) is not { } kind)
        {
            return Malformed("The type of an operation is add, insert, delete, replace or move.", $"{expression}.part.where(name='type')");
        }

        if (TextOf(parts, "path") is not { Length: > 0 and <= MaxPath } text || Compile(text, compiler) is not { } path)
        {
            return Malformed("The path of an operation is FHIRPath that names elements, by name, index, where(), first(), last(), ofType() or extension().", $"{expression}.part.where(name='path')");
        }

        if (kind == FhirPathOperationKind.Add && TextOf(parts, "name") is not { Length: > 0 })
        {
            return Malformed("An add needs the name of the element.", $"{expression}.part.where(name='name')");
        }

        var value = parts.GetValueOrDefault("value");
        if (kind is FhirPathOperationKind.Add or FhirPathOperationKind.Insert or FhirPathOperationKind.Replace && value is null or { Value: null, Resource: null, Part.Count: 0 })
        {
            return Malformed("The operation needs a value.", $"{expression}.part.where(name='value')");
        }

        var index = NumberOf(parts, kind == FhirPathOperationKind.Move ? "source" : "index");
        if (kind is FhirPathOperationKind.Insert or FhirPathOperationKind.Move && index is null)
        {
            return Malformed("An insert needs an index, a move a source and a destination: integers from 0.", $"{expression}.part");
        }

        var destination = NumberOf(parts, "destination");
        return kind == FhirPathOperationKind.Move && destination is null
            ? Malformed("A move needs a destination: an integer from 0.", $"{expression}.part.where(name='destination')")
            : (new FhirPathOperation(kind, path, TextOf(parts, "name") ?? "", value, index ?? 0, destination ?? 0, expression), null);
    }

    private static FhirPathOperationKind? KindOf(string? text) => text switch
    {
        "add" => FhirPathOperationKind.Add,
        "insert" => FhirPathOperationKind.Insert,
        "delete" => FhirPathOperationKind.Delete,
        "replace" => FhirPathOperationKind.Replace,
        "move" => FhirPathOperationKind.Move,
        _ => null,
    };

    private static CompiledExpression? Compile(string text, FhirPathCompiler compiler)
    {
        try
        {
            var parsed = compiler.Parse(text);
            return IsAllowed(parsed) ? compiler.Compile(parsed) : null;
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException or InvalidOperationException or NotSupportedException or InvalidCastException or OverflowException)
        {
            return null;
        }
    }

    private static bool IsAllowed(Hl7.FhirPath.Expressions.Expression expression) => expression switch
    {
        ConstantExpression or AxisExpression => true,
        FunctionCallExpression call => Allowed.Contains(call.FunctionName) && (call.Focus is null || IsAllowed(call.Focus)) && call.Arguments.All(IsAllowed),
        _ => false,
    };

    private static string? TextOf(Dictionary<string, Parameters.ParameterComponent> parts, string name) =>
        parts.GetValueOrDefault(name)?.Value is FhirString or Code ? ((PrimitiveType)parts[name].Value!).JsonValue as string : null;

    private static int? NumberOf(Dictionary<string, Parameters.ParameterComponent> parts, string name) =>
        parts.GetValueOrDefault(name)?.Value is Integer or UnsignedInt or PositiveInt && ((PrimitiveType)parts[name].Value!).JsonValue is int and >= 0 and var number ? number : null;

    private static (FhirPathOperation?, OperationOutcome.IssueComponent?) Malformed(string text, string expression) =>
        (null, Outcome.Error(OperationOutcome.IssueType.Structure, text, expression));
}
