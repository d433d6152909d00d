using System.Collections.Concurrent;
using System.Collections.Frozen;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// The published set of parameters that are in the sealed index. Each token costs an HMAC and an index row for every record, so the set holds what
/// queries of hospitals narrow by, and a parameter outside it is still answered: by opening what the others leave.
/// </summary>
public static class TokenTable
{
    /// <summary>In the index of every type that has them.</summary>
    public static IReadOnlyList<string> Everywhere { get; } = ["identifier", "code", "category", "status", "date", "encounter", "patient", "subject"];

    /// <summary>The main date, or main code, of a type under the name that the type gives it.</summary>
    public static FrozenDictionary<string, string[]> OfType { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Account"] = ["period"],
        ["AllergyIntolerance"] = ["onset"],
        ["Basic"] = ["created"],
        ["ChargeItem"] = ["occurrence"],
        ["Claim"] = ["created"],
        ["ClaimResponse"] = ["created"],
        ["Communication"] = ["sent"],
        ["CommunicationRequest"] = ["authored"],
        ["Composition"] = ["type"],
        ["Condition"] = ["onset-date", "recorded-date"],
        ["Contract"] = ["issued"],
        ["CoverageEligibilityRequest"] = ["created"],
        ["CoverageEligibilityResponse"] = ["created"],
        ["DetectedIssue"] = ["identified"],
        ["DeviceRequest"] = ["authored-on"],
        ["DocumentManifest"] = ["created"],
        ["DocumentReference"] = ["type"],
        ["ExplanationOfBenefit"] = ["created"],
        ["Goal"] = ["start-date"],
        ["ImagingStudy"] = ["started"],
        ["Immunization"] = ["vaccine-code"],
        ["Media"] = ["created"],
        ["MedicationAdministration"] = ["effective-time"],
        ["MedicationDispense"] = ["whenhandedover"],
        ["MedicationRequest"] = ["authoredon"],
        ["MedicationStatement"] = ["effective"],
        ["NutritionOrder"] = ["datetime"],
        ["Patient"] = ["birthdate", "name"],
        ["Person"] = ["birthdate", "name"],
        ["Provenance"] = ["recorded"],
        ["QuestionnaireResponse"] = ["authored"],
        ["RelatedPerson"] = ["birthdate", "name"],
        ["RequestGroup"] = ["authored"],
        ["ServiceRequest"] = ["authored"],
        ["Slot"] = ["start"],
        ["Specimen"] = ["collected"],
        ["Task"] = ["authored-on"],
        ["VisionPrescription"] = ["datewritten"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Of entries that members share of their directories, beside <see cref="Everywhere"/>. Their tokens are in memory alone, so that this table can change without anything being written anew.</summary>
    private static readonly FrozenDictionary<string, string[]> OfShared = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["HealthcareService"] = ["name", "organization", "location"],
        ["Location"] = ["name", "organization", "partof"],
        ["Organization"] = ["name", "partof"],
        ["Practitioner"] = ["name"],
        ["PractitionerRole"] = ["practitioner", "organization", "location", "role", "specialty"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, SearchParameter[]> CompiledShared = new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, SearchParameter[]> Compiled = new(StringComparer.Ordinal);

    /// <summary>The parameters of a type that are in the index, <c>_type</c> aside.</summary>
    public static IReadOnlyList<SearchParameter> For(string resourceType) => Parameters(resourceType);

    internal static SearchParameter[] Parameters(string resourceType) => Compiled.TryGetValue(resourceType, out var known)
        ? known
        : Compiled.GetOrAdd(resourceType, type => Compile(type, OfType));

    /// <summary>The parameters by which a shared entry of the type is found, <c>_type</c> aside.</summary>
    internal static SearchParameter[] SharedParameters(string resourceType) => CompiledShared.TryGetValue(resourceType, out var known)
        ? known
        : CompiledShared.GetOrAdd(resourceType, type => Compile(type, OfShared));

    /// <summary>
    /// Whether both <c>patient</c> and <c>subject</c> are in the type's index. Then a patient stands under <c>patient</c> alone, and <c>subject</c> has
    /// the groups, devices and locations.
    /// </summary>
    internal static bool HasPatientAndSubject(string resourceType)
    {
        var parameters = Parameters(resourceType);
        return Array.Exists(parameters, p => p.Code == "patient") && Array.Exists(parameters, p => p.Code == "subject");
    }

    private static SearchParameter[] Compile(string type, FrozenDictionary<string, string[]> ofType)
    {
        var all = SearchParameters.For(type);
        return
        [
            .. Everywhere.Concat(ofType.GetValueOrDefault(type, []))
                .Select(all.GetValueOrDefault)
                .OfType<SearchParameter>()
                .Where(p => !p.Path.IsEmpty
                    && p.Kind is SearchParamType.Token or SearchParamType.Date or SearchParamType.Reference or SearchParamType.String),
        ];
    }
}
