using System.Collections.Frozen;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Views;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Sharing;

/// <summary>
/// The published rule by which a node's directory is shared with the other members: type by type, element by element. What is shared is shared as a whole, whoever reads what, so that it says
/// nothing about any patient.
/// </summary>
/// <remarks>
/// Beside the rows: nothing that names a patient anywhere; no entry with a modifier extension or implicit rules, which would mean something else without them; none that is labelled restricted; no place
/// that is somebody's home, school or workplace; no medication but those that their author has tagged as its catalogue's, because what software makes for one prescription looks the same and would tell of
/// that prescription; of people only the numbers of their profession.
/// </remarks>
public static class SharingTable
{
    /// <summary>Code of the tag, in the system <see cref="GranteeView.TagSystem"/>, by which an author says that a Medication is one of its catalogue.</summary>
    public const string CatalogueTag = "catalogue";

    private const string Confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    private const string RoleCode = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    private const string PhysicalType = "http://terminology.hl7.org/CodeSystem/location-physical-type";

    // Places where something happens to somebody (v3-RoleCode, IncidentalServiceDeliveryLocationRoleType).
    private static readonly string[] Incidental = ["ACC", "COMM", "PTRES", "SCHOOL", "UPC", "WORK"];

    /// <summary>All rows, by type.</summary>
    public static IReadOnlyList<SharingRow> Rows { get; } =
    [
        new("HealthcareService", ["identifier", "active", "providedBy", "category", "type", "specialty", "location", "name", "telecom"]),
        new("Location", ["identifier", "status", "name", "mode", "type", "address", "physicalType", "managingOrganization", "partOf"]),
        new("Medication", ["identifier", "code", "status", "manufacturer", "form", "amount", "ingredient"]),
        new("Organization", ["identifier", "active", "type", "name", "alias", "telecom", "address", "partOf"]),
        new("Practitioner", ["identifier", "active", "name", "qualification"]),
        new("PractitionerRole", ["active", "period", "practitioner", "organization", "code", "specialty", "location", "healthcareService"]),
    ];

    private static readonly FrozenDictionary<string, SharingRow> ByType = Rows.ToFrozenDictionary(row => row.Type, StringComparer.Ordinal);

    /// <summary>All types that can be shared.</summary>
    public static IReadOnlySet<string> Types { get; } = ByType.Keys.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether entries of this type can be shared at all.</summary>
    public static bool Has(string type) => ByType.ContainsKey(type);

    /// <summary>What an author shares of an entry of its directory.</summary>
    /// <param name="entry">As it is kept. It is not changed.</param>
    /// <param name="types">The types that this author shares.</param>
    /// <returns>Null if it is not shared.</returns>
    public static Resource? Share(Resource entry, IReadOnlySet<string> types)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(types);
        return IsShareable(entry) && MentionedPatients.Find(entry, null).Count == 0 ? Reduce(entry, types) : null;
    }

    /// <summary>What a member keeps of an entry that another one sent: the same elements, whatever else it was sent.</summary>
    /// <param name="entry">As it came. It is not changed.</param>
    /// <param name="types">References to these are kept; the entry is one of them.</param>
    /// <returns>Null if nothing is left.</returns>
    public static Resource? Reduce(Resource entry, IReadOnlySet<string> types)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(types);
        return types.Contains(entry.TypeName) && ByType.TryGetValue(entry.TypeName, out var row) ? new SharedPart(row, types).Of(entry) : null;
    }

    private static bool IsShareable(Resource entry) =>
        entry.ImplicitRules is null
        && entry.Meta?.Security.Exists(label => label is { System: Confidentiality, Code: "R" or "V" }) is not true
        && !HasModifier(entry)
        && entry switch
        {
            Location place => !IsSomebodys(place),
            Medication => entry.Meta?.Tag.Exists(tag => tag is { System: GranteeView.TagSystem, Code: CatalogueTag }) is true,
            _ => true,
        };

    private static bool IsSomebodys(Location place) =>
        place.PhysicalType?.Coding.Exists(coding => coding is { System: PhysicalType, Code: "ho" }) is true
        || place.Type.Exists(type => type.Coding.Exists(coding => coding.System == RoleCode && Incidental.Contains(coding.Code)));

    private static bool HasModifier(Resource entry)
    {
        var found = false;
        ElementWalk.Visit(entry, element =>
        {
            found |= element is DomainResource { ModifierExtension.Count: > 0 } or BackboneElement { ModifierExtension.Count: > 0 };
            return !found;
        });
        return found;
    }
}
