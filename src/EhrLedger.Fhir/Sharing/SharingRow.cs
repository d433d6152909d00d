namespace EhrLedger.Fhir.Sharing;

/// <summary>What members see of the entries of one type.</summary>
/// <param name="Type">FHIR resource type. It never has a row in <see cref="Ownership.OwnershipTable"/>: what may be a patient's is no directory's to share.</param>
/// <param name="Elements">The elements that are shared. Whatever is not named stays at home, and so do metadata, narrative, contained resources and extensions.</param>
public sealed record SharingRow(string Type, IReadOnlyList<string> Elements);
