using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Answers that show no record, and yet tell whether there is one: each stands in the patients' logs.</summary>
[NonParallelizable]
public sealed class ExistenceTests
{
    private static TestNode Node => OneNode.Node;

    private static IEnumerable<Door> MakeDoors()
    {
        yield return new Door("a condition that finds none", 201, (s, who) => Node.CreateAsync(s.New(), [("If-None-Exist", $"patient={s.Patient}&code=none"), who]), Named: true);
        yield return new Door("a condition that finds one", 200, (s, who) => Node.CreateAsync(s.New(), [("If-None-Exist", $"code={s.Rare}"), who]), s => [s.Third]);
        yield return new Door("a condition that finds several", 412, (s, who) => Node.CreateAsync(s.New(), [("If-None-Exist", $"code={s.Code}"), who]), s => [s.First, s.Second]);
        yield return new Door("a stale version", 412, (s, who) => Node.UpdateAsync(s.New().With("id", s.First), ("If-Match", "W/\"7\""), who), s => [s.First], Named: true);
        yield return new Door("another patient's", 422, (s, who) => Node.UpdateAsync(Resources.Observation(s.Other).With("id", s.First), who), s => [s.First]);
        yield return new Door("what was deleted", 410, (s, who) => Node.GetAsync($"Observation/{s.Deleted}", who), s => [s.Deleted]);
        yield return new Door("the version that a delete made", 410, (s, who) => Node.GetAsync($"Observation/{s.Deleted}/_history/2", who), s => [s.Deleted]);
        yield return new Door("what has not changed", 304, (s, who) => Node.GetAsync($"Observation/{s.First}", ("If-None-Match", "W/\"1\""), who), s => [s.First]);
        yield return new Door("a next page", 200, (s, who) => Node.GetAsync($"Observation?code={s.Code}&_count=1", who), s => [s.First, s.Second]);
        yield return new Door("a patch that does not fit", 422, (s, who) => Node.CallAsync(HttpMethod.Patch, $"/fhir/Observation/{s.First}", Unfit, who), s => [s.First]);
        yield return new Door("a patch of what was deleted", 410, (s, who) => Node.CallAsync(HttpMethod.Patch, $"/fhir/Observation/{s.Deleted}", Unfit, who), s => [s.Deleted]);
        yield return new Door("a patch of a stale version", 412, (s, who) => Node.CallAsync(HttpMethod.Patch, $"/fhir/Observation/{s.First}", Unfit, ("If-Match", "W/\"7\""), who), s => [s.First]);
        yield return new Door("a patch that finds none", 404, (s, who) => Node.CallAsync(HttpMethod.Patch, $"/fhir/Observation?patient={s.Patient}&code=none", Unfit, who), Named: true);
        yield return new Door("a patch that finds several", 412, (s, who) => Node.CallAsync(HttpMethod.Patch, $"/fhir/Observation?code={s.Code}", Unfit, who), s => [s.First, s.Second]);
        yield return new Door("an update that finds several", 412, (s, who) => Node.CallAsync(HttpMethod.Put, $"/fhir/Observation?code={s.Code}", s.New().ToJsonString(), who), s => [s.First, s.Second]);
        yield return new Door("an update that finds another id", 400, (s, who) => Node.CallAsync(HttpMethod.Put, $"/fhir/Observation?code={s.Rare}", s.New().With("id", "another").ToJsonString(), who), s => [s.Third]);
        yield return new Door("a delete that finds none", 204, (s, who) => Node.DeleteAsync($"Observation?patient={s.Patient}&code=none", who), Named: true);
        yield return new Door("a delete that finds several", 412, (s, who) => Node.DeleteAsync($"Observation?code={s.Code}", who), s => [s.First, s.Second]);
        yield return new Door("a delete of a stale version", 412, (s, who) => Node.DeleteAsync($"Observation/{s.First}", ("If-Match", "W/\"7\""), who), s => [s.First]);
        yield return new Door("a head", 200, (s, who) => Node.CallAsync(HttpMethod.Head, $"/fhir/Observation/{s.First}", null, who), s => [s.First]);
        yield return new Door("what has not changed since", 304, (s, who) => Node.GetAsync($"Observation/{s.First}", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"), who), s => [s.First]);
        yield return new Door("a history of nothing new", 200, (s, who) => Node.GetAsync($"Observation/{s.First}/_history?_since=2099-01-01T00:00:00Z", who), s => [s.First]);
        yield return new Door("what points at two patients' records", 422, (s, who) => Node.CreateAsync(Provenance(s.First, s.OfOther), who), s => [s.First, s.OfOther]);

        foreach (var type in (string[])["transaction", "batch"])
        {
            JsonObject Bundle(params JsonObject[] entries) => Resources.Bundle(type, entries);
            yield return new Door($"a {type}'s ifNoneExist that finds none", 200, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("POST", "Observation", s.New(), ifNoneExist: $"patient={s.Patient}&code=none")), who), Named: true);
            yield return new Door($"a {type}'s ifNoneExist that finds several", type == "batch" ? 200 : 412, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("POST", "Observation", s.New(), ifNoneExist: $"code={s.Code}")), who), s => [s.First, s.Second]);
            yield return new Door($"a {type}'s reference that finds several", type == "batch" ? 200 : 412, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("POST", "Provenance", Provenance($"?code={s.Code}"))), who), s => [s.First, s.Second]);
            yield return new Door($"a {type}'s delete that finds none", 200, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("DELETE", $"Observation?patient={s.Patient}&code=none")), who), Named: true);
            yield return new Door($"a {type}'s delete that finds several", type == "batch" ? 200 : 412, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("DELETE", $"Observation?code={s.Code}")), who), s => [s.First, s.Second]);
            yield return new Door($"a {type}'s update under another id", type == "batch" ? 200 : 400, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("PUT", $"Observation?code={s.Rare}", s.New().With("id", "another"))), who), s => [s.Third]);
            yield return new Door($"a {type}'s patch", type == "batch" ? 200 : 400, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("PATCH", $"Observation?code={s.Rare}", Patch())), who), s => [s.Third]);
            yield return new Door($"a {type}'s stale version", type == "batch" ? 200 : 412, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("PUT", $"Observation/{s.First}", s.New().With("id", s.First), ifMatch: "W/\"7\"")), who), s => [s.First], Named: true);
            yield return new Door($"a {type}'s delete of what was deleted", type == "batch" ? 200 : 422, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("DELETE", $"Observation/{s.Deleted}")), who), s => [s.Deleted]);
            yield return new Door($"a {type}'s search for nothing", 200, (s, who) => Node.PostBundleAsync(Bundle(Resources.Entry("GET", $"Observation?patient={s.Patient}&code=none")), who), Named: true);
        }

        var refused = () => Resources.Entry("POST", "Observation", Resources.Observation("nobody-here"));
        yield return new Door("a patient beside an unknown one", 422, (s, who) => Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("POST", "Observation", s.New()), refused()), who), Named: true);
        yield return new Door("a delete beside a refused entry", 422, (s, who) => Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("DELETE", $"Observation/{s.First}"), refused()), who), s => [s.First]);
        yield return new Door(
            "a reference beside a refused entry", 422,
            (s, who) => Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("POST", "Provenance", Provenance($"?code={s.Rare}")), refused()), who),
            s => [s.Third]);
    }

    private static readonly Dictionary<string, Door> Doors = MakeDoors().ToDictionary(door => door.Name);

    private static IEnumerable<string> Names => Doors.Keys;

    [TestCaseSource(nameof(Names))]
    public async Task Leaves_a_row_for(string name)
    {
        var door = Doors[name];
        var story = await Story.WriteAsync();
        var person = $"Dr {Guid.NewGuid():N}";
        var reply = await door.Knock(story, ("X-Acting-Person", person));
        Assert.That(reply.Status, Is.EqualTo(door.Status), reply.Text);

        var book = await AuthorsBook.OpenAsync(Node);
        var rows = book.Reads.Where(read => read.Person == person).ToList();
        var ids = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        Assert.That(rows.SelectMany(row => row.Records).Select(record => ids[record]).Distinct(), Is.EquivalentTo(door.Told?.Invoke(story) ?? []));
        if (door.Named)
        {
            Assert.That(rows.Select(row => row.Subject), Is.SupersetOf(book.Versions.Where(version => story.All.Contains(version.Id)).Select(version => version.Row.Subject).Distinct()));
        }
    }

    [Test]
    public async Task A_row_says_how_much_was_seen()
    {
        var story = await Story.WriteAsync();
        var person = $"Dr {Guid.NewGuid():N}";
        await Node.GetAsync($"Observation?code={story.Code}&_count=1", ("X-Acting-Person", person));
        await Node.GetAsync($"Observation/{story.Deleted}", ("X-Acting-Person", person));
        var rows = (await AuthorsBook.OpenAsync(Node)).Reads.Where(read => read.Person == person).ToList();
        Assert.That(rows.Select(row => row.Level), Is.EquivalentTo(new[] { ReadLevel.Opened, ReadLevel.Counted, ReadLevel.Counted }));
    }

    [TestCase("DELETE", "Observation/never-was", 204)]
    [TestCase("DELETE", "Observation/00112233445566778899aabbccddeeff", 405)]
    [TestCase("GET", "Observation/never-was", 404)]
    public async Task What_tells_nothing_leaves_none(string method, string path, int status)
    {
        var person = $"Dr {Guid.NewGuid():N}";
        Assert.That((await Node.CallAsync(new HttpMethod(method), $"/fhir/{path}", null, ("X-Acting-Person", person))).Status, Is.EqualTo(status));
        Assert.That((await AuthorsBook.OpenAsync(Node)).Reads.Where(read => read.Person == person), Is.Empty);
    }

    [Test]
    public async Task A_delete_answers_alike_for_what_was_deleted_and_what_never_was()
    {
        var story = await Story.WriteAsync();
        var (deleted, never) = (await Node.DeleteAsync($"Observation/{story.Deleted}"), await Node.DeleteAsync("Observation/never-was"));
        Assert.That((deleted.Status, deleted.Text, deleted.ETag), Is.EqualTo((never.Status, never.Text, never.ETag)));
    }

    [Test]
    public async Task Who_acts_has_to_be_sayable_before_anything_is_answered()
    {
        var story = await Story.WriteAsync();
        (string, string) nonsense = ("X-Purpose-Of-Use", "not a purpose");
        (await Node.CreateAsync(story.New(), ("If-None-Exist", $"code={story.Code}"), nonsense)).AssertIsOutcome(400);
        (await Node.UpdateAsync(story.New().With("id", story.First), ("If-Match", "W/\"7\""), nonsense)).AssertIsOutcome(400);
        (await Node.DeleteAsync($"Observation/{story.First}", nonsense)).AssertIsOutcome(400);
        Assert.That((await Node.GetAsync($"Observation/{story.First}")).Status, Is.EqualTo(200));
    }

    [Test]
    [Platform("Linux")]
    public async Task Without_the_log_there_is_no_answer()
    {
        using var consortium = await TestConsortium.StartAsync(1);
        var node = consortium.Sequencer;
        await node.StopAsync();
        await node.StartAsync(ignoresFileSizeSignal: true);
        var story = await Story.WriteAsync(node);
        var (page, everything) = (await NextAsync($"Observation?patient={story.Patient}&_count=1"), await NextAsync($"Patient/{story.Patient}/$everything?_count=1"));
        await AuthorsBook.OpenAsync(node);

        // Once the outbox has nothing to write any more, nothing fits behind what the journal of the records holds already.
        await node.LimitFilesAsync($"{new FileInfo(Path.Combine(node.Data, "records.db-wal")).Length}");
        FhirReply[] answers =
        [
            await node.GetAsync($"Observation/{story.Deleted}"),
            await node.GetAsync($"Observation?patient={story.Patient}&code=none"),
            await node.CreateAsync(story.New(), ("If-None-Exist", $"code={story.Code}")),
            await node.CreateAsync(story.New(), ("If-None-Exist", $"patient={story.Patient}&code=none")),
            await node.CreateAsync(Provenance(story.First, story.OfOther)),
            await node.UpdateAsync(story.New().With("id", story.First), ("If-Match", "W/\"7\"")),
            await node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("DELETE", $"Observation?code={story.Code}"))),
            await node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("DELETE", $"Observation/{story.First}"), Resources.Entry("POST", "Observation", Resources.Observation("nobody-here")))),
            await node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("POST", "Observation", story.New(), ifNoneExist: $"code={story.Code}"))),
            await node.CallAsync(HttpMethod.Patch, $"/fhir/Observation/{story.First}", Unfit),
            await node.CallAsync(HttpMethod.Patch, $"/fhir/Observation?code={story.Rare}", Unfit),
            await node.CallAsync(HttpMethod.Patch, $"/fhir/Observation?code={story.Code}", Unfit),
            await node.CallAsync(HttpMethod.Put, $"/fhir/Observation?code={story.Code}", story.New().ToJsonString()),
            await node.DeleteAsync($"Observation?code={story.Code}"),
            await node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PATCH", $"Observation/{story.First}", Resources.Parse(Unfit)))),
            await node.GetAsync($"Observation/{story.First}", ("If-None-Match", "W/\"1\"")),
            await node.CallAsync(HttpMethod.Get, page, null),
            await node.CallAsync(HttpMethod.Get, everything, null),
            await node.CallAsync(HttpMethod.Post, $"/fhir/Observation/{story.First}/$meta-add", Meta),
            await node.CallAsync(HttpMethod.Post, $"/fhir/Observation/{story.First}/$validate?mode=update", Resources.Parse(Parameters).With("parameter", new JsonArray(new JsonObject { ["name"] = "resource", ["resource"] = story.New().With("id", story.First) })).ToJsonString()),
            .. await Task.WhenAll(Questions(story).Select(question => node.GetAsync(question))),
        ];
        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(503));
        Assert.That(answers.Select(answer => (string?)answer.Json["issue"]![0]!["code"]), Is.All.EqualTo("transient"));
        Assert.That(answers.Select(answer => answer.Text), Has.None.Contains(story.Code).Or.Contains("Known").Or.Contains(story.First));
        Assert.That((await node.CallAsync(HttpMethod.Head, $"/fhir/Observation/{story.First}", null)).Status, Is.EqualTo(503));
        var entries = (await node.PostBundleAsync(Resources.Bundle(
            "batch",
            Resources.Entry("GET", $"Observation/{story.First}"),
            Resources.Entry("PUT", $"Observation/{story.First}", story.New().With("id", story.First), ifMatch: "W/\"7\"")))).Json["entry"]!.AsArray();
        Assert.That(entries.Select(entry => (string?)entry!["response"]!["status"]), Is.All.StartsWith("503"));
        foreach (var type in (string[])["batch", "transaction"])
        {
            var reads = await node.PostBundleAsync(Resources.Bundle(
                type, [Resources.Entry("GET", page), Resources.Entry("GET", everything), Resources.Entry("HEAD", $"Observation/{story.First}"), .. Questions(story).Select(question => Resources.Entry("GET", question))]));
            Assert.That(reads.Json["entry"]!.AsArray().Select(entry => (string?)entry!["response"]!["status"]), Is.All.StartsWith("503"), reads.Text);
            Assert.That(reads.Text, Does.Not.Contain(story.Code).And.Not.Contain("Known").And.Not.Contain(story.First));
        }

        async Task<string> NextAsync(string search) =>
            (string)(await node.GetAsync(search)).Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
    }

    /// <summary>What shows a record of the story's, each on a way of its own.</summary>
    private static string[] Questions(Story story) =>
    [
        $"Observation/{story.First}/_history/1",
        $"Observation/{story.First}/_history",
        $"Observation/{story.First}/_history?_since=2099-01-01T00:00:00Z",
        "Observation/_history?_count=2",
        "_history?_count=2",
        $"Observation/{story.First}/$meta",
        $"Observation/{story.First}/$validate",
        $"Patient/{story.Patient}/$everything",
        $"Patient/{story.Patient}/$everything?_type=Condition",
        $"Patient/{story.Patient}/Observation",
        $"Patient/{story.Patient}/*",
        $"Patient?_id={story.Patient}&_revinclude=Observation:patient",
        $"Observation?code={story.Rare}&_include=Observation:subject",
        $"Observation?code={story.Code}&_summary=count",
        $"Observation?patient={story.Patient}&subject:Patient.family=Known",
        $"Patient?_has:Observation:patient:code={story.Rare}",
    ];

    private const string Parameters = """{ "resourceType": "Parameters" }""";

    private const string Meta = """{ "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": { "tag": [{ "code": "x" }] } }] }""";

    private static JsonObject Provenance(params string[] targets) => Resources.Parse("""{ "resourceType": "Provenance", "recorded": "2024-01-01T00:00:00Z", "agent": [{ "who": { "display": "x" } }] }""")
        .With("target", new JsonArray([.. targets.Select(target => new JsonObject { ["reference"] = target.StartsWith('?') ? $"Observation{target}" : $"Observation/{target}" })]));

    private const string Unfit = """{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.nothing"},{"name":"value","valueString":"x"}]}]}""";

    private static JsonObject Patch() => Resources.Parse("""{ "resourceType": "Parameters", "parameter": [{ "name": "x", "valueString": "y" }] }""");

    /// <summary>A question that shows no record.</summary>
    /// <param name="Name">For the test's name.</param>
    /// <param name="Status">What it answers.</param>
    /// <param name="Knock">Asks, with this header.</param>
    /// <param name="Told">The records that the answer tells of; null for none.</param>
    /// <param name="Named">Whether it names the first patient: each of the subjects gets a row.</param>
    private sealed record Door(
        string Name, int Status, Func<Story, (string Name, string Value), Task<FhirReply>> Knock, Func<Story, string[]>? Told = null, bool Named = false);

    /// <summary>Two patients: one with two results of one code, one of another, and one that was deleted; the other with one.</summary>
    private sealed record Story(string Patient, string Other, string Code, string Rare, string First, string Second, string Third, string Deleted, string OfOther)
    {
        /// <summary>Everything of the first patient's.</summary>
        public IReadOnlyList<string> All => [Patient, First, Second, Third, Deleted];

        public static async Task<Story> WriteAsync(TestNode? at = null)
        {
            var node = at ?? Node;
            var (code, rare) = ($"{Guid.NewGuid():N}", $"{Guid.NewGuid():N}");
            var patient = await node.RegisterPatientAsync("Known");
            var other = await node.RegisterPatientAsync("Other");
            var deleted = await node.KeepAsync(Resources.Observation(patient));
            Assert.That((await node.DeleteAsync($"Observation/{deleted}")).Status, Is.EqualTo(204));
            return new Story(
                patient,
                other,
                code,
                rare,
                await node.KeepAsync(Resources.Observation(patient, code)),
                await node.KeepAsync(Resources.Observation(patient, code)),
                await node.KeepAsync(Resources.Observation(patient, rare)),
                deleted,
                await node.KeepAsync(Resources.Observation(other)));
        }

        public JsonObject New() => Resources.Observation(Patient);
    }
}
