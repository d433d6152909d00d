namespace EhrLedger.Fhir.Profiles;

/// <summary>A StructureDefinition's differential, read for checking.</summary>
/// <param name="Url">Canonical.</param>
/// <param name="Version">Of the definition.</param>
/// <param name="Type">R4's type that it is a profile of.</param>
/// <param name="Base">Canonical URL of another profile whose rules hold too; null where it is R4's type itself.</param>
/// <param name="Root">Rules of the type's own element.</param>
internal sealed record Profile(string Url, string Version, string Type, string? Base, ElementRule Root);
