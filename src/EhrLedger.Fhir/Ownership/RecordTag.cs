using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Ownership;

/// <summary>
/// The tag by which a client says whose record it is, where the resource itself can't: a subject that is only a display, a contained Patient, a target that this node does not know. It never
/// overrules an element.
/// </summary>
/// <remarks>The code is the id of the Patient on this server. It stays with the record (<c>_tag</c> finds it), and no grantee sees it.</remarks>
public static class RecordTag
{
    /// <summary>System of the tag in <c>meta.tag</c>.</summary>
    public const string TagSystem = "urn:ehrledger:patient";

    /// <param name="resource">With its meta.</param>
    /// <param name="found">What the elements say.</param>
    /// <param name="mayBePatients">False for a type that is always the directory's.</param>
    internal static OwnerOf Apply(Resource resource, OwnerOf found, bool mayBePatients)
    {
        var tags = resource.Meta?.Tag.Where(tag => tag.System == TagSystem).Select(tag => tag.Code).Distinct(StringComparer.Ordinal).ToList();
        if (tags is null or [] || found is OwnerOf.Itself or OwnerOf.Refused { NamesNobody: false })
        {
            return found;
        }

        if (tags is not [{ } id] || !FhirReference.IsId(id))
        {
            return Refuse("The tag that says whose record it is names one Patient of this server by its id.");
        }

        var tagged = $"Patient/{id}";
        return found switch
        {
            OwnerOf.Patient patient when patient.Reference == tagged => found,
            OwnerOf.Patient => Refuse("The resource names another patient than its tag. A record belongs to one patient; write one for each."),
            OwnerOf.Directory when !mayBePatients => Refuse($"A {resource.TypeName} is no patient's record: it is kept in the directory, without this tag."),
            _ => new OwnerOf.Patient(tagged),
        };

        OwnerOf.Refused Refuse(string text) => new(Outcome.Error(OperationOutcome.IssueType.BusinessRule, text, $"{resource.TypeName}.meta.tag"));
    }
}
