using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class HistoryTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Of_an_instance_has_every_version_newest_first()
    {
        var patient = await Node.RegisterPatientAsync("History");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        var updated = await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id));
        await Node.DeleteAsync($"Observation/{id}");
        await Node.UpdateAsync(Resources.Observation(patient, value: 4).With("id", id));
        await Node.UpdateAsync(Resources.Observation(patient, value: 5).With("id", id));

        var history = await Node.GetAsync($"Observation/{id}/_history");
        Assert.That((history.Status, (string?)history.Json["type"]), Is.EqualTo((200, "history")), history.Text);
        var entries = EntriesOf(history);
        Assert.That(entries.Select(entry => (string?)entry["response"]!["etag"]), Is.EqualTo(new[] { "W/\"5\"", "W/\"4\"", "W/\"3\"", "W/\"2\"", "W/\"1\"" }));
        Assert.That(entries.Select(entry => (string?)entry["request"]!["method"]), Is.EqualTo(new[] { "PUT", "PUT", "DELETE", "PUT", "POST" }));
        Assert.That(entries.Select(entry => (string?)entry["request"]!["url"]), Is.EqualTo(new[] { $"Observation/{id}", $"Observation/{id}", $"Observation/{id}", $"Observation/{id}", "Observation" }));
        Assert.That(entries.Select(entry => ((string)entry["response"]!["status"]!)[..3]), Is.EqualTo(new[] { "200", "201", "204", "200", "201" }));
        Assert.That(entries.Select(entry => (double?)entry["resource"]?["valueQuantity"]!["value"]), Is.EqualTo(new double?[] { 5, 4, null, 2, 1 }));
        Assert.That(entries.Select(entry => (string?)entry["fullUrl"]), Is.All.EqualTo($"{Node.Endpoint}/fhir/Observation/{id}"));
        Assert.That(entries[3]["resource"]!.ToJsonString(), Is.EqualTo(updated.Json.ToJsonString()));
        Assert.That(DateTimeOffset.Parse((string)entries[3]["response"]!["lastModified"]!, null), Is.EqualTo(DateTimeOffset.Parse((string)updated.Json["meta"]!["lastUpdated"]!, null)));
    }

    [Test]
    public async Task Is_paged_and_what_is_written_meanwhile_moves_nothing()
    {
        var patient = await Node.RegisterPatientAsync("Paged");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        for (var value = 2; value <= 5; value++)
        {
            await Node.UpdateAsync(Resources.Observation(patient, value: value).With("id", id));
        }

        var pages = new List<List<string>>();
        for (var next = $"/fhir/Observation/{id}/_history?_count=2"; next is not null;)
        {
            var page = await Node.CallAsync(HttpMethod.Get, next, null);
            Assert.That(page.Status, Is.EqualTo(200), page.Text);
            pages.Add(VersionsOf(page));
            await Node.UpdateAsync(Resources.Observation(patient, value: 9).With("id", id));
            next = page.Json["link"]!.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"]?.ToString();
        }

        Assert.That(pages, Is.EqualTo(new List<List<string>> { new() { "5", "4" }, new() { "3", "2" }, new() { "1" } }));
    }

    [Test]
    public async Task Begins_where_it_is_asked_to()
    {
        var patient = await Node.RegisterPatientAsync("Since");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        var second = (string)(await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id))).Json["meta"]!["lastUpdated"]!;
        await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", id));
        Assert.That(VersionsOf(await Node.GetAsync($"Observation/{id}/_history?_since={second}")), Is.EqualTo(new[] { "3", "2" }).Or.EqualTo(new[] { "3", "2", "1" }));
        var elsewhere = DateTimeOffset.Parse(second, null).ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", null);
        Assert.That(VersionsOf(await Node.GetAsync($"Observation/{id}/_history?_since={elsewhere}")), Does.Contain("2"));
        Assert.That(VersionsOf(await Node.GetAsync($"Observation/{id}/_history?_since=2099-01-01T00:00:00Z")), Is.Empty);
        Assert.That(VersionsOf(await Node.GetAsync($"Observation/{id}/_history?_count=0")), Is.Empty);
    }

    [Test]
    public async Task Of_a_type_and_of_the_server_go_over_all_that_was_written_since()
    {
        var patient = await Node.RegisterPatientAsync("Everything");
        var first = await Node.CreateAsync(Resources.Observation(patient));
        var practitioner = await Node.KeepAsync(Resources.Practitioner("Noether", Guid.NewGuid().ToString("N")));
        await Node.DeleteAsync($"Observation/{first.Id}");
        var since = (string)first.Json["meta"]!["lastUpdated"]!;

        var ofType = EntriesOf(await Node.GetAsync($"Observation/_history?_since={since}&_count=1000"));
        Assert.That(ofType.Where(entry => ((string)entry["fullUrl"]!).EndsWith(first.Id, StringComparison.Ordinal)).Select(entry => (string?)entry["request"]!["method"]), Is.EqualTo(new[] { "DELETE", "POST" }));
        Assert.That(ofType.Select(entry => (string)entry["fullUrl"]!), Has.All.Contain("/Observation/"));
        var ofAll = EntriesOf(await Node.GetAsync($"_history?_since={since}&_count=1000")).Select(entry => (string)entry["fullUrl"]!).ToList();
        Assert.That(ofAll, Has.Some.EndsWith($"Practitioner/{practitioner}").And.Some.EndsWith($"Observation/{first.Id}"));
    }

    [TestCase("_count=-1")]
    [TestCase("_count=x")]
    [TestCase("_count=99999999999")]
    [TestCase("_since=yesterday")]
    [TestCase("_since=2024-05-06T07:08:09")]
    [TestCase("_since=2024-13-06T07:08:09Z")]
    [TestCase("_since=")]
    [TestCase("_page=1-2")]
    [TestCase("_page=a-b-c")]
    [TestCase("_page=99999999999999999999-1-1")]
    [TestCase("_at=2024")]
    [TestCase("_list=x")]
    public async Task Refuses_what_it_cannot_understand(string query)
    {
        var patient = await Node.RegisterPatientAsync("Nonsense");
        (await Node.GetAsync($"Patient/{patient}/_history?{query}")).AssertIsOutcome(400);
        (await Node.GetAsync($"Patient/_history?{query}")).AssertIsOutcome(400);
        (await Node.GetAsync($"_history?{query}")).AssertIsOutcome(400);
    }

    [Test]
    public async Task Of_what_never_was_is_not_there()
    {
        (await Node.GetAsync("Observation/never-was/_history")).AssertIsOutcome(404);
        (await Node.GetAsync("NoSuchType/x/_history")).AssertIsOutcome(404);
        (await Node.GetAsync("NoSuchType/_history")).AssertIsOutcome(404);
        (await Node.GetAsync("Observation/never-was/_history", ("X-Purpose-Of-Use", "not a purpose"))).AssertIsOutcome(400);
        var patient = await Node.RegisterPatientAsync("Strict");
        (await Node.GetAsync($"Patient/{patient}/_history?code=1", ("Prefer", "handling=strict"))).AssertIsOutcome(400);
        Assert.That(VersionsOf(await Node.GetAsync($"Patient/{patient}/_history?code=1")), Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Stands_in_the_patients_log_before_it_goes_out()
    {
        var patient = await Node.RegisterPatientAsync("Logged");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        await Node.UpdateAsync(Resources.Observation(patient).With("id", id));
        var deleted = await Node.KeepAsync(Resources.Condition(patient));
        await Node.DeleteAsync($"Condition/{deleted}");
        var people = Enumerable.Range(0, 3).Select(_ => $"Dr {Guid.NewGuid():N}").ToList();
        await Node.GetAsync($"Observation/{id}/_history?_count=1", ("X-Acting-Person", people[0]));
        await Node.GetAsync($"Condition/{deleted}/_history", ("X-Acting-Person", people[1]));
        await Node.GetAsync($"Observation/{id}/_history?_since=2099-01-01T00:00:00Z", ("X-Acting-Person", people[2]));

        var book = await AuthorsBook.OpenAsync(Node);
        List<(ReadLevel, uint)> RowsOf(string person) => [.. book.Reads.Where(read => read.Person == person).SelectMany(read => read.Records, (read, record) => (read.Level, record.Version))];
        Assert.That(RowsOf(people[0]), Is.EquivalentTo(new[] { (ReadLevel.Opened, 2u), (ReadLevel.Counted, 1u) }));
        Assert.That(RowsOf(people[1]), Is.EquivalentTo(new[] { (ReadLevel.Counted, 2u), (ReadLevel.Opened, 1u) }));
        Assert.That(RowsOf(people[2]), Is.EquivalentTo(new[] { (ReadLevel.Counted, 2u) }));
    }

    private static List<JsonObject> EntriesOf(FhirReply history)
    {
        Assert.That((history.Status, (string?)history.Json["type"]), Is.EqualTo((200, "history")), history.Text);
        return [.. (history.Json["entry"]?.AsArray() ?? []).Select(entry => entry!.AsObject())];
    }

    private static List<string> VersionsOf(FhirReply history) => [.. EntriesOf(history).Select(entry => ((string)entry["response"]!["etag"]!)[3..^1])];
}
