using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>HL7's own R4 examples, put under their ids once the patients that they name are there.</summary>
public sealed class ExampleTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Every_example_that_has_an_owner_is_kept_and_read_back_with_the_same_meaning()
    {
        var examples = Directory.EnumerateFiles(PublishedData.PathOf("r4-examples"), "*.json").Order(StringComparer.Ordinal).Select(file => JsonNode.Parse(File.ReadAllText(file))!.AsObject()).ToList();
        var named = examples.SelectMany(References).Where(reference => reference.StartsWith("Patient/", StringComparison.Ordinal)).Select(reference => reference.Split('/')[1]).Concat(examples.SelectMany(Patients)).Where(id => id.Length > 0).Distinct();
        foreach (var id in named)
        {
            Assert.That((await Node.UpdateAsync(Resources.Patient("Example").With("id", id))).Status, Is.EqualTo(201).Or.EqualTo(200), id);
        }

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
                var reply = await Node.UpdateAsync(example);
                if (reply.Status is 200 or 201)
                {
                    Assert.That(Meaning((await Node.GetAsync($"{example["resourceType"]}/{example["id"]}")).Json), Is.EqualTo(Meaning(example)), $"{example["resourceType"]}/{example["id"]}");
                }
                else
                {
                    still.Add(example);
                    refused[$"{example["resourceType"]}/{example["id"]}"] = reply;
                }
            }

            left = still;
        }
        while (left.Count > 0 && left.Count < before);

        foreach (var (name, reply) in refused)
        {
            await TestContext.Out.WriteLineAsync($"{name}: {reply.Status} {reply.Json["issue"]![0]!["diagnostics"]}");
        }

        Assert.That(refused.Values.Select(reply => reply.Status), Is.All.EqualTo(422));
        Assert.That(refused.Keys, Is.EquivalentTo(WithoutOwner));
    }

    /// <summary>What the table of owners refuses.</summary>
    private static string[] WithoutOwner { get; } =
    [
        // Two patients in one record.
        "Bundle/3a0707d3-549e-4467-b8b8-5a2ab3800efe", "Bundle/bundle-transaction", "Group/102",

        // A patient of another server, or one who is only contained.
        "QuestionnaireResponse/ussg-fht-answers", "Claim/100155", "Observation/1minute-apgar-score", "Observation/2minute-apgar-score", "ServiceRequest/ob",

        // About something that is not among the examples and might be a patient's.
        "AuditEvent/example", "DeviceMetric/example", "EnrollmentResponse/ER2500", "PaymentReconciliation/ER2500", "Person/f002", "Provenance/example",
    ];

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
