using System.Collections;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views;

/// <summary>Leaves out of a resource what <c>_summary</c> and <c>_elements</c> do not ask for, and says so (FHIR R4 §3.1.1.5.8 and §3.1.1.5.9). Mandatory elements and modifiers stay.</summary>
public static class Subset
{
    private static readonly Coding Subsetted = new("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "SUBSETTED");

    /// <summary>The resource itself where all of it is asked for, else a copy.</summary>
    /// <param name="resource">It is not changed.</param>
    /// <param name="result">What was asked for.</param>
    /// <param name="isMatch">False for what was included: a list of elements does not speak of it.</param>
    public static Resource Of(Resource resource, SearchResult result, bool isMatch)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(result);
        var elements = isMatch ? result.Elements : null;
        Func<string, PropertyMapping, bool>? keeps = (result.Summary, elements) switch
        {
            (SummaryMode.True, _) => (_, element) => element.InSummary,
            (SummaryMode.Text, _) => (name, _) => name == "text",
            (SummaryMode.Data, _) => (name, _) => name != "text",
            (_, { } names) => (name, _) => names.Contains(name) || names.Contains($"{resource.TypeName}.{name}"),
            _ => null,
        };
        if (keeps is null)
        {
            return resource;
        }

        var copy = (Resource)resource.DeepCopy();
        Trim(copy, keeps, deep: result.Summary == SummaryMode.True);
        copy.Meta ??= new Meta();
        copy.Meta.Tag.RemoveAll(IsSubsetted);
        copy.Meta.Tag.Add((Coding)Subsetted.DeepCopy());
        return copy;
    }

    /// <summary>Whether a resource says of itself that elements are left out: to store it would be to lose them (FHIR R4 §3.1.1.5.8).</summary>
    public static bool IsSubset(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.Meta?.Tag.Exists(IsSubsetted) is true;
    }

    private static bool IsSubsetted(Coding tag) => tag.System == Subsetted.System && tag.Code == Subsetted.Code;

    private static void Trim(Base node, Func<string, PropertyMapping, bool> keeps, bool deep)
    {
        var mapping = ModelInfo.ModelInspector.FindClassMapping(node);
        foreach (var (name, value) in node.EnumerateElements().ToArray())
        {
            if (mapping?.FindMappedElementByName(name) is not { } element)
            {
                continue;
            }

            if (!(node is Resource && name is "id" or "meta") && !element.IsMandatoryElement && !element.IsModifier && !keeps(name, element))
            {
                node.SetValue(name, null);
            }
            else if (deep && name != "meta")
            {
                TrimWithin(value, keeps);
            }
        }
    }

    private static void TrimWithin(object? value, Func<string, PropertyMapping, bool> keeps)
    {
        switch (value)
        {
            case PrimitiveType:
                break;
            case Base child:
                Trim(child, keeps, deep: true);
                break;
            case IList list:
                foreach (var item in list)
                {
                    TrimWithin(item, keeps);
                }

                break;
            default:
                break;
        }
    }
}
