using System.Collections;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using Hl7.FhirPath;

namespace EhrLedger.Fhir.Patch;

/// <summary>A FHIRPath patch: a Parameters resource of operations (FHIR R4 §3.1.0.10.2).</summary>
public sealed class FhirPathPatch : ResourcePatch
{
    private readonly IReadOnlyList<FhirPathOperation> _operations;

    private FhirPathPatch(IReadOnlyList<FhirPathOperation> operations) => _operations = operations;

    /// <summary>Reads a patch. One of the two is null.</summary>
    public static (FhirPathPatch? Patch, OperationOutcome.IssueComponent? Issue) Parse(Parameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (parameters.Parameter.Count is 0 or > MaxOperations)
        {
            return (null, Outcome.Error(OperationOutcome.IssueType.Structure, $"A FHIRPath patch has 1 to {MaxOperations} operations.", "Parameters.parameter"));
        }

        var compiler = new FhirPathCompiler();
        var operations = new List<FhirPathOperation>(parameters.Parameter.Count);
        foreach (var parameter in parameters.Parameter)
        {
            var (operation, issue) = FhirPathOperation.Read(parameter, operations.Count, compiler);
            if (operation is null)
            {
                return (null, issue);
            }

            operations.Add(operation);
        }

        return (new FhirPathPatch(operations), null);
    }

    private protected override (byte[]? Patched, OperationOutcome.IssueComponent? Issue) Change(Resource before, ReadOnlySpan<byte> json)
    {
        foreach (var operation in _operations)
        {
            string? fault;
            try
            {
                fault = Carry(operation, [.. operation.Path(before.ToPocoNode(), new FhirEvaluationContext())]);
            }
            catch (Exception thrown) when (thrown is ArgumentException or InvalidOperationException or FormatException or InvalidCastException or NotSupportedException or OverflowException
                or NullReferenceException)
            {
                fault = "The path can't be evaluated, or the value does not fit its place.";
            }

            if (fault is not null)
            {
                return (null, Unfit(fault, operation.Expression));
            }
        }

        return before.HasOverflow ? (null, Unfit("A value does not fit its place.", null)) : (FhirJson.Write(before), null);
    }

    /// <returns>What is wrong; null if it is done.</returns>
    private static string? Carry(FhirPathOperation operation, List<PocoNode> found) => operation.Kind switch
    {
        FhirPathOperationKind.Add => found is [{ Poco: { } parent }] ? Add(operation, parent) : "The path has to lead to exactly one element.",
        FhirPathOperationKind.Insert => Insert(operation, found),
        FhirPathOperationKind.Delete => found.Count == 0 ? null : Single(found) is { } place ? Remove(place) : "The path has to lead to one element at most.",
        FhirPathOperationKind.Replace => Single(found) is { } place ? Replace(operation, place) : "The path has to lead to exactly one element.",
        FhirPathOperationKind.Move => Move(operation, found),
    };

    private static string? Add(FhirPathOperation operation, Base parent) =>
        ElementValue.Find(parent, operation.Name) is not { } place ? "There is no element of this name."
        : ElementValue.Make(place, operation.Value!) is not { } value ? "The value is of another type than the element."
        : ElementValue.TryAdd(parent, place, value) ? null
        : "The element is there already, and does not repeat.";

    private static string? Insert(FhirPathOperation operation, List<PocoNode> found)
    {
        if (ListOf(found) is not var (list, place))
        {
            return "The path has to lead to all elements of one list.";
        }

        if (operation.Index > list.Count)
        {
            return "The index lies behind the end of the list.";
        }

        if (ElementValue.Find(place.Parent, place.Name) is not { } mapping || ElementValue.Make(mapping, operation.Value!) is not { } value)
        {
            return "The value is of another type than the element.";
        }

        list.Insert(operation.Index, value);
        return null;
    }

    private static string? Move(FhirPathOperation operation, List<PocoNode> found)
    {
        if (ListOf(found) is not var (list, _))
        {
            return "The path has to lead to all elements of one list.";
        }

        if (operation.Index >= list.Count || operation.Destination >= list.Count)
        {
            return "Source and destination have to lie within the list.";
        }

        var moved = list[operation.Index];
        list.RemoveAt(operation.Index);
        list.Insert(operation.Destination, moved);
        return null;
    }

    private static string? Remove(Place place)
    {
        if (place is { Index: { } index } && place.Parent.TryGetValue(place.Name, out var value) && value is IList { Count: > 1 } list)
        {
            list.RemoveAt(index);
        }
        else
        {
            place.Parent.SetValue(place.Name, null);
        }

        return null;
    }

    private static string? Replace(FhirPathOperation operation, Place place)
    {
        if (ElementValue.Find(place.Parent, place.Name) is not { } mapping || ElementValue.Make(mapping, operation.Value!) is not { } value)
        {
            return "The value is of another type than the element.";
        }

        if (place is { Index: { } index } && place.Parent.TryGetValue(place.Name, out var before) && before is IList list)
        {
            list[index] = value;
        }
        else
        {
            place.Parent.SetValue(place.Name, value);
        }

        return null;
    }

    /// <summary>Null unless it is one element within the resource: not the resource itself, and nothing that was computed.</summary>
    private static Place? Single(List<PocoNode> found) =>
        found is [{ Name: { } name, Parent: PocoNode { Poco: { } parent } } only] && ElementValue.Find(parent, name) is not null ? new Place(parent, name, only.Index) : null;

    private static (IList List, Place Place)? ListOf(List<PocoNode> found) =>
        found is [{ Name: { } name, Parent: PocoNode { Poco: { } parent } } first, ..]
        && found.All(one => one.Name == name && one.Parent is PocoNode other && ReferenceEquals(other.Poco, parent))
        && parent.TryGetValue(name, out var value) && value is IList list && list.Count == found.Count
            ? (list, new Place(parent, name, first.Index))
            : null;

    private sealed record Place(Base Parent, string Name, int? Index);
}
