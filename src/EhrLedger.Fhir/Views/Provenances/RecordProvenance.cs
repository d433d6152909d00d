using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views.Provenances;

/// <summary>Where a version of a record comes from, as a Provenance of the profile <c>urn:ehrledger:StructureDefinition:provenance</c>.</summary>
/// <param name="Id">Of the Provenance.</param>
/// <param name="Target">Of the version: <c>Type/id/_history/1</c>; <c>Type/id</c> where older versions are not shown.</param>
/// <param name="Patient">Whose record, such as <c>Patient/1</c>, as the caller knows the patient.</param>
/// <param name="Author">did:key of the organisation.</param>
/// <param name="Recorded">When it was written; the author's word.</param>
/// <param name="Change">Create, update or delete; null where it is not known which.</param>
/// <param name="Epoch">That it is sealed under.</param>
public sealed record RecordProvenance(string Id, string Target, string Patient, string Author, DateTimeOffset Recorded, RecordChange? Change, uint Epoch)
{
    /// <summary>Canonical URL of the profile.</summary>
    public const string Profile = "urn:ehrledger:StructureDefinition:provenance";

    /// <summary>R5's Provenance.patient in R4. The parameter <c>patient</c> looks at it, because an R4 Provenance names its patient only where the target is one.</summary>
    public const string PatientUrl = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Provenance.patient";

    /// <summary>URL of the extension that says the epoch.</summary>
    public const string EpochUrl = "urn:ehrledger:StructureDefinition:epoch";

    /// <summary>RFC 9052 §2: a COSE_Sign1 message.</summary>
    public const string SignatureFormat = "application/cose; cose-type=\"cose-sign1\"";

    private const string ParticipantType = "http://terminology.hl7.org/CodeSystem/provenance-participant-type";
    private const string DataOperation = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";

    /// <summary>All but signature's data and anchor: what a search looks at.</summary>
    public Provenance Outline()
    {
        var provenance = new Provenance
        {
            Id = Id,
            Meta = ViewTag.Meta(Recorded, Profile),
            Target = [new ResourceReference(Target)],
            Recorded = Recorded,
            Activity = Change is { } change ? new CodeableConcept(DataOperation, change switch { RecordChange.Create => "CREATE", RecordChange.Update => "UPDATE", RecordChange.Delete => "DELETE" }) : null,
            Agent = [new Provenance.AgentComponent { Type = new CodeableConcept(ParticipantType, "author"), Who = ViewTag.Organisation(Author) }],
            Signature =
            [
                new Signature
                {
                    // ASTM E1762-95(2013): the author's signature.
                    Type = [new Coding("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1")],
                    When = Recorded,
                    Who = ViewTag.Organisation(Author),
                    TargetFormat = "application/fhir+json",
                    SigFormat = SignatureFormat,
                },
            ],
        };
        provenance.Extension.Add(new Extension(PatientUrl, new ResourceReference(Patient)));
        provenance.Extension.Add(new Extension(EpochUrl, new UnsignedInt(checked((int)Epoch))));
        return provenance;
    }

    /// <summary>The whole of it.</summary>
    /// <param name="outline">As <see cref="Outline"/> made it. It is not changed.</param>
    /// <param name="signature">The author's COSE_Sign1 entry over the root of the batch that the record's row stands in.</param>
    /// <param name="anchor">Null until the entry is final.</param>
    public static Provenance Complete(Provenance outline, ReadOnlyMemory<byte> signature, AnchorExtension? anchor)
    {
        ArgumentNullException.ThrowIfNull(outline);
        var whole = (Provenance)outline.DeepCopy();
        whole.Signature[0].Data = signature.ToArray();
        whole.Extension.AddRange(anchor is null ? [] : [anchor.ToExtension()]);
        return whole;
    }
}

/// <summary>What was done to a record.</summary>
public enum RecordChange
{
    /// <summary>There was none before.</summary>
    Create,

    /// <summary>A newer version.</summary>
    Update,

    /// <summary>The version that a delete makes.</summary>
    Delete,
}
