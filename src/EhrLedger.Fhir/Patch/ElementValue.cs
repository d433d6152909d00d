using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Patch;

/// <summary>Turns the value of a patch into an element of the type that its place has.</summary>
internal static class ElementValue
{
    /// <summary>The element of this name; null if the parent has none.</summary>
    public static PropertyMapping? Find(Base parent, string name) => ModelInfo.ModelInspector.FindClassMapping(parent.GetType())?.FindMappedElementByName(name);

    /// <summary>Null if the value is of another kind than the place. Finer rules are left to the check of the whole resource.</summary>
    public static Base? Make(PropertyMapping place, Parameters.ParameterComponent value) =>
        value switch
        {
            { Value: { } given } => Convert(place, given),
            { Resource: { } resource } => place.ImplementingType.IsInstanceOfType(resource) ? (Base)resource.DeepCopy() : null,
            { Part.Count: > 0 } => Assemble(place, value.Part),
            _ => null,
        };

    private static Base? Convert(PropertyMapping place, DataType given)
    {
        if (place.ImplementingType.IsInstanceOfType(given))
        {
            return (Base)given.DeepCopy();
        }

        // A code for a bound code, a string for an id: the text counts, and whether it is one of the place's is checked with the whole.
        if (given is not PrimitiveType text || !typeof(PrimitiveType).IsAssignableFrom(place.ImplementingType) || Create(place) is not PrimitiveType made)
        {
            return null;
        }

        made.JsonValue = text.JsonValue;
        made.ElementId = text.ElementId;
        made.Extension = [.. text.Extension.Select(extension => (Extension)extension.DeepCopy())];
        return made;
    }

    /// <summary>Types without a name of their own, such as Patient.contact, come as parts.</summary>
    private static Base? Assemble(PropertyMapping place, List<Parameters.ParameterComponent> parts)
    {
        if (Create(place) is not { } made)
        {
            return null;
        }

        foreach (var part in parts)
        {
            if (part.Name is null || Find(made, part.Name) is not { } inner || Make(inner, part) is not { } value || !TryAdd(made, inner, value))
            {
                return null;
            }
        }

        return made;
    }

    /// <summary>False where an element that does not repeat is there already.</summary>
    public static bool TryAdd(Base parent, PropertyMapping place, Base value)
    {
        var present = parent.TryGetValue(place.Name, out var before);
        if (!place.IsCollection)
        {
            if (!present || before is null)
            {
                parent.SetValue(place.Name, value);
                return true;
            }

            return false;
        }

        if (before is System.Collections.IList list)
        {
            list.Add(value);
            return true;
        }

        var mapping = ModelInfo.ModelInspector.FindClassMapping(place.ImplementingType);
        if (mapping is null || !place.ImplementingType.IsInstanceOfType(value))
        {
            return false;
        }

        var made = mapping.CreateList();
        made.Add(value);
        parent.SetValue(place.Name, made);
        return true;
    }

    private static Base? Create(PropertyMapping place) => place.ImplementingType.IsAbstract ? null : ModelInfo.ModelInspector.FindClassMapping(place.ImplementingType)?.CreateInstance();
}
