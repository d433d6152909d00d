using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A GET in a Bundle is what it is outside of one.</summary>
[NonParallelizable]
public sealed class BundleReadTests
{
    private readonly Dictionary<string, string> _ids = [];

    private static TestNode Node => OneNode.Node;

    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        var patient = _ids["patient"] = await Node.RegisterPatientAsync("Bundled");
        _ids["first"] = await Node.KeepAsync(Resources.Observation(patient, "718-7", value: 1));
        _ids["second"] = await Node.KeepAsync(Resources.Observation(patient, "2345-7", value: 2));
        Assert.That((await Node.UpdateAsync(Resources.Observation(patient, "2345-7", value: 3).With("id", _ids["second"]))).Status, Is.EqualTo(200));
        _ids["deleted"] = await Node.KeepAsync(Resources.Observation(patient));
        Assert.That((await Node.DeleteAsync($"Observation/{_ids["deleted"]}")).Status, Is.EqualTo(204));
    }

    [TestCase("Observation/{first}", 200)]
    [TestCase("/Observation/{first}", 200)]
    [TestCase("{server}/fhir/Observation/{first}", 200)]
    [TestCase("Observation/{second}/_history/1", 200)]
    [TestCase("Observation/{second}/_history", 200)]
    [TestCase("Observation/{deleted}", 410)]
    [TestCase("Observation/{deleted}/_history", 200)]
    [TestCase("Observation/never-was", 404)]
    [TestCase("Observation/{first}/_history/9", 404)]
    [TestCase("Observation?patient={patient}", 200)]
    [TestCase("Observation?patient={patient}&code=2345-7%2C718-7&_sort=-code&_total=accurate", 200)]
    [TestCase("Observation?patient={patient}&_include=Observation:subject&_elements=subject", 200)]
    [TestCase("Patient?_id={patient}&_revinclude=Observation:patient&_summary=data", 200)]
    [TestCase("Observation?patient={patient}&_summary=count", 200)]
    [TestCase("Observation?patient={patient}&nonsense=1", 200)]
    [TestCase("Observation?patient={patient}&_sort=nonsense", 400)]
    [TestCase("Location?near=1", 400)]
    [TestCase("Observation?patient={patient}&_format=nonsense", 406)]
    [TestCase("Observation?patient.family=Bundled&patient={patient}", 200)]
    [TestCase("Patient/{patient}/Observation?code=718-7", 200)]
    [TestCase("Patient/{patient}/*", 200)]
    [TestCase("Patient/{patient}/$everything?_type=Observation", 200)]
    [TestCase("Observation/{first}/$meta", 200)]
    [TestCase("Observation/{first}/$validate", 200)]
    [TestCase("Observation/{first}/$nonsense", 404)]
    [TestCase("metadata", 200)]
    [TestCase("StructureDefinition/Observation", 200)]
    [TestCase("SearchParameter?base=Patient&code=birthdate", 200)]
    [TestCase("Observance/1", 404)]
    [TestCase("observation/{first}", 404)]
    [TestCase("?_page=nonsense", 410)]
    [TestCase("Observation?_page=nonsense", 410)]
    public async Task Answers_what_a_request_of_its_own_answers(string url, int status)
    {
        var path = Fill(url);
        var alone = await Node.CallAsync(HttpMethod.Get, path.StartsWith("http", StringComparison.Ordinal) ? path : $"/fhir/{path.TrimStart('/')}", null);
        Assert.That(alone.Status, Is.EqualTo(status), alone.Text);
        foreach (var type in (string[])["batch", "transaction"])
        {
            var entry = (await ReadAsync(type, path))[0];
            Assert.That(StatusOf(entry), Is.EqualTo(status), entry.ToJsonString());
            Assert.That(Plain(status < 400 ? entry["resource"] : entry["response"]!["outcome"]), Is.EqualTo(Plain(alone.Json)));
            Assert.That((string?)entry["response"]!["etag"], Is.EqualTo(alone.ETag));
        }
    }

    [TestCase("../health")]
    [TestCase("../ledger/genesis")]
    [TestCase("http://127.0.0.1:1/fhir/Patient/1")]
    [TestCase("//health")]
    public async Task Reaches_nothing_but_fhir(string url) => Assert.That(StatusOf((await ReadAsync("batch", url))[0]), Is.EqualTo(404));

    [TestCase("Observation/%00", 400)]
    [TestCase("Observation/a%2Fb", 404)]
    [TestCase("Observation/%zz%", 404)]
    [TestCase("Observation/\u0000\n", 404)]
    [TestCase("Observation?\u0001=%00&\r\nX-Acting-Person:%20x", 200)]
    [TestCase("#?#", 404)]
    public async Task What_can_t_be_leaves_the_others_as_they_are(string url, int status)
    {
        var entries = await ReadAsync("batch", url, Fill("Observation/{first}"), new string('a', 20_000));
        Assert.That(entries.Select(StatusOf), Is.EqualTo(new[] { status, 200, 414 }), entries[0].ToJsonString());
    }

    [TestCase("Observation?patient={patient}&_count=1", 1)]
    [TestCase("Patient/{patient}/*?_count=2", 1)]
    [TestCase("Patient/{patient}/$everything?_count=2", 1)]
    public async Task Its_pages_go_on_outside_and_in_another_bundle(string search, int left)
    {
        var first = (await ReadAsync("batch", Fill(search)))[0];
        var next = (string)first["resource"]!["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
        var alone = await Node.CallAsync(HttpMethod.Get, next, null);
        Assert.That(alone.Ids, Has.Count.EqualTo(left));
        Assert.That(Plain((await ReadAsync("batch", next))[0]["resource"]), Is.EqualTo(Plain(alone.Json)));
    }

    [Test]
    public async Task A_head_and_what_is_known_come_without_a_body()
    {
        var known = Resources.Entry("GET", Fill("Observation/{second}"));
        known["request"]!["ifNoneMatch"] = "W/\"2\"";
        var since = Resources.Entry("GET", Fill("Observation/{second}"));
        since["request"]!["ifModifiedSince"] = "2100-01-01T00:00:00Z";
        var entries = await SendAsync(Resources.Bundle("batch", known, since, Resources.Entry("HEAD", Fill("Observation/{second}")), Resources.Entry("HEAD", Fill("Observation?patient={patient}"))));
        Assert.That(entries.Select(StatusOf), Is.EqualTo(new[] { 304, 304, 200, 200 }));
        Assert.That(entries.Select(entry => entry["resource"]), Is.All.Null);
        Assert.That(entries.Take(3).Select(entry => (string?)entry["response"]!["etag"]), Is.All.EqualTo("W/\"2\""));
    }

    [Test]
    public async Task Each_is_logged_and_a_failed_transaction_reads_nothing()
    {
        var (person, failed) = ($"Dr {Guid.NewGuid():N}", $"Dr {Guid.NewGuid():N}");
        await SendAsync(Resources.Bundle("transaction", Resources.Entry("GET", Fill("Observation/{first}")), Resources.Entry("GET", Fill("Observation?patient={patient}&code=2345-7"))), ("X-Acting-Person", person));
        var refused = await Node.PostBundleAsync(
            Resources.Bundle("transaction", Resources.Entry("GET", Fill("Observation/{first}")), Resources.Entry("POST", "Observation", Resources.Observation("nobody-here"))), ("X-Acting-Person", failed));
        refused.AssertIsOutcome(422);
        var book = await AuthorsBook.OpenAsync(Node);
        var ids = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        Assert.That(
            book.Reads.Where(read => read.Person == person && read.Level == ReadLevel.Opened).SelectMany(read => read.Records).Select(record => ids[record]),
            Is.EquivalentTo(new[] { _ids["first"], _ids["second"] }));
        Assert.That(book.Reads.Where(read => read.Person == failed), Is.Empty);
    }

    [Test]
    public async Task What_is_known_of_a_strict_caller_holds_for_its_entries() =>
        Assert.That(StatusOf((await SendAsync(Resources.Bundle("batch", Resources.Entry("GET", Fill("Observation?patient={patient}&nonsense=1"))), ("Prefer", "handling=strict")))[0]), Is.EqualTo(400));

    [Test]
    public async Task More_than_a_thousand_are_too_many()
    {
        var entries = await ReadAsync("batch", [.. Enumerable.Repeat("Observation/never-was", ReadAllowance.MostReads + 1)]);
        Assert.That(entries.Take(ReadAllowance.MostReads).Select(StatusOf), Is.All.EqualTo(404));
        Assert.That((StatusOf(entries[^1]), (string?)entries[^1]["response"]!["outcome"]!["issue"]![0]!["code"]), Is.EqualTo((403, "too-costly")));
    }

    [Test]
    public void They_end_with_what_they_have_cost()
    {
        var time = new Clock();
        var bytes = new ReadAllowance(time);
        Assert.That(bytes.Take());
        bytes.Spend(ReadAllowance.MostBytes);
        Assert.That(bytes.Take(), Is.False);
        var minute = new ReadAllowance(time);
        time.Passed += ReadAllowance.MostTime;
        Assert.That(minute.Take(), "the clock starts with the first");
        time.Passed += ReadAllowance.MostTime;
        Assert.That(minute.Take(), Is.False);
    }

    private static Task<List<JsonNode>> ReadAsync(string type, params string[] urls) => SendAsync(Resources.Bundle(type, [.. urls.Select(url => Resources.Entry("GET", url))]));

    private static async Task<List<JsonNode>> SendAsync(JsonObject bundle, params (string Name, string Value)[] headers)
    {
        var reply = await Node.PostBundleAsync(bundle, headers);
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        return [.. reply.Json["entry"]!.AsArray().Select(entry => entry!)];
    }

    private static int StatusOf(JsonNode entry) => int.Parse(((string)entry["response"]!["status"]!)[..3], System.Globalization.CultureInfo.InvariantCulture);

    // Links of pages have a token that no two searches share.
    private static string Plain(JsonNode? resource) => CanonicalJson.Of(resource, "link");

    private string Fill(string text) => _ids.Aggregate(text, (filled, pair) => filled.Replace($"{{{pair.Key}}}", pair.Value, StringComparison.Ordinal)).Replace("{server}", Node.Endpoint, StringComparison.Ordinal);

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
