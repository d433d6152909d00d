using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>SearchParameter, StructureDefinition and OperationDefinition as a client's tools look them up.</summary>
[NonParallelizable]
public sealed class DefinitionTests
{
    private static TestNode Node => OneNode.Node;

    [TestCase("SearchParameter/clinical-patient", "url", "http://hl7.org/fhir/SearchParameter/clinical-patient")]
    [TestCase("SearchParameter/Resource-id", "code", "_id")]
    [TestCase("StructureDefinition/Patient", "url", "http://hl7.org/fhir/StructureDefinition/Patient")]
    [TestCase("StructureDefinition/HumanName", "kind", "complex-type")]
    [TestCase("StructureDefinition/boolean", "kind", "primitive-type")]
    public async Task Is_read_by_its_id(string path, string element, string value)
    {
        var reply = await Node.GetAsync(path);

        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        Assert.That(reply.Id, Is.EqualTo(path.Split('/')[1]));
        Assert.That((string?)reply.Json[element], Is.EqualTo(value));
    }

    [TestCase("SearchParameter?base=Patient&code=birthdate", "individual-birthdate")]
    [TestCase("SearchParameter?base=Observation&code=code-value-quantity", "Observation-code-value-quantity")]
    [TestCase("SearchParameter?url=http://hl7.org/fhir/SearchParameter/clinical-patient", "clinical-patient")]
    [TestCase("SearchParameter?base=Encounter&target=Location", "Encounter-location")]
    [TestCase("StructureDefinition?url=http://hl7.org/fhir/StructureDefinition/Observation", "Observation")]
    [TestCase("StructureDefinition?name:exact=Period", "Period")]
    [TestCase("StructureDefinition?type=Bundle&kind=resource", "Bundle")]
    [TestCase("StructureDefinition?_id=Claim", "Claim")]
    public async Task Is_found_by(string search, string id) => Assert.That((await Node.GetAsync(search)).Ids, Does.Contain(id).And.Count.LessThan(3));

    [Test]
    public async Task Every_search_parameter_and_type_that_the_statement_names_is_there()
    {
        var metadata = (await Node.GetAsync("metadata")).Json["rest"]![0]!;
        var types = metadata["resource"]!.AsArray();
        var parameters = await AllAsync("SearchParameter?_count=500");
        var structures = await AllAsync("StructureDefinition?_count=500");
        var operations = await AllAsync("OperationDefinition?_count=500");

        Assert.That(types.Select(type => (string?)type!["profile"]), Is.Not.Empty.And.SubsetOf(structures.Select(one => (string?)one["url"])));
        foreach (var parameter in types.SelectMany(type => type!["searchParam"]!.AsArray().Select(parameter => (Type: (string)type["type"]!, Url: (string?)parameter!["definition"], Kind: (string?)parameter["type"]))))
        {
            var definition = parameters.Find(one => (string?)one["url"] == parameter.Url);
            Assert.That(definition, Is.Not.Null, parameter.Url);
            Assert.That((string?)definition!["type"], Is.EqualTo(parameter.Kind), parameter.Url);
            Assert.That(definition["base"]!.AsArray().Select(type => (string?)type), Does.Contain(parameter.Type).Or.Contain("Resource").Or.Contain("DomainResource"), parameter.Url);
        }

        var declared = types.Prepend(metadata).SelectMany(line => (line!["operation"] as JsonArray ?? []).Select(operation => (string?)operation!["definition"])).Distinct();
        Assert.That(operations.Select(one => (string?)one["url"]).Where(url => !url!.StartsWith("urn:ehrledger:", StringComparison.Ordinal)), Is.EquivalentTo(declared));
    }

    [Test]
    public async Task A_structure_names_elements_as_they_are_in_the_specification()
    {
        var elements = (await Node.GetAsync("StructureDefinition/Observation")).Json["snapshot"]!["element"]!.AsArray().ToDictionary(element => (string)element!["path"]!, element => element!.AsObject());

        Assert.That(elements.Keys.Take(5), Is.EqualTo(new[] { "Observation", "Observation.id", "Observation.meta", "Observation.implicitRules", "Observation.language" }));
        Assert.That(((int)elements["Observation.status"]["min"]!, (string?)elements["Observation.status"]["max"]), Is.EqualTo((1, "1")));
        Assert.That(elements["Observation.value[x]"]["type"]!.AsArray().Select(type => (string?)type!["code"]), Does.Contain("Quantity").And.Contain("dateTime").And.Exactly(11).Items);
        Assert.That(elements["Observation.subject"]["type"]![0]!["targetProfile"]!.AsArray().Select(target => (string?)target), Does.Contain("http://hl7.org/fhir/StructureDefinition/Patient").And.Exactly(4).Items);
        Assert.That((string?)elements["Observation.component"]["type"]![0]!["code"], Is.EqualTo("BackboneElement"));
        Assert.That((string?)elements["Observation.component.referenceRange"]["contentReference"] ?? (string?)elements["Observation.component.referenceRange"]["type"]![0]!["code"], Is.Not.Null);
    }

    [Test]
    public async Task An_item_that_holds_items_is_named_once()
    {
        var elements = (await Node.GetAsync("StructureDefinition/Questionnaire")).Json["snapshot"]!["element"]!.AsArray();

        Assert.That(elements.Where(element => (string?)element!["path"] == "Questionnaire.item.item").Select(element => (string?)element!["contentReference"]), Is.EqualTo(new[] { "#Questionnaire.item" }));
    }

    [Test]
    public async Task Own_definitions_are_written_and_found_beside_them()
    {
        var id = "own-" + Guid.NewGuid().ToString("N");
        Assert.That((await Node.UpdateAsync(Own(id))).Status, Is.EqualTo(201));

        Assert.That((await Node.GetAsync($"StructureDefinition/{id}")).Status, Is.EqualTo(200));
        Assert.That((await Node.GetAsync($"StructureDefinition?_id={id},Patient")).Ids, Is.EquivalentTo(new[] { id, "Patient" }));
        Assert.That((await Node.ReadPagesAsync("StructureDefinition?type=Patient&_count=1")).SelectMany(page => page), Does.Contain(id).And.Contain("Patient").And.Unique);
    }

    [Test]
    public async Task The_specifications_own_are_not_overwritten()
    {
        (await Node.UpdateAsync(Own("Patient"))).AssertIsOutcome(405);
        (await Node.DeleteAsync("StructureDefinition/Patient")).AssertIsOutcome(405);
        (await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PUT", "StructureDefinition/Patient", Own("Patient"))))).AssertIsOutcome(422);
        Assert.That((string?)(await Node.GetAsync("StructureDefinition/Patient")).Json["derivation"], Is.EqualTo("specialization"));
    }

    private static JsonObject Own(string id) => Resources.Parse($$"""
        {
          "resourceType": "StructureDefinition", "id": "{{id}}", "url": "urn:test:{{id}}", "name": "Own", "status": "draft", "kind": "resource", "abstract": false, "type": "Patient",
          "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient", "derivation": "constraint", "differential": { "element": [{ "id": "Patient", "path": "Patient" }] }
        }
        """);

    private static async Task<List<JsonObject>> AllAsync(string search)
    {
        var all = new List<JsonObject>();
        for (var next = $"/fhir/{search}"; next is not null;)
        {
            var page = await Node.CallAsync(HttpMethod.Get, next, null);
            all.AddRange(page.Matches);
            next = page.Json["link"]!.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"]?.ToString();
        }

        return all;
    }
}
