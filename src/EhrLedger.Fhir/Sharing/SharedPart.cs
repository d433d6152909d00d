using System.Collections;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Sharing;

/// <summary>Takes from an entry what its row names, and from that what no member needs: extensions, references to what is not shared, private names, numbers and addresses.</summary>
/// <param name="row">Of the entry's type.</param>
/// <param name="types">Types that are shared: references to others go, with all that they say.</param>
internal sealed class SharedPart(SharingRow row, IReadOnlySet<string> types)
{
    private const string IdentifierType = "http://terminology.hl7.org/CodeSystem/v2-0203";

    // Of people: numbers that stand in a public register of their profession (HL7 table 0203), and systems that hold nothing else.
    private static readonly string[] Professional = ["DDS", "DEA", "DN", "DO", "DPM", "LN", "MD", "NP", "NPI", "OD", "PA", "PRN", "RN", "RPH", "UPIN"];
    private static readonly string[] Registers =
    [
        "http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6", "https://fhir.kbv.de/NamingSystem/KBV_NS_Base_ANR", "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers",
        "http://fhir.nl/fhir/NamingSystem/big", "https://fhir.hl7.org.uk/Id/gmc-number",
    ];

    /// <summary>Null if nothing is left but the id.</summary>
    internal Resource? Of(Resource entry)
    {
        var shared = (Resource)entry.DeepCopy();
        foreach (var (name, _) in shared.EnumerateElements().ToArray())
        {
            if (name != "id" && !row.Elements.Contains(name))
            {
                shared.SetValue(name, null);
            }
        }

        if (shared is Practitioner person)
        {
            person.Identifier.RemoveAll(identifier => !IsProfessional(identifier));
            person.Name.RemoveAll(name => name.Use is not (null or HumanName.NameUse.Official or HumanName.NameUse.Usual));
        }

        CleanChildren(shared);
        return shared.EnumerateElements().Any(element => element.Key != "id") ? shared : null;
    }

    private static bool IsProfessional(Identifier identifier) =>
        identifier.Use is not (Identifier.IdentifierUse.Secondary or Identifier.IdentifierUse.Old)
        && (Registers.Contains(identifier.System) || identifier.Type?.Coding.Exists(coding => coding.System == IdentifierType && Professional.Contains(coding.Code)) is true);

    /// <returns>False if nothing is left of the element.</returns>
    private bool Clean(Base node)
    {
        if (node is Element element)
        {
            element.Extension = [];
            element.ElementId = null;
        }

        return node switch
        {
            PrimitiveType primitive => primitive.JsonValue is not null,
            ContactPoint { Use: ContactPoint.ContactPointUse.Home } or Address { Use: Address.AddressUse.Home } => false,
            ResourceReference reference => CleanReference(reference),
            _ => CleanChildren(node),
        };
    }

    /// <summary>A number can be followed in any directory of its system, so it goes; what a reference is called stays with it, or alone where there never was more.</summary>
    private bool CleanReference(ResourceReference reference)
    {
        if (reference.Reference is { Length: > 0 } text)
        {
            if (FhirReference.Parse(text) is not { Base: null } literal || !types.Contains(literal.Type))
            {
                return false;
            }

            reference.Reference = literal.Relative;
        }
        else if (reference.Identifier is not null)
        {
            return false;
        }

        reference.Identifier = null;
        return reference.Reference is not null || reference.Display is not null;
    }

    /// <summary>What loses an element that R4 demands goes as a whole (an ingredient without its item).</summary>
    private bool CleanChildren(Base node)
    {
        foreach (var (name, value) in node.EnumerateElements().ToArray())
        {
            var gone = false;
            if (value is Base child && !Clean(child))
            {
                node.SetValue(name, null);
                gone = true;
            }
            else if (value is IList list)
            {
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (list[i] is Base item && !Clean(item))
                    {
                        list.RemoveAt(i);
                    }
                }

                gone = list.Count == 0;
            }

            if (gone && node is not Resource && ModelInfo.ModelInspector.FindClassMapping(node)?.FindMappedElementByName(name)?.IsMandatoryElement is true)
            {
                return false;
            }
        }

        return node.EnumerateElements().Any();
    }
}
