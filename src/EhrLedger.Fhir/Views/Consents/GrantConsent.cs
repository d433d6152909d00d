using System.Globalization;
using Hl7.Fhir.Model;
using ConsentResource = Hl7.Fhir.Model.Consent;

namespace EhrLedger.Fhir.Views.Consents;

/// <summary>A grant that is in force, as its grantee knows it: a Consent of IHE's Privacy Consent on FHIR (foundation) and of the profile <c>urn:ehrledger:StructureDefinition:consent</c>.</summary>
/// <remarks>
/// Source: IHE ITI PCF 1.1, IHE.PCF.consentFoundation. It has no provision.class and no provision.code; what a patient grants, a category, is a label of sensitivity: provision.securityLabel.
/// Nothing in it says whom else the patient shares with: the grantee does not know.
/// </remarks>
/// <param name="Id">Of the Consent.</param>
/// <param name="Patient">Such as <c>Patient/1</c>, as the grantee knows the patient.</param>
/// <param name="Author">did:key of the organisation whose records they are, and whose node enforces the grant.</param>
/// <param name="Grantee">did:key.</param>
/// <param name="At">When it was logged.</param>
/// <param name="First">First day that it holds.</param>
/// <param name="Last">Last day.</param>
/// <param name="Category">Code of <c>urn:ehrledger:category</c>.</param>
/// <param name="Purposes">Codes of HL7 v3 PurposeOfUse.</param>
/// <param name="Records">Record ids of single records, as the grantee sees them; null for the whole category.</param>
/// <param name="Future">Whether records to come are included.</param>
public sealed record GrantConsent(
    string Id, string Patient, string Author, string Grantee, DateTimeOffset At, DateOnly First, DateOnly Last, string Category, IReadOnlyList<string> Purposes, IReadOnlyList<string>? Records, bool Future)
{
    /// <summary>Canonical URL of the profile.</summary>
    public const string Profile = "urn:ehrledger:StructureDefinition:consent";

    /// <summary>PCF's rules for all Consents.</summary>
    public const string Foundation = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentFoundation";

    /// <summary>URL of the extension that says whether records to come are included.</summary>
    public const string FutureUrl = "urn:ehrledger:StructureDefinition:records-to-come";

    /// <summary>URL of the extension that names the proposed Consent that asked for it.</summary>
    public const string AskedByUrl = "urn:ehrledger:StructureDefinition:asked-by";

    /// <summary>FHIR id of the proposed Consent that asked for it; null where none did.</summary>
    public string? AskedBy { get; init; }

    /// <summary>What the patient's wallet asks before it signs.</summary>
    public const string Policy = "urn:ehrledger:policy:sealed-read:1";

    /// <summary>System of the categories' codes.</summary>
    public const string CategorySystem = "urn:ehrledger:category";

    /// <summary>Makes it.</summary>
    /// <param name="signature">The COSE_Sign1 entry that the patient has signed.</param>
    /// <param name="anchor">Where that stands on the ledger.</param>
    public ConsentResource ToConsent(ReadOnlyMemory<byte> signature, AnchorExtension? anchor)
    {
        var consent = new ConsentResource
        {
            Id = Id,
            Meta = ViewTag.Meta(At, Foundation, Profile),
            Status = ConsentResource.ConsentState.Active,
            Scope = new CodeableConcept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent", null),
            Category = [new CodeableConcept("http://loinc.org", "59284-0", "Consent", null)],
            Patient = new ResourceReference(Patient),
            DateTimeElement = new FhirDateTime(At),
            Performer = [new ResourceReference(Patient)],
            Organization = [ViewTag.Organisation(Author)],
            Source = new Attachment { ContentType = Provenances.RecordProvenance.SignatureFormat, Data = signature.ToArray() },
            Policy = [new ConsentResource.PolicyComponent { Uri = Policy }],
            Provision = new ConsentResource.provisionComponent
            {
                Type = ConsentResource.ConsentProvisionType.Permit,
                Period = new Period { Start = Day(First), End = Day(Last) },
                Actor =
                [
                    new ConsentResource.provisionActorComponent
                    {
                        Role = new CodeableConcept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient", null),
                        Reference = ViewTag.Organisation(Grantee),
                    },
                ],
                SecurityLabel = [new Coding(CategorySystem, Category)],
                Purpose = [.. Purposes.Select(code => new Coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", code))],
                Data = [.. (Records ?? []).Select(record => new ConsentResource.provisionDataComponent
                {
                    Meaning = ConsentResource.ConsentDataMeaning.Instance,
                    Reference = new ResourceReference { Identifier = new Identifier("urn:ehrledger:record", record) },
                })],
            },
        };
        consent.Meta.VersionId = "1";
        consent.Extension.Add(new Extension(FutureUrl, new FhirBoolean(Future)));
        consent.Extension.AddRange(AskedBy is null ? [] : [new Extension(AskedByUrl, new ResourceReference($"Consent/{AskedBy}"))]);
        consent.Extension.AddRange(anchor is null ? [] : [anchor.ToExtension()]);
        return consent;
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
