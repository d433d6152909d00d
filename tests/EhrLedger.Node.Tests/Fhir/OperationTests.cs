using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>$validate, $meta and its two writes, $everything of the author's own records: what they answer, and what stands in the log for it.</summary>
[NonParallelizable]
public sealed class OperationTests
{
    private static TestNode Node => OneNode.Node;

    private static string NewPerson => $"Dr {Guid.NewGuid():N}";

    [Test]
    public async Task Validate_answers_200_whether_or_not_it_is_valid_and_stores_nothing()
    {
        var patient = await Node.RegisterPatientAsync("Validate");
        var good = Resources.Observation(patient);
        AssertSays(await ValidateAsync("Observation", good), "information");
        AssertSays(await ValidateAsync("Observation", Wrapped(("resource", good))), "information");
        AssertSays(await ValidateAsync("Condition", good), "error", "invalid");
        AssertSays(await ValidateAsync("Observation", Resources.Observation(patient).With("status", null)), "error");
        AssertSays(await ValidateAsync("Observation", Resources.Observation(patient).With("status", "finished")), "error", "code-invalid");
        AssertSays(await Node.CallAsync(HttpMethod.Post, "/fhir/Observation/$validate", "hello"), "error", "structure");
        AssertSays(await ValidateAsync("Observation?profile=http://hl7.org/fhir/StructureDefinition/Observation", good), "information");
        AssertSays(await ValidateAsync("Observation?profile=http://example.org/x", good), "error", "not-supported");
        AssertSays(await ValidateAsync("Observation", Resources.Observation(patient).With("meta", new JsonObject { ["profile"] = new JsonArray("http://example.org/x") })), "warning", "not-supported");
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.Empty);
    }

    [Test]
    public async Task Validate_says_what_a_create_or_an_update_would_say()
    {
        var patient = await Node.RegisterPatientAsync("Modes");
        var other = await Node.RegisterPatientAsync("Others");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        AssertSays(await ValidateAsync("Observation?mode=create", Resources.Observation(patient)), "information");
        AssertSays(await ValidateAsync("Observation?mode=create", Resources.Observation("nobody-here")), "error", "business-rule");
        AssertSays(await ValidateAsync("Observation", Wrapped(("resource", Resources.Observation("nobody-here")), ("mode", "create"))), "error", "business-rule");
        AssertSays(await ValidateAsync($"Observation/{id}?mode=update", Resources.Observation(patient).With("id", id)), "information");
        AssertSays(await ValidateAsync($"Observation/{id}?mode=update", Resources.Observation(patient)), "error", "invalid");
        AssertSays(await ValidateAsync($"Observation/{id}?mode=update", Resources.Observation(other).With("id", id)), "error", "business-rule");
        AssertSays(await ValidateAsync($"Observation/{id}", Wrapped(("mode", "delete"))), "information");
        AssertSays(await Node.GetAsync($"Observation/{id}/$validate"), "information");
        (await Node.GetAsync("Observation/never-was/$validate")).AssertIsOutcome(404);
        (await ValidateAsync("Observation?mode=update", Resources.Observation(patient))).AssertIsOutcome(400);
        (await ValidateAsync("Observation?mode=nonsense", Resources.Observation(patient))).AssertIsOutcome(400);
        (await ValidateAsync("Observance", Resources.Observation(patient))).AssertIsOutcome(404);
        Assert.That((await Node.GetAsync($"Observation/{id}")).ETag, Is.EqualTo("W/\"1\""));
    }

    [Test]
    public async Task What_validate_tells_is_logged()
    {
        var patient = await Node.RegisterPatientAsync("Told");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        var (plain, create, stored) = (NewPerson, NewPerson, NewPerson);
        await ValidateAsync("Observation", Resources.Observation(patient), ("X-Acting-Person", plain));
        await ValidateAsync("Observation?mode=create", Resources.Observation(patient), ("X-Acting-Person", create));
        await Node.GetAsync($"Observation/{id}/$validate", ("X-Acting-Person", stored));
        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That(book.Reads.Where(read => read.Person == plain), Is.Empty);
        Assert.That(book.Reads.Where(read => read.Person == create).Select(read => read.Level), Is.Not.Empty.And.All.EqualTo(ReadLevel.Named));
        Assert.That(book.Reads.Where(read => read.Person == stored).Select(read => read.Level), Is.EqualTo(new[] { ReadLevel.Counted }));
    }

    [Test]
    public async Task Meta_is_read_and_changed_and_each_stands_in_the_log()
    {
        var patient = await Node.RegisterPatientAsync("Meta");
        var id = await Node.KeepAsync(Resources.Observation(patient).With("meta", new JsonObject { ["tag"] = new JsonArray(Coding("a")) }));
        var person = NewPerson;
        Assert.That(Tags(await Node.GetAsync($"Observation/{id}/$meta", ("X-Acting-Person", person))), Is.EqualTo(new[] { "a" }));

        var added = await ChangeAsync(id, "add", "a", "b");
        Assert.That((Tags(added), (string?)MetaOf(added)["versionId"]), Is.EqualTo((new[] { "a", "b" }, "2")));
        Assert.That(Tags(await ChangeAsync(id, "delete", "a", "c")), Is.EqualTo(new[] { "b" }));
        Assert.That((string?)MetaOf(await ChangeAsync(id, "add", "b"))["versionId"], Is.EqualTo("3"), "nothing to change makes no version");
        var now = await Node.GetAsync($"Observation/{id}");
        Assert.That((now.ETag, (string?)now.Json["meta"]!["tag"]![0]!["code"]), Is.EqualTo(("W/\"3\"", "b")));
        Assert.That((await Node.GetAsync($"Observation?patient={patient}&_tag=urn:test|b")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"Observation?patient={patient}&_tag=urn:test|a")).Ids, Is.Empty);

        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That(book.Reads.Where(read => read.Person == person).Select(read => read.Level), Is.EqualTo(new[] { ReadLevel.Opened }));
        Assert.That(book.Versions.Count(version => version.Id == id), Is.EqualTo(3));
    }

    [Test]
    public async Task Meta_of_what_is_not_there_or_in_another_shape_is_refused()
    {
        var id = await Node.KeepAsync(Resources.Observation(await Node.RegisterPatientAsync("NoMeta")));
        (await Node.GetAsync("Observation/never-was/$meta")).AssertIsOutcome(404);
        (await ChangeAsync("never-was", "add", "a")).AssertIsOutcome(404);
        (await ChangeAsync("00112233445566778899aabbccddeeff", "add", "a")).AssertIsOutcome(405);
        (await Node.CallAsync(HttpMethod.Post, $"/fhir/Observation/{id}/$meta-add", "{\"resourceType\":\"Parameters\"}")).AssertIsOutcome(400);
        await Node.DeleteAsync($"Observation/{id}");
        (await Node.GetAsync($"Observation/{id}/$meta")).AssertIsOutcome(410);
        (await ChangeAsync(id, "add", "a")).AssertIsOutcome(410);
    }

    [Test]
    public async Task Everything_of_a_patient_is_shown_page_by_page_and_logged()
    {
        var story = await Story.WriteAsync();
        var person = NewPerson;
        var all = await Node.GetAsync($"Patient/{story.Patient}/$everything", ("X-Acting-Person", person));
        Assert.That(Names(all), Is.EqualTo((string[])[$"Patient/{story.Patient}", .. story.Own, $"Practitioner/{story.Practitioner}"]));
        Assert.That(all.Json["total"], Is.Null);
        Assert.That(Names(await Node.GetAsync($"Patient/{story.Patient}/$everything?_pretty=true")), Is.EqualTo(Names(all)));
        var xml = (await Node.GetAsync($"Patient/{story.Patient}/$everything?_format=xml")).Text;
        Assert.That(xml.Split("<entry>"), Has.Length.EqualTo(1 + Names(all).Count));
        Assert.That(xml, Does.Contain($"<Practitioner").And.Not.Contain("<Basic"));
        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That(
            book.Reads.Where(read => read.Person == person && read.Level == ReadLevel.Opened).SelectMany(read => read.Records).Count(), Is.EqualTo(1 + story.Own.Count));

        var pages = new List<string>();
        person = NewPerson;
        for (var next = $"/fhir/Patient/{story.Patient}/$everything?_count=2"; next is not null;)
        {
            var page = await Node.CallAsync(HttpMethod.Get, next, null, ("X-Acting-Person", person));
            var names = Names(page);
            Assert.That(names, Has.Count.InRange(1, 2));
            pages.AddRange(names);
            next = (string?)page.Json["link"]!.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"];
        }

        Assert.That(pages, Is.EqualTo(Names(all)));
        book = await AuthorsBook.OpenAsync(Node);
        Assert.That(book.Reads.Where(read => read.Person == person && read.Level == ReadLevel.Opened).SelectMany(read => read.Records).Distinct().Count(), Is.EqualTo(1 + story.Own.Count));
    }

    [Test]
    public async Task Everything_is_narrowed_by_type_date_and_change()
    {
        var story = await Story.WriteAsync();
        var (early, late, encounter, stay) = (story.Own[0], story.Own[1], story.Own[2], story.Own[3]);
        async Task<List<string>> AskAsync(string criteria) => Names(await Node.GetAsync($"Patient/{story.Patient}/$everything?{criteria}"));
        var self = $"Patient/{story.Patient}";
        Assert.That(await AskAsync("_type=Observation"), Is.EquivalentTo(new[] { early, late, stay }));
        Assert.That(await AskAsync("_type=Patient,Encounter"), Is.EqualTo(new[] { self, encounter }));
        Assert.That(await AskAsync("start=2024-01-01&_type=Observation"), Is.EquivalentTo(new[] { late, stay }));
        Assert.That(await AskAsync("end=2022"), Is.EqualTo(new[] { self, early, $"Practitioner/{story.Practitioner}" }));
        Assert.That(await AskAsync("start=2023&end=2024-05-31&_type=Observation"), Is.EqualTo(new[] { late }));
        Assert.That(await AskAsync("_since=2999-01-01"), Is.Empty);
        Assert.That(await AskAsync("_since=2020-01-01&_type=Encounter"), Is.EqualTo(new[] { encounter }));
        var posted = await Node.CallAsync(
            HttpMethod.Post, $"/fhir/Patient/{story.Patient}/$everything",
            """{"resourceType":"Parameters","parameter":[{"name":"_type","valueCode":"Observation"},{"name":"start","valueDate":"2024-01-01"},{"name":"_count","valueInteger":10}]}""");
        Assert.That(Names(posted), Is.EquivalentTo(new[] { late, stay }));
        foreach (var bad in (string[])["start=yesterday", "end=2024-13", "_since=x", "_count=0", "_count=x", "_type=Observance", "_type="])
        {
            (await Node.GetAsync($"Patient/{story.Patient}/$everything?{bad}")).AssertIsOutcome(400);
        }

        Assert.That((await Node.GetAsync($"Patient/{story.Patient}/$everything?what=x")).Warnings, Is.EqualTo(new[] { "not-supported" }));
        (await Node.GetAsync($"Patient/{story.Patient}/$everything?what=x", ("Prefer", "handling=strict"))).AssertIsOutcome(400);
    }

    [Test]
    public async Task Everything_of_an_encounter_is_what_names_it()
    {
        var story = await Story.WriteAsync();
        Assert.That(Names(await Node.GetAsync($"{story.Own[2]}/$everything")), Is.EqualTo(new[] { $"Patient/{story.Patient}", story.Own[2], story.Own[3] }));
    }

    [Test]
    public async Task Everything_of_nobody_is_nothing()
    {
        var story = await Story.WriteAsync();
        (await Node.GetAsync("Patient/never-was/$everything")).AssertIsOutcome(404);
        (await Node.GetAsync("Patient/00112233445566778899aabbccddeeff/$everything")).AssertIsOutcome(404);
        (await Node.GetAsync("Encounter/00112233445566778899aabbccddeeff/$everything")).AssertIsOutcome(404);
        (await Node.GetAsync($"Patient/{story.Patient}/$everything?_page=x.1")).AssertIsOutcome(410);
        (await Node.GetAsync($"{story.Own[0]}/$everything")).AssertIsOutcome(404);
        await Node.DeleteAsync(story.Own[2]);
        (await Node.GetAsync($"{story.Own[2]}/$everything")).AssertIsOutcome(410);
        Assert.That(Names(await Node.GetAsync($"Patient/{story.Patient}/$everything")), Has.None.EqualTo(story.Own[2]));
    }

    [Test]
    public async Task A_page_is_for_who_asked_for_what_it_is_of()
    {
        var (one, other) = (await Story.WriteAsync(), await Story.WriteAsync());
        var first = await Node.GetAsync($"Patient/{one.Patient}/$everything?_count=1");
        var token = ((string)first.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!).Split("_page=")[1];
        (await Node.GetAsync($"Patient/{other.Patient}/$everything?_page={token}")).AssertIsOutcome(410);
        (await Node.GetAsync($"Patient/{one.Patient}/$everything?_page={token}", ("X-Purpose-Of-Use", "HPAYMT"))).AssertIsOutcome(410);
        Assert.That(Names(await Node.GetAsync($"Patient/{one.Patient}/$everything?_page={token}")), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task The_statement_lists_them()
    {
        var types = (await Node.GetAsync("metadata")).Json["rest"]![0]!["resource"]!.AsArray();
        List<string> Of(string type) => [.. types.Single(one => (string?)one!["type"] == type)!["operation"]!.AsArray().Select(operation => (string)operation!["name"]!)];
        Assert.That(Of("Patient"), Is.EqualTo(new[] { "validate", "meta", "meta-add", "meta-delete", "everything", "export" }));
        Assert.That(Of("Observation"), Is.EqualTo(new[] { "validate", "meta", "meta-add", "meta-delete" }));
    }

    private static Task<FhirReply> ValidateAsync(string at, JsonObject body, params (string Name, string Value)[] headers)
    {
        var parts = at.Split('?', 2);
        return Node.CallAsync(HttpMethod.Post, $"/fhir/{parts[0]}/$validate{(parts.Length > 1 ? "?" + parts[1] : "")}", body.ToJsonString(), headers);
    }

    private static JsonObject Wrapped(params (string Name, JsonNode Value)[] parameters) => new()
    {
        ["resourceType"] = "Parameters",
        ["parameter"] = new JsonArray([.. parameters.Select(one => new JsonObject { ["name"] = one.Name, [one.Name == "resource" ? "resource" : "valueCode"] = one.Value })]),
    };

    private static void AssertSays(FhirReply reply, string severity, string? code = null)
    {
        Assert.That((reply.Status, (string?)reply.Json["resourceType"]), Is.EqualTo((200, "OperationOutcome")), reply.Text);
        Assert.That((string?)reply.Json["issue"]![0]!["severity"], Is.EqualTo(severity), reply.Text);
        Assert.That(code is null || (string?)reply.Json["issue"]![0]!["code"] == code, reply.Text);
        reply.AssertTellsNothing();
    }

    private static Task<FhirReply> ChangeAsync(string id, string change, params string[] tags) => Node.CallAsync(
        HttpMethod.Post,
        $"/fhir/Observation/{id}/$meta-{change}",
        new JsonObject
        {
            ["resourceType"] = "Parameters",
            ["parameter"] = new JsonArray(new JsonObject { ["name"] = "meta", ["valueMeta"] = new JsonObject { ["tag"] = new JsonArray([.. tags.Select(Coding)]) } }),
        }.ToJsonString());

    private static JsonObject Coding(string code) => new() { ["system"] = "urn:test", ["code"] = code };

    private static JsonNode MetaOf(FhirReply reply)
    {
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        return reply.Json["parameter"]![0]!["valueMeta"]!;
    }

    private static string[] Tags(FhirReply reply) => [.. MetaOf(reply)["tag"]!.AsArray().Select(tag => (string)tag!["code"]!)];

    private static List<string> Names(FhirReply reply) => [.. reply.Matches.Select(resource => $"{resource["resourceType"]}/{resource["id"]}")];

    /// <summary>A patient with an early and a late result, a stay in hospital, and a result of it by a practitioner; and a deleted one.</summary>
    private sealed record Story(string Patient, string Practitioner, IReadOnlyList<string> Own)
    {
        public static async Task<Story> WriteAsync()
        {
            var patient = await Node.RegisterPatientAsync("Everything");
            var practitioner = await Node.KeepAsync(Resources.Practitioner("Li", Guid.NewGuid().ToString("N")));
            var early = await Node.KeepAsync(Resources.Observation(patient, when: "2020-01-02").With("performer", new JsonArray(new JsonObject { ["reference"] = $"Practitioner/{practitioner}" })));
            var late = await Node.KeepAsync(Resources.Observation(patient, when: "2024-05-06"));
            var encounter = await Node.KeepAsync(Resources.Parse($$"""
                {
                  "resourceType": "Encounter", "status": "finished", "class": { "code": "IMP" }, "subject": { "reference": "Patient/{{patient}}" },
                  "period": { "start": "2025-01-01", "end": "2025-02-01" }
                }
                """));
            var stay = await Node.KeepAsync(Resources.Observation(patient, when: "2025-01-15").With("encounter", new JsonObject { ["reference"] = $"Encounter/{encounter}" }));
            await Node.DeleteAsync($"Observation/{await Node.KeepAsync(Resources.Observation(patient))}");
            return new Story(patient, practitioner, [$"Observation/{early}", $"Observation/{late}", $"Encounter/{encounter}", $"Observation/{stay}"]);
        }
    }
}
