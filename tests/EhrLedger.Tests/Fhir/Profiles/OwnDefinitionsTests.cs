using System.Reflection;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.Classification;
using EhrLedger.Fhir.Profiles;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Fhir.Views;
using EhrLedger.Fhir.Views.Consents;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Profiles;

/// <summary>fhir-profiles says what the code does.</summary>
public sealed class OwnDefinitionsTests
{
    private static string Folder => Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "fhir-profiles");

    [Test]
    public void Every_file_of_a_definition_is_embedded_and_listed_in_the_guide()
    {
        var files = Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Folder, file).StartsWith("examples", StringComparison.Ordinal) && !Path.GetRelativePath(Folder, file).StartsWith("classification", StringComparison.Ordinal))
            .Where(file => Path.GetFileName(file) is not ("ImplementationGuide.json" or "CapabilityStatement.json"))
            .Select(file => PublishedResources.Parse(File.ReadAllBytes(file)));
        var guide = OwnDefinitions.All.OfType<ImplementationGuide>().Single();
        var listed = guide.Definition!.Resource.Select(resource => resource.Reference!.Reference).ToList();

        Assert.That(listed, Is.Unique);
        Assert.That(listed, Is.EquivalentTo(files.Select(one => $"{one.TypeName}/{one.Id}")));
        Assert.That(OwnDefinitions.All.Where(one => one is not ImplementationGuide).Select(one => $"{one.TypeName}/{one.Id}"), Is.EquivalentTo(listed));
    }

    [Test]
    public void Every_definition_has_a_url_and_an_id_of_the_project()
    {
        Assert.That(OwnDefinitions.All.Select(one => one.Id), Is.All.StartsWith("ehrledger"));
        Assert.That(OwnDefinitions.All.Cast<IVersionableConformanceResource>().Select(one => one.Url), Is.Unique.And.All.StartsWith("urn:ehrledger:"));
        Assert.That(OwnDefinitions.All.Cast<IVersionableConformanceResource>().Select(one => one.Version), Is.All.EqualTo("1.0.0"));
    }

    [Test]
    public void The_code_system_of_categories_is_that_of_the_code()
    {
        var concepts = Codes("urn:ehrledger:category");

        Assert.That(
            concepts.Select(concept => (concept.Code, ((Integer)concept.Property.Single(property => property.Code == "number").Value!).Value)),
            Is.EqualTo(Enum.GetValues<Category>().Select(category => (category.ToString(), (int?)category))));
    }

    /// <summary>Each pair once: a resource with codes of both is in the category with the higher rank.</summary>
    [Test]
    public void The_rank_of_a_category_is_the_one_that_counts()
    {
        var ranks = Codes("urn:ehrledger:category").ToDictionary(concept => concept.Code!, concept => ((Integer)concept.Property.Single(property => property.Code == "rank").Value!).Value);
        var rows = string.Join(',', Enum.GetNames<Category>().Select(name => $$"""{"category":"{{name}}","system":"urn:x","codes":["{{name}}"]}"""));
        var classifier = new Classifier(CategoryTable.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"version":1,"types":[{"category":"Demographics","types":["Basic"]}],"byCategoryElement":[],"byCode":[{{rows}}] }"""))!);

        Assert.Multiple(() =>
        {
            foreach (var (one, other) in ranks.Keys.SelectMany(one => ranks.Keys.Select(other => (one, other))))
            {
                var basic = new Basic { Code = new CodeableConcept { Coding = [new Coding("urn:x", one), new Coding("urn:x", other)] } };
                Assert.That(classifier.Classify(basic).ToString(), Is.EqualTo(ranks[one] >= ranks[other] ? one : other), $"{one}, {other}");
            }
        });
    }

    [Test]
    public void Every_purpose_that_the_code_names_is_in_the_value_set_and_every_one_of_it_is_a_purpose()
    {
        var set = OwnDefinitions.All.OfType<ValueSet>().Single(one => one.Url == "urn:ehrledger:ValueSet:purpose-of-use");
        var codes = set.Compose!.Include.Single().Concept.Select(concept => concept.Code!).ToList();
        var named = typeof(PurposeOfUse).GetProperties().Where(property => property.PropertyType == typeof(PurposeOfUse)).Select(property => ((PurposeOfUse)property.GetValue(null)!).Code);

        Assert.That(named, Is.Not.Empty.And.SubsetOf(codes));
        Assert.That(codes.Where(code => PurposeOfUse.TryParse(code) is null), Is.Empty);
        Assert.That(codes, Is.Unique);
    }

    [Test]
    public void The_tags_are_those_of_the_code() => Assert.That(Codes(GranteeView.TagSystem).Select(concept => concept.Code), Is.EquivalentTo(new[] { GranteeView.ForeignTag, SharingTable.CatalogueTag, ViewTag.View }));

    [Test]
    public void The_states_of_a_request_are_those_of_the_code() => Assert.That(Codes("urn:ehrledger:request-state").Select(concept => concept.Code), Is.EqualTo(ProposedConsent.States));

    /// <summary>Whatever profile or extension the code names, there is a definition of it that a node serves.</summary>
    [Test]
    public void Every_profile_and_extension_that_the_code_names_is_defined()
    {
        const string prefix = "urn:ehrledger:StructureDefinition:";
        var named = typeof(GranteeView).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!)
            .Where(value => value.StartsWith(prefix, StringComparison.Ordinal) && value.Length > prefix.Length)
            .Distinct();

        Assert.That(named, Is.Not.Empty.And.SubsetOf(OwnDefinitions.All.OfType<StructureDefinition>().Select(one => one.Url)));
    }

    private static List<CodeSystem.ConceptDefinitionComponent> Codes(string url) => OwnDefinitions.All.OfType<CodeSystem>().Single(one => one.Url == url).Concept;
}
