using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>HL7's own R4 examples, put under their ids once the patients that they name are there.</summary>
[NonParallelizable]
public sealed class ExampleTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Every_example_goes_in_and_comes_out_with_the_same_meaning()
    {
        var examples = Directory.EnumerateFiles(PublishedData.PathOf("r4-examples"), "*.json").Order(StringComparer.Ordinal).Select(file => JsonNode.Parse(File.ReadAllText(file))!.AsObject()).ToList();
        await KeepWhatTheyNameAsync(examples);

        // What is about another resource (a Provenance, an answer to an appointment) needs that first: as long as some get in, the rest is tried again.
        var refused = new Dictionary<string, FhirReply>();
        var left = examples;
        int before;
        do
        {
            before = left.Count;
            refused.Clear();
            var still = new List<JsonObject>();
            foreach (var example in left)
            {
                var name = NameOf(example);
                var (reply, expected) = name == AboutAnotherServersPatient ? await PutWithItsPatientAsync(example) : await PutAsync(example);
                if (reply.Status is 200 or 201)
                {
                    Assert.That(Meaning((await Node.GetAsync(name)).Json), Is.EqualTo(Meaning(expected)), name);
                }
                else
                {
                    still.Add(example);
                    refused[name] = reply;
                }
            }

            left = still;
        }
        while (left.Count > 0 && left.Count < before);

        Assert.That(refused.Values.Select(reply => reply.Status), Is.All.EqualTo(422));
        Assert.That(refused.ToDictionary(pair => pair.Key, pair => (string?)pair.Value.Json["issue"]![0]!["expression"]![0]), Is.EquivalentTo(OfSeveralPatients));
    }

    /// <summary>
    /// Valid R4 that the table of owners refuses: a record is sealed for one patient, who may show it to whomever she likes. These name or hold several, and would show each to the others. By the
    /// element that names the second.
    /// </summary>
    private static Dictionary<string, string?> OfSeveralPatients { get; } = new()
    {
        ["Bundle/3a0707d3-549e-4467-b8b8-5a2ab3800efe"] = "MessageHeader.focus", // two whole Patients, which it links
        ["Bundle/bundle-transaction"] = "Bundle.entry", // four whole Patients; a transaction is meant to be carried out, not kept
        ["Group/102"] = "Group.member.entity", // four members
    };

    /// <summary>Their subject is a display or a contained Patient, which lead to no patient of a server: the hospital says with a tag whose records they are. By the id of that patient.</summary>
    private static Dictionary<string, string> Tagged { get; } = new()
    {
        ["Claim/100155"] = "example",
        ["Observation/1minute-apgar-score"] = "infant-twin-1",
        ["Observation/2minute-apgar-score"] = "infant-twin-1",
        ["ServiceRequest/ob"] = "mom",
    };

    /// <summary>It names the patient by HL7's own server. In a transaction with that Patient the reference is resolved to this server's.</summary>
    private const string AboutAnotherServersPatient = "QuestionnaireResponse/ussg-fht-answers";

    /// <summary>The patients that the examples name, and what some are about that is not among them.</summary>
    private static async Task KeepWhatTheyNameAsync(List<JsonObject> examples)
    {
        var named = examples.SelectMany(References).Where(reference => reference.StartsWith("Patient/", StringComparison.Ordinal)).Select(reference => reference.Split('/')[1])
            .Concat(examples.SelectMany(Patients))
            .Concat(Tagged.Values)
            .Where(id => id.Length > 0)
            .Distinct();
        JsonObject[] needed =
        [
            .. named.Select(id => Resources.Patient("Example").With("id", id)),
            Resources.Parse("""{ "resourceType": "Device", "id": "dev1" }"""),
            Resources.Parse("""{ "resourceType": "Procedure", "id": "example", "status": "completed", "subject": { "reference": "Patient/example" } }"""),
            Resources.Parse("""{ "resourceType": "RelatedPerson", "id": "f002", "patient": { "reference": "Patient/f201" } }"""),
        ];
        foreach (var resource in needed)
        {
            Assert.That((await Node.UpdateAsync(resource)).Status, Is.EqualTo(201).Or.EqualTo(200), NameOf(resource));
        }
    }

    private static async Task<(FhirReply Reply, JsonObject Expected)> PutAsync(JsonObject example)
    {
        var sent = example.DeepClone().AsObject();
        if (Tagged.TryGetValue(NameOf(example), out var patient))
        {
            sent["meta"] = Resources.Parse($$"""{ "tag": [{ "system": "urn:ehrledger:patient", "code": "{{patient}}" }] }""");
        }

        return (await Node.UpdateAsync(sent), sent);
    }

    private static async Task<(FhirReply Reply, JsonObject Expected)> PutWithItsPatientAsync(JsonObject example)
    {
        var there = (string)example["subject"]!["reference"]!;
        var id = there.Split('/')[^1];
        var expected = example.DeepClone().AsObject();
        expected["subject"]!["reference"] = $"Patient/{id}";
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            "transaction",
            Resources.Entry("PUT", $"Patient/{id}", Resources.Patient("Proband").With("id", id), fullUrl: there),
            Resources.Entry("PUT", NameOf(example), example.DeepClone().AsObject())));
        return (reply, expected);
    }

    private static string NameOf(JsonObject resource) => $"{resource["resourceType"]}/{resource["id"]}";

    private static string Meaning(JsonObject resource)
    {
        var copy = resource.DeepClone().AsObject();
        if (copy["meta"] is JsonObject meta)
        {
            meta.Remove("versionId");
            meta.Remove("lastUpdated");
            if (meta.Count == 0)
            {
                copy.Remove("meta");
            }
        }

        return CanonicalJson.Of(copy);
    }

    /// <summary>Ids of the patients inside a Bundle.</summary>
    private static IEnumerable<string> Patients(JsonObject example) => (example["entry"] as JsonArray ?? [])
        .Select(entry => entry!["resource"])
        .Where(resource => (string?)resource?["resourceType"] == "Patient")
        .Select(resource => (string?)resource!["id"])
        .OfType<string>();

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member is { Key: "reference", Value: JsonValue value } && value.TryGetValue<string>(out var text) ? [text] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
