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
    // From this rank on, a category says what a record is about rather than what it is made of.
    private const int FirstSensitive = 20;

    /// <summary>By the table that comes with the project.</summary>
    public static Classifier Default { get; } = new(CategoryTable.Default);

    /// <summary>The category. Total: whatever has no closer one is a document.</summary>
    public Category Classify(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);

        // Who somebody is: the one record that a name is found by must not vanish behind, say, a birth sex or a language coded with it.
        return resource is Hl7.Fhir.Model.Patient or Person or RelatedPerson ? OfTypeAndCategory(resource) : OfAll(resource);
    }

    /// <summary>
    /// What a Bundle holds counts as if it stood alone: a document is as sensitive as what it is put together from. A contained resource is a part of its holder, and changes what that is made of
    /// only where it is sensitive itself.
    /// </summary>
    private Category OfAll(Resource resource)
    {
        var category = OfTypeAndCategory(resource);
        ElementWalk.Visit(resource, element =>
        {
            switch (element)
            {
                case Coding { System: { } system, Code: { } code }:
                    category = MoreSensitive(category, table.OfCode(system, code));
                    return false;
                case Resource inside when !ReferenceEquals(inside, resource):
                    var other = OfAll(inside);
                    category = resource is Bundle || Rank(other) >= FirstSensitive ? MoreSensitive(category, other) : category;
                    return false;
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
        Category? found = null;
        if (table.HasCategoryElements(resource.TypeName))
        {
            var concepts = resource.EnumerateElements().Where(element => element.Key == "category").SelectMany(element => element.Value switch
            {
                CodeableConcept one => [one],
                IEnumerable<CodeableConcept> many => many,
                _ => [],
            });
            foreach (var coding in concepts.SelectMany(concept => concept.Coding))
            {
                if (coding is { System: { } system, Code: { } code } && table.OfCategoryElement(resource.TypeName, system, code) is { } category)
                {
                    found = found is { } known ? MoreSensitive(known, category) : category;
                }
            }
        }

        return found ?? table.OfType(resource.TypeName);
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
