using System.Text.Json.Nodes;
using EhrLedger.Fhir.Ownership;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace EhrLedger.Node.Tests.Conformance;

/// <summary>The smallest valid resource of any R4 type: what is mandatory, and the patient where the type needs one.</summary>
internal static class MinimalResource
{
    private static readonly string[] Simple = ["string", "CodeableConcept", "code", "uri", "markdown", "boolean", "Coding", "Identifier", "Quantity", "Period", "dateTime", "date", "decimal", "integer", "Reference"];

    /// <param name="type">Resource type.</param>
    /// <param name="patient">Id of the patient whose record it is.</param>
    public static JsonObject Of(string type, string patient)
    {
        var resource = Mandatory(Mapping(type), patient);
        if (type == "Subscription")
        {
            // One that stands still, and that a node would carry out.
            (resource["status"], resource["criteria"]) = ("off", "Observation");
            resource["channel"] = new JsonObject { ["type"] = "rest-hook", ["endpoint"] = "https://subscriber.example/hook" };
        }

        resource["resourceType"] = type;
        resource["meta"] = new JsonObject { ["source"] = "urn:oid:1.2.3" }; // some types have nothing mandatory, and a type alone is no resource
        if (OwnershipTable.Rows.FirstOrDefault(row => row.Type == type) is { Without: WithoutPatient.Refused } row)
        {
            Put(resource, Mapping(type), row.Elements[0].Split('.'), patient);
        }

        return resource;
    }

    private static ClassMapping Mapping(string type) => ModelInfo.ModelInspector.FindClassMapping(type) ?? throw new ArgumentException(type, nameof(type));

    private static void Put(JsonObject parent, ClassMapping type, ReadOnlySpan<string> path, string patient)
    {
        var property = type.FindMappedElementByName(path[0])!;
        var name = property.Name;
        if (property.FhirTypeMappings.FirstOrDefault(allowed => allowed.Name == "Reference") is not null)
        {
            if (property.Choice == ChoiceType.DatatypeChoice)
            {
                parent.Where(member => member.Key.StartsWith(name, StringComparison.Ordinal)).ToList().ForEach(member => parent.Remove(member.Key));
                name += "Reference";
            }

            JsonNode reference = new JsonObject { ["reference"] = $"Patient/{patient}" };
            parent[name] = property.IsCollection ? new JsonArray(reference) : reference;
            return;
        }

        var backbone = property.FhirTypeMappings[0];
        parent[name] ??= property.IsCollection ? new JsonArray(Mandatory(backbone, patient)) : Mandatory(backbone, patient);
        Put((parent[name] as JsonArray)?[0]!.AsObject() ?? parent[name]!.AsObject(), backbone, path[1..], patient);
    }

    private static JsonObject Mandatory(ClassMapping type, string patient)
    {
        var made = new JsonObject();
        foreach (var property in type.PropertyMappings.Where(property => property.IsMandatoryElement))
        {
            Add(made, property, patient);
        }

        // Nothing is empty in FHIR, except for a resource, which has its type.
        if (made.Count == 0 && !type.IsResource)
        {
            Add(made, type.PropertyMappings.Where(property => property.Name is not ("id" or "extension")).MinBy(property => Rank(property.FhirTypeMappings[0]))!, patient);
        }

        return made;
    }

    private static int Rank(ClassMapping type) => Array.IndexOf(Simple, type.Name) is >= 0 and var rank ? rank : int.MaxValue;

    private static void Add(JsonObject made, PropertyMapping property, string patient)
    {
        var chosen = property.FhirTypeMappings.MinBy(Rank)!;
        var name = property.Choice == ChoiceType.DatatypeChoice ? property.Name + char.ToUpperInvariant(chosen.Name[0]) + chosen.Name[1..] : property.Name;
        var value = Value(property, chosen, patient);
        made[name] = property.IsCollection ? new JsonArray(value) : value;
    }

    private static JsonNode Value(PropertyMapping property, ClassMapping type, string patient)
    {
        if (property.Choice == ChoiceType.ResourceChoice)
        {
            return new JsonObject { ["resourceType"] = "Basic", ["code"] = new JsonObject { ["text"] = "x" } };
        }

        return type.Name switch
        {
            "Reference" => MayNameAPatient(property) ? new JsonObject { ["reference"] = $"Patient/{patient}" } : new JsonObject { ["display"] = "x" },
            "code" => CodeOf(property) ?? "x",
            "boolean" => true,
            "integer" or "positiveInt" or "unsignedInt" or "decimal" => 1,
            "date" or "dateTime" => "2020-02-03",
            "instant" => "2020-02-03T04:05:06Z",
            "time" => "04:05:06",
            "base64Binary" => "eHh4",
            "uri" or "url" or "canonical" or "oid" or "uuid" => "urn:oid:1.2.3",
            "xhtml" => "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>",
            _ when type.IsFhirPrimitive => "x",
            _ => Mandatory(type, patient),
        };
    }

    private static bool MayNameAPatient(PropertyMapping property) => property.NativeProperty!
        .GetCustomAttributes(typeof(ReferencesAttribute), inherit: true)
        .OfType<ReferencesAttribute>()
        .SelectMany(attribute => attribute.Resources ?? [])
        .Any(target => target is "Patient" or "Resource");

    /// <summary>The first code of a required value set.</summary>
    private static string? CodeOf(PropertyMapping property)
    {
        var type = property.NativeProperty!.PropertyType;
        var item = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) ? type.GetGenericArguments()[0] : type;
        return item.IsGenericType && item.GetGenericTypeDefinition() == typeof(Code<>) && Enum.GetValues(item.GetGenericArguments()[0]) is { Length: > 0 } values
            ? ((Enum)values.GetValue(0)!).GetLiteral()
            : null;
    }
}
