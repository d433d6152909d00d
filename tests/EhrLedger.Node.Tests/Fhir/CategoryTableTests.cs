using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>An organisation's own table of categories, as the records show it: each category of a patient is a subject of its own.</summary>
public sealed class CategoryTableTests
{
    private const string Table = """
        {
          "version": 7,
          "types": [{ "category": "Demographics", "types": ["Patient"] }, { "category": "Laboratory", "types": ["Observation"] }],
          "byCategoryElement": [],
          "byCode": [{ "category": "Genetics", "system": "http://loinc.org", "codes": ["718-*"] }]
        }
        """;

    [Test]
    public async Task Takes_the_place_of_the_projects_own()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder["table.json"], Table);
        using var consortium = await TestConsortium.StartAsync(1, settings: ["--shared-types", "none", "--category-table", folder["table.json"]]);
        var node = consortium.Sequencer;
        var patient = await node.RegisterPatientAsync("Table");
        var genetics = await node.KeepAsync(Resources.Observation(patient, code: "718-7"));
        var laboratory = await node.KeepAsync(Resources.Observation(patient, code: "2345-7"));
        var hiv = await node.KeepAsync(Resources.Observation(patient, code: "75622-1"));
        var bundle = await node.KeepAsync(Resources.Bundle("collection", Resources.Parse($$"""{"fullUrl":"http://example.org/Observation/1","resource":{{Resources.Observation(patient, code: "718-7").ToJsonString()}} }""")));

        var subjects = (await AuthorsBook.OpenAsync(node)).Versions.ToDictionary(version => version.Id, version => version.Row.Subject);
        Assert.That(subjects[laboratory], Is.EqualTo(subjects[hiv]).And.Not.EqualTo(subjects[genetics]));
        Assert.That(subjects[bundle], Is.EqualTo(subjects[genetics]));
    }
}
