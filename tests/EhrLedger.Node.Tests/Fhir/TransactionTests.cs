using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class TransactionTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_transaction_writes_what_refers_to_each_other()
    {
        var number = Guid.NewGuid().ToString("N");
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            "transaction",
            Resources.Entry("POST", "Observation", Pointing(Resources.Observation("x"), "subject", "urn:uuid:9b1d6a3e-0000-4000-8000-000000000001")),
            Resources.Entry("POST", "Patient", Resources.Patient("Urn", number), "urn:uuid:9b1d6a3e-0000-4000-8000-000000000001"),
            Resources.Entry("POST", "Condition", Pointing(Resources.Condition("x"), "subject", $"Patient?identifier=urn:test:mrn|{number}"))));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var entries = reply.Json["entry"]!.AsArray();
        Assert.That(entries.Select(Status), Is.All.EqualTo("201 Created"));
        var patient = IdOf(entries[1]!);
        var observation = await Node.GetAsync($"Observation/{IdOf(entries[0]!)}");
        Assert.That((string?)observation.Json["subject"]!["reference"], Is.EqualTo($"Patient/{patient}"));
        var condition = await Node.GetAsync($"Condition/{IdOf(entries[2]!)}");
        Assert.That((string?)condition.Json["subject"]!["reference"], Is.EqualTo($"Patient/{patient}"));
        foreach (var entry in entries)
        {
            var response = entry!["response"]!;
            Assert.That((string?)response["etag"], Is.EqualTo("W/\"1\""));
            Assert.That((string?)response["location"], Does.EndWith("/_history/1"));
            Assert.That((string?)response["lastModified"], Is.Not.Null);
        }
    }

    [Test]
    public async Task What_must_not_exist_twice_is_used_where_it_exists()
    {
        var number = Guid.NewGuid().ToString("N");
        var bundle = () => Resources.Bundle(
            "transaction",
            Resources.Entry("POST", "Patient", Resources.Patient("Again", number), "urn:uuid:9b1d6a3e-0000-4000-8000-000000000002", ifNoneExist: $"identifier=urn:test:mrn|{number}"),
            Resources.Entry("POST", "Observation", Pointing(Resources.Observation("x"), "subject", "urn:uuid:9b1d6a3e-0000-4000-8000-000000000002")));
        var first = await Node.PostBundleAsync(bundle());
        var second = await Node.PostBundleAsync(bundle());
        Assert.That(second.Status, Is.EqualTo(200), second.Text);
        Assert.That(second.Json["entry"]!.AsArray().Select(Status), Is.EqualTo(new[] { "200 OK", "201 Created" }));
        var patient = IdOf(first.Json["entry"]![0]!);
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Has.Count.EqualTo(2));
        Assert.That((await Node.GetAsync($"Patient?identifier={number}")).Ids, Is.EqualTo(new[] { patient }));
    }

    private static IEnumerable<TestCaseData> BadEntries()
    {
        const string urn = "urn:uuid:9b1d6a3e-0000-4000-8000-000000000003";
        yield return new TestCaseData(Resources.Entry("POST", "Observation", Resources.Observation("nobody-here")), 422).SetArgDisplayNames("of an unknown patient");
        yield return new TestCaseData(Resources.Entry("POST", "Observation", Pointing(Resources.Observation("x"), "subject", urn)), 400).SetArgDisplayNames("that points at nothing");
        yield return new TestCaseData(Resources.Entry("POST", "Observation", Pointing(Resources.Observation("x"), "subject", "Patient?identifier=none|none")), 412).SetArgDisplayNames("whose condition matches nothing");
        yield return new TestCaseData(Resources.Entry("POST", "Patient", Resources.Observation("x")), 400).SetArgDisplayNames("of another type");
        yield return new TestCaseData(Resources.Entry("POST", "Observation"), 400).SetArgDisplayNames("without a resource");
        yield return new TestCaseData(Resources.Entry("PUT", "Practitioner/never", Resources.Practitioner("X", "1").With("id", "never"), ifMatch: "W/\"3\""), 412).SetArgDisplayNames("of a stale version");
        yield return new TestCaseData(Resources.Entry("PUT", "Practitioner/one", Resources.Practitioner("X", "1").With("id", "two")), 400).SetArgDisplayNames("with two ids");
        yield return new TestCaseData(Resources.Entry("DELETE", "Observation"), 400).SetArgDisplayNames("that deletes everything");
    }

    [TestCaseSource(nameof(BadEntries))]
    public async Task One_bad_entry_undoes_the_others(JsonObject bad, int status)
    {
        var number = Guid.NewGuid().ToString("N");
        var patient = await Node.RegisterPatientAsync("Bad", number);
        var before = (await Node.FindHealthAsync())!.Size;
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            "transaction",
            Resources.Entry("POST", "Practitioner", Resources.Practitioner("Lost", number)),
            Resources.Entry("POST", "Observation", Resources.Observation(patient)),
            Resources.Entry("PUT", $"Patient/{patient}", Resources.Patient("Changed", number).With("id", patient)),
            bad.DeepClone().AsObject()));
        reply.AssertIsOutcome(status);
        Assert.That((await Node.GetAsync($"Patient/{patient}")).ETag, Is.EqualTo("W/\"1\""));
        Assert.That((await Node.GetAsync($"Practitioner?identifier={number}")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync("Patient?family=Changed")).Ids, Does.Not.Contain(patient));
    }

    [Test]
    public async Task A_transaction_creates_changes_deletes_and_reads()
    {
        var patient = await Node.RegisterPatientAsync("Mixed");
        var changed = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        var deleted = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            "transaction",
            Resources.Entry("GET", $"Observation?patient={patient}"),
            Resources.Entry("GET", $"Observation/{changed}"),
            Resources.Entry("PUT", $"Observation/{changed}", Resources.Observation(patient, value: 2).With("id", changed), ifMatch: "W/\"1\""),
            Resources.Entry("DELETE", $"Observation/{deleted}"),
            Resources.Entry("POST", "Observation", Resources.Observation(patient, value: 3))));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var entries = reply.Json["entry"]!.AsArray();
        Assert.That(entries.Select(Status), Is.EqualTo(new[] { "200 OK", "200 OK", "200 OK", "204 No Content", "201 Created" }));
        Assert.That(entries[0]!["resource"]!["entry"]!.AsArray(), Has.Count.EqualTo(2));
        Assert.That((double)entries[1]!["resource"]!["valueQuantity"]!["value"]!, Is.EqualTo(2));
        Assert.That((await Node.GetAsync($"Observation/{deleted}")).Status, Is.EqualTo(410));
    }

    [Test]
    public async Task A_batch_answers_each_entry_for_itself()
    {
        var patient = await Node.RegisterPatientAsync("Batch");
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            "batch",
            Resources.Entry("POST", "Observation", Resources.Observation(patient)),
            Resources.Entry("POST", "Observation", Resources.Observation("nobody-here")),
            Resources.Entry("GET", $"Patient/{patient}"),
            Resources.Entry("GET", "Patient/nobody-here"),
            Resources.Entry("PATCH", $"Patient/{patient}", Resources.Parse("""{ "resourceType": "Parameters", "parameter": [{ "name": "x", "valueString": "y" }] }"""))));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var entries = reply.Json["entry"]!.AsArray();
        Assert.That(entries.Select(entry => Status(entry)?[..3]), Is.EqualTo(new[] { "201", "422", "200", "404", "400" }));
        Assert.That((string?)entries[1]!["response"]!["outcome"]!["resourceType"], Is.EqualTo("OperationOutcome"));
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Transactions_side_by_side_each_write_all_of_theirs()
    {
        var patient = await Node.RegisterPatientAsync("Side");
        await Parallel.ForEachAsync(Enumerable.Range(0, 24), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (i, _) =>
        {
            var reply = await Node.PostBundleAsync(Resources.Bundle(
                "transaction", [.. Enumerable.Range(0, 10).Select(_ => Resources.Entry("POST", "Observation", Resources.Observation(patient, value: i)))]));
            Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        });
        var found = await Node.GetAsync($"Observation?patient={patient}&_count=1000");
        Assert.That(found.Matches.GroupBy(match => (double)match["valueQuantity"]!["value"]!).Select(group => group.Count()), Is.All.EqualTo(10));
        Assert.That(found.Ids, Is.Unique.And.Count.EqualTo(240));
    }

    private static JsonObject Pointing(JsonObject resource, string element, string reference) => resource.With(element, new JsonObject { ["reference"] = reference });

    private static string? Status(JsonNode? entry) => (string?)entry!["response"]!["status"];

    private static string IdOf(JsonNode entry)
    {
        var parts = ((string)entry["response"]!["location"]!).Split('/');
        return parts[Array.IndexOf(parts, "_history") - 1];
    }
}
