namespace EhrLedger.Fhir.Ownership;

/// <summary>What becomes of a resource that names no patient.</summary>
public enum WithoutPatient
{
    /// <summary>It is the directory's: a device on a shelf, a group of sheep.</summary>
    Directory,

    /// <summary>It is refused, unless its first element names something else (a group, a device, a location): a finding about nobody is a mistake.</summary>
    Refused,
}

/// <summary>A row of the ownership table.</summary>
/// <param name="Type">Resource type.</param>
/// <param name="Elements">
/// FHIRPaths below the type. The first names the owner; all of them may name no second patient. From the R4 patient compartment, and from where R4
/// leaves a type out of it that still speaks of a patient.
/// </param>
/// <param name="Without">What becomes of it without a patient.</param>
public sealed record OwnershipRow(string Type, IReadOnlyList<string> Elements, WithoutPatient Without)
{
    /// <summary>
    /// Whether the first element leads to paperwork between organisations: a URL in it that is no FHIR reference (an insurer's own case number) names no patient. Elsewhere such a URL is an unknown
    /// target.
    /// </summary>
    public bool IsPaperwork { get; init; }
}
