using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Classification;

/// <summary>
/// Gives a resource its one category: what its type and its category element say, unless a code or security label anywhere in it belongs to something
/// more sensitive. Codes are looked at wherever they stand, in contained resources and extensions too: a claim that names a diagnosis tells as much as
/// the diagnosis.
/// </summary>
/// <param name="table">By which to decide.</param>
public sealed class Classifier(CategoryTable table)
{
    /// <summary>By the table that comes with the project.</summary>
    public static Classifier Default { get; } = new(CategoryTable.Default);

    /// <summary>The category. Total: whatever has no closer one is a document.</summary>
    public Category Classify(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var category = OfTypeAndCategory(resource);
        if (resource is Hl7.Fhir.Model.Patient or Person or RelatedPerson)
        {
            // Who somebody is: the one record that a name is found by must not vanish behind, say, a birth sex or a language coded with it.
            return category;
        }

        ElementWalk.Visit(resource, element =>
        {
            switch (element)
            {
                case Coding { System: { } system, Code: { } code }:
                    category = MoreSensitive(category, table.OfCode(system, code));
                    return false;
                case MolecularSequence:
                    category = MoreSensitive(category, Category.Genetics);
                    return true;
                case PrimitiveType or Narrative:
                    return false;
                default:
                    return true;
            }
        });
        return category;
    }

    private Category OfTypeAndCategory(Resource resource)
    {
        var ofType = table.OfType(resource.TypeName);
        var categories = resource switch
        {
            Observation observation => observation.Category,
            DiagnosticReport report => report.Category,
            _ => [],
        };
        Category? found = null;
        foreach (var concept in categories)
        {
            foreach (var coding in concept.Coding)
            {
                if (coding is { System: { } system, Code: { } code } && table.OfCategoryElement(resource.TypeName, system, code) is { } category)
                {
                    found = found is { } known ? MoreSensitive(known, category) : category;
                }
            }
        }

        return found ?? ofType;
    }

    /// <summary>The order of sensitivity: the categories of the table's codes come before those that say what a record is made of; higher numbers first.</summary>
    private static Category MoreSensitive(Category one, Category? other) =>
        other is { } category && Rank(category) > Rank(one) ? category : one;

    private static int Rank(Category category) => category switch
    {
        Category.Demographics => 0,
        Category.Documents => 1,
        Category.Financial => 2,
        Category.Encounters => 3,
        Category.Observations => 4,
        Category.Laboratory => 5,
        Category.Imaging => 6,
        Category.Immunizations => 7,
        Category.Procedures => 8,
        Category.Medications => 9,
        Category.Problems => 10,
        Category.SocialHistory => 20,
        Category.ReproductiveHealth => 30,
        Category.SubstanceUse => 31,
        Category.MentalHealth => 32,
        Category.SexuallyTransmittedInfections => 33,
        Category.Genetics => 34,
    };
}
