using System.Globalization;
using System.Net.Http.Headers;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class SearchTests
{
    private static readonly string[] Days = ["2023-12-31T22:00:00Z", "2024-01-01T00:00:00Z", "2024-01-15T12:00:00Z", "2024-02-01T00:00:00Z", "2025-06-07T08:09:10Z"];
    private static string _patient = "";
    private static string _other = "";
    private static string[] _ids = [];

    private static TestNode Node => OneNode.Node;

    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        _patient = await Node.RegisterPatientAsync("Search");
        _other = await Node.RegisterPatientAsync("Other");
        _ids = await Task.WhenAll(Days.Select((day, i) => Node.KeepAsync(Resources.Observation(_patient, code: i % 2 == 0 ? "718-7" : "2345-7", when: day, category: i < 3 ? "laboratory" : "vital-signs", value: i))));
        await Node.KeepAsync(Resources.Observation(_other, when: Days[2]));
    }

    [TestCase("", ExpectedResult = "0 1 2 3 4")]
    [TestCase("&code=718-7", ExpectedResult = "0 2 4")]
    [TestCase("&code=http://loinc.org|718-7", ExpectedResult = "0 2 4")]
    [TestCase("&code=http://snomed.info/sct|718-7", ExpectedResult = "")]
    [TestCase("&code=http://loinc.org|", ExpectedResult = "0 1 2 3 4")]
    [TestCase("&code=|718-7", ExpectedResult = "")]
    [TestCase("&code=718-7,2345-7", ExpectedResult = "0 1 2 3 4")]
    [TestCase("&code=718-7&category=vital-signs", ExpectedResult = "4")]
    [TestCase("&category=laboratory", ExpectedResult = "0 1 2")]
    [TestCase("&category=laboratory,vital-signs", ExpectedResult = "0 1 2 3 4")]
    [TestCase("&code=nothing", ExpectedResult = "")]
    [TestCase("&date=2024", ExpectedResult = "1 2 3")]
    [TestCase("&date=2024-01", ExpectedResult = "1 2")]
    [TestCase("&date=2024-01-15", ExpectedResult = "2")]
    [TestCase("&date=eq2024-01-15T12:00:00Z", ExpectedResult = "2")]
    [TestCase("&date=ne2024-01", ExpectedResult = "0 3 4")]
    [TestCase("&date=ge2024-01-15", ExpectedResult = "2 3 4")]
    [TestCase("&date=gt2024-01-15", ExpectedResult = "3 4")]
    [TestCase("&date=le2024-01-15", ExpectedResult = "0 1 2")]
    [TestCase("&date=lt2024-01-15", ExpectedResult = "0 1")]
    [TestCase("&date=sa2024-01", ExpectedResult = "3 4")]
    [TestCase("&date=eb2024-01", ExpectedResult = "0")]
    [TestCase("&date=ge2024-01-01&date=lt2024-02-01", ExpectedResult = "1 2")]
    [TestCase("&date=2023,2025", ExpectedResult = "0 4")]
    [TestCase("&_lastUpdated=ge2020", ExpectedResult = "0 1 2 3 4")]
    [TestCase("&_lastUpdated=lt2020", ExpectedResult = "")]
    public async Task<string> Finds_what_matches_and_nothing_else(string criteria)
    {
        var reply = await Node.GetAsync($"Observation?patient={_patient}{criteria}");
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var posted = await Node.SendAsync(HttpMethod.Post, "/fhir/Observation/_search", new StringContent($"patient={_patient}{criteria.Replace("|", "%7C", StringComparison.Ordinal)}", new MediaTypeHeaderValue("application/x-www-form-urlencoded")));
        Assert.That(posted.Ids, Is.EquivalentTo(reply.Ids));
        return string.Join(' ', reply.Ids.Select(id => Array.IndexOf(_ids, id)).Order());
    }

    [Test]
    public async Task A_patient_may_be_named_in_every_way()
    {
        foreach (var named in (string[])[$"patient={_patient}", $"patient=Patient/{_patient}", $"subject=Patient/{_patient}", $"subject:Patient={_patient}", $"subject={_patient}", $"patient={Node.Endpoint}/fhir/Patient/{_patient}"])
        {
            Assert.That((await Node.GetAsync($"Observation?{named}")).Ids, Is.EquivalentTo(_ids), named);
        }

        Assert.That((await Node.GetAsync($"Observation?patient={_patient},{_other}")).Ids, Has.Count.EqualTo(6));
        Assert.That((await Node.GetAsync($"Observation?patient={_patient}&patient={_other}")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync("Observation?patient=nobody")).Ids, Is.Empty);
    }

    [Test]
    public async Task What_a_patient_does_in_anothers_record_is_found_too()
    {
        var mother = await Node.RegisterPatientAsync("Mother");
        var kept = await Node.KeepAsync(Resources.Parse($$"""
            { "resourceType": "Task", "status": "requested", "intent": "order", "for": { "reference": "Patient/{{_other}}" }, "requester": { "reference": "Patient/{{mother}}" } }
            """));
        Assert.That((await Node.GetAsync($"Task?requester=Patient/{mother}")).Ids, Is.EqualTo(new[] { kept }));
        Assert.That((await Node.GetAsync($"Task?requester=Patient/{mother},Practitioner/x")).Ids, Is.EqualTo(new[] { kept }));
    }

    [Test]
    public async Task Resources_are_found_by_id()
    {
        Assert.That((await Node.GetAsync($"Observation?_id={_ids[0]},{_ids[3]},nothing")).Ids, Is.EquivalentTo(new[] { _ids[0], _ids[3] }));
        Assert.That((await Node.GetAsync($"Observation?_id={_ids[0]}&code=2345-7")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Patient?_id={_patient}")).Ids, Is.EqualTo(new[] { _patient }));
        Assert.That((await Node.GetAsync($"Condition?_id={_ids[0]}")).Ids, Is.Empty);
    }

    [Test]
    public async Task Patients_are_found_by_who_they_are()
    {
        var number = Guid.NewGuid().ToString("N");
        var id = await Node.RegisterPatientAsync("Müller-Lüdenscheidt", number);
        foreach (var criteria in (string[])[$"identifier={number}", $"identifier=urn:test:mrn|{number}", "family=muller", "name=Müller", "family:exact=Müller-Lüdenscheidt", $"family=muller&birthdate=1971-03-09&gender=female&identifier={number}"])
        {
            Assert.That((await Node.GetAsync($"Patient?{criteria}")).Ids, Does.Contain(id), criteria);
        }

        foreach (var criteria in (string[])[$"identifier=urn:other|{number}", $"identifier={number}&gender=male", $"identifier={number}&birthdate=1972", "family:exact=müller-lüdenscheidt"])
        {
            Assert.That((await Node.GetAsync($"Patient?{criteria}")).Ids, Does.Not.Contain(id), criteria);
        }

        Assert.That((await Node.UpdateAsync(Resources.Patient("Meier", number).With("id", id))).Status, Is.EqualTo(200));
        Assert.That((await Node.GetAsync("Patient?family=muller-lud")).Ids, Does.Not.Contain(id));
        Assert.That((await Node.GetAsync("Patient?family=meier")).Ids, Does.Contain(id));
    }

    [Test]
    public async Task The_time_of_the_last_change_is_searched_to_the_instant()
    {
        var id = await Node.KeepAsync(Resources.Observation(_other, code: "at"));
        var at = (string)(await Node.GetAsync($"Observation/{id}")).Json["meta"]!["lastUpdated"]!;
        var moment = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
        Assert.That((await Node.GetAsync($"Observation?code=at&_lastUpdated={at}")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"Observation?code=at&_lastUpdated=ge{at}")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"Observation?code=at&_lastUpdated=gt{at}")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Observation?code=at&_lastUpdated=lt{moment.AddMilliseconds(1):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"Observation?code=at&_lastUpdated=lt{at}")).Ids, Is.Empty);
    }

    [Test]
    public async Task Pages_hold_every_match_once_also_while_others_write()
    {
        var patient = await Node.RegisterPatientAsync("Pages");
        var reply = await Node.PostBundleAsync(Resources.Bundle("transaction", [.. Enumerable.Range(0, 103).Select(i => Resources.Entry("POST", "Observation", Resources.Observation(patient, value: i)))]));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        using var over = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await Node.KeepAsync(Resources.Observation(patient, value: 1_000));
            }
        });
        var pages = await Node.ReadPagesAsync($"Observation?patient={patient}&code=718-7&_count=10");
        await over.CancelAsync();
        await writing;
        Assert.That(pages.SkipLast(1).Select(page => page.Count), Is.All.EqualTo(10));
        var ids = pages.SelectMany(page => page).ToList();
        Assert.That(ids, Is.Unique);
        var all = (await Node.GetAsync($"Observation?patient={patient}&_count=1000")).Matches;
        Assert.That(ids, Is.SupersetOf(all.Where(match => (double)match["valueQuantity"]!["value"]! < 1_000).Select(match => (string)match["id"]!)));
        Assert.That(await Node.ReadPagesAsync($"Observation?patient={_patient}&_count=5"), Has.Count.EqualTo(1));
        Assert.That(await Node.ReadPagesAsync($"Observation?patient={_patient}&_count=4"), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Matches_are_sorted_over_all_pages()
    {
        var ascending = await Node.ReadPagesAsync($"Observation?patient={_patient}&_sort=date&_count=2");
        Assert.That(ascending.SelectMany(page => page), Is.EqualTo(_ids));
        var descending = await Node.ReadPagesAsync($"Observation?patient={_patient}&_sort=-date&_count=2");
        Assert.That(descending.SelectMany(page => page), Is.EqualTo(_ids.Reverse()));
    }

    [Test]
    public async Task A_page_that_is_no_longer_kept_says_so()
    {
        (await Node.GetAsync("Observation?_page=00000000000000000000000000000000.10")).AssertIsOutcome(410);
        (await Node.GetAsync("Observation?_page=x")).AssertIsOutcome(410);
        var first = await Node.GetAsync($"Observation?patient={_patient}&_count=2");
        var next = (string)first.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
        (await Node.CallAsync(HttpMethod.Get, next.Replace("/Observation?", "/Condition?", StringComparison.Ordinal), null)).AssertIsOutcome(410);
        (await Node.CallAsync(HttpMethod.Get, next, null, ("X-Purpose-Of-Use", "HPAYMT"))).AssertIsOutcome(410);
        Assert.That((await Node.CallAsync(HttpMethod.Get, next, null)).Ids, Has.Count.EqualTo(2));
        Assert.That(next, Does.Not.Contain(_patient));
    }

    [Test]
    public async Task A_search_that_asks_for_no_matches_gets_none()
    {
        var reply = await Node.GetAsync($"Observation?patient={_patient}&_count=0");
        Assert.That((reply.Status, reply.Ids.Count), Is.EqualTo((200, 0)));
        Assert.That(reply.Json["link"]!.AsArray().Select(link => (string?)link!["relation"]), Is.EqualTo(new[] { "self" }));
        Assert.That((int?)reply.Json["total"], Is.EqualTo(5), "no entries at all means their number");
    }

    [Test]
    public async Task An_unknown_parameter_is_left_out_with_a_warning_or_refused_as_the_caller_wishes()
    {
        var lenient = await Node.GetAsync($"Observation?patient={_patient}&no-such=1&code=718-7");
        Assert.That(lenient.Status, Is.EqualTo(200), lenient.Text);
        Assert.That(lenient.Ids, Has.Count.EqualTo(3));
        var self = (string)lenient.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "self")!["url"]!;
        Assert.That(self, Does.Not.Contain("no-such"));
        var outcome = lenient.Json["entry"]!.AsArray().Single(entry => (string?)entry!["search"]!["mode"] == "outcome")!["resource"]!;
        Assert.That((string?)outcome["issue"]![0]!["severity"], Is.EqualTo("warning"));
        (await Node.GetAsync($"Observation?patient={_patient}&no-such=1", ("Prefer", "handling=strict"))).AssertIsOutcome(400);
        (await Node.GetAsync($"Observation?patient={_patient}&_contained=true")).AssertIsOutcome(400);
    }

    [Test]
    public async Task The_self_link_finds_the_same()
    {
        var reply = await Node.GetAsync($"Observation?patient={_patient}&code=http://loinc.org|718-7&date=ge2024");
        var self = (string)reply.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "self")!["url"]!;
        Assert.That((await Node.CallAsync(HttpMethod.Get, self, null)).Ids, Is.EquivalentTo(reply.Ids));
        Assert.That(reply.Json["entry"]!.AsArray().Select(entry => (string?)entry!["fullUrl"]), Is.EquivalentTo(reply.Ids.Select(id => $"{Node.Endpoint}/fhir/Observation/{id}")));
    }
}
