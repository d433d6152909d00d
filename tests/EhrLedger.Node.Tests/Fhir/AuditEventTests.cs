using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>An organisation's own log of reads and writes, as AuditEvents that nobody has stored.</summary>
[NonParallelizable]
public sealed class AuditEventTests
{
    private static readonly (string, string)[] Auditor = [("X-Acting-Person", "Auditor"), ("X-Purpose-Of-Use", "HOPERAT")];

    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Reads_searches_and_writes_keep_the_rules_of_BALP()
    {
        var patient = await Node.RegisterPatientAsync("Rules");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        (string, string)[] doctor = [("X-Acting-Person", "Dr Rules"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];
        await Node.GetAsync($"Observation/{id}", doctor);
        await Node.GetAsync($"Observation/{id}/_history/1", doctor);
        await Node.GetAsync($"Observation?patient={patient}&code=718-7", doctor);
        await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id));
        await Node.DeleteAsync($"Observation/{id}");

        var events = (await Node.GetAsync($"AuditEvent?patient={patient}", Auditor)).Matches;

        Assert.That(events.Select(BalpRules.Check), Is.EquivalentTo(new[] { "PatientCreate", "PatientCreate", "PatientRead", "PatientRead", "PatientQuery", "PatientUpdate", "PatientDelete" }));
        Assert.That(events.Select(one => PatientOf(one)), Has.All.EqualTo($"Patient/{patient}"));
        var user = events.Single(one => SubtypeOf(one) == "read")["agent"]!.AsArray().Single(agent => (bool)agent!["requestor"]!)!;
        Assert.That(((string?)user["name"], (string?)user["role"]![0]!["text"], (string?)user["purposeOfUse"]![0]!["coding"]![0]!["code"]), Is.EqualTo(("Dr Rules", "physician", "TREAT")));
    }

    [TestCase("create")]
    [TestCase("update")]
    [TestCase("delete")]
    public async Task A_write_says_who_has_sent_it(string interaction)
    {
        var patient = await Node.RegisterPatientAsync("Sender");
        (string, string)[] By(string done) => [("X-Acting-Person", $"Dr {done}"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];
        var id = (await Node.CreateAsync(Resources.Observation(patient), By("create"))).Id;
        await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id), By("update"));
        await Node.DeleteAsync($"Observation/{id}", By("delete"));

        var events = (await Node.GetAsync($"AuditEvent?patient={patient}&agent-name=Dr {interaction}", Auditor)).Matches;

        Assert.That(events.Select(SubtypeOf), Is.EqualTo(new[] { interaction }));
        var agents = events[0]["agent"]!.AsArray();
        var user = agents.Single(agent => (bool)agent!["requestor"]!)!;
        Assert.That(((string?)user["name"], (string?)user["role"]![0]!["text"], (string?)user["purposeOfUse"]![0]!["coding"]![0]!["code"]), Is.EqualTo(($"Dr {interaction}", "physician", "TREAT")));
        Assert.That(agents.Select(agent => (string?)agent!["who"]?["identifier"]?["value"]), Has.One.EqualTo("development"));
        Assert.That(BalpRules.Check(events[0]), Is.Not.Null);
    }

    [Test]
    public async Task A_search_has_its_question_in_base64_also_one_by_post()
    {
        var patient = await Node.RegisterPatientAsync("Question");
        await Node.GetAsync($"Condition?patient={patient}&code=44054006");
        await Node.SendAsync(HttpMethod.Post, "/fhir/Observation/_search", new FormUrlEncodedContent([new("patient", patient), new("code", "718-7")]));

        var questions = (await Node.GetAsync($"AuditEvent?patient={patient}&action=E", Auditor)).Matches.Select(QuestionOf).ToList();

        Assert.That(questions, Is.EqualTo(new[] { $"POST /fhir/Observation/_search\n\npatient={patient}&code=718-7", $"GET /fhir/Condition?patient={patient}&code=44054006" }), "the newest first");
    }

    [Test]
    public async Task One_for_each_patient_and_request_however_many_categories_it_touched()
    {
        var (one, other) = (await Node.RegisterPatientAsync("First"), await Node.RegisterPatientAsync("Second"));
        var code = Guid.NewGuid().ToString("N");
        foreach (var patient in (string[])[one, other])
        {
            await Node.KeepAsync(Resources.Condition(patient));
            await Node.KeepAsync(Resources.Observation(patient, code));
        }

        await Node.GetAsync($"Observation?patient={one},{other}&code={code}");

        foreach (var patient in (string[])[one, other])
        {
            var found = (await Node.GetAsync($"AuditEvent?patient={patient}&subtype=search-type", Auditor)).Matches.Where(audit => QuestionOf(audit)?.Contains(code) is true).ToList();
            Assert.That(found, Has.Count.EqualTo(1));
            Assert.That(found[0].ToJsonString(), Does.Not.Contain(patient == one ? $"Patient/{other}" : $"Patient/{one}"));
        }
    }

    [Test]
    public async Task Looking_at_the_log_is_in_the_log_once_and_makes_no_more_of_itself()
    {
        var patient = await Node.RegisterPatientAsync("Once");
        await Node.KeepAsync(Resources.Observation(patient));
        var person = $"Auditor {Guid.NewGuid():N}";

        for (var time = 0; time < 3; time++)
        {
            var listing = await Node.GetAsync($"AuditEvent?patient={patient}", ("X-Acting-Person", person));
            Assert.That(listing.Matches.Count(one => SubtypeOf(one) == "search-type"), Is.EqualTo(time), "those before it");
            Assert.That(listing.Ids, Has.Count.EqualTo(2 + time));
        }

        var rows = (await AuthorsBook.OpenAsync(Node)).Reads.Where(read => read.Person == person).ToList();
        Assert.That(rows.All(row => row.Level == ReadLevel.Named && row.Records.Count == 0));
        Assert.That(rows.GroupBy(row => row.QueryDigest).Select(query => query.Count()), Is.EqualTo(new[] { 2, 2, 2 }), "one for each of the patient's two categories");
    }

    [Test]
    public async Task Without_a_patient_whoever_is_in_the_answer_gets_a_row()
    {
        var patient = await Node.RegisterPatientAsync("Unnamed");
        var doctor = $"Dr {Guid.NewGuid():N}";
        var auditor = $"Auditor {Guid.NewGuid():N}";
        await Node.GetAsync($"Patient/{patient}", ("X-Acting-Person", doctor));

        var found = (await Node.GetAsync($"AuditEvent?agent-name={Uri.EscapeDataString(doctor)}&date=ge{DateTime.UtcNow:yyyy-MM-dd}", ("X-Acting-Person", auditor))).Matches.Single();

        Assert.That(PatientOf(found), Is.EqualTo($"Patient/{patient}"));
        Assert.That((await AuthorsBook.OpenAsync(Node)).Reads.Count(read => read.Person == auditor && read.Level == ReadLevel.Named), Is.EqualTo(1));
    }

    [TestCase("patient={p}", 3)]
    [TestCase("patient={p}&entity=Observation/{r}", 2)]
    [TestCase("entity=Observation/{r}", 2)]
    [TestCase("entity=Patient/{p}", 3)]
    [TestCase("patient={p}&agent:identifier={o}", 3)]
    [TestCase("patient={p}&agent-name=Dr Search", 1)]
    [TestCase("patient={p}&date=ge2024-01-01", 3)]
    [TestCase("patient={p}&date=lt2024-01-01", 0)]
    [TestCase("patient={p}&action=C", 2)]
    [TestCase("patient={p}&action=R", 1)]
    [TestCase("patient={p}&outcome=0", 3)]
    [TestCase("patient={p}&outcome=8", 0)]
    [TestCase("patient={p}&type=rest", 3)]
    [TestCase("patient={p}&subtype=http://hl7.org/fhir/restful-interaction|create", 2)]
    public async Task Searched_by(string query, int expected)
    {
        var patient = await Node.RegisterPatientAsync("Searched");
        var record = await Node.KeepAsync(Resources.Observation(patient));
        await Node.GetAsync($"Observation/{record}", ("X-Acting-Person", "Dr Search"));
        var text = query.Replace("{p}", patient).Replace("{r}", record).Replace("{o}", Uri.EscapeDataString(Node.Organisation.ToString()));

        Assert.That((await Node.GetAsync($"AuditEvent?{text}", Auditor)).Ids, Has.Count.EqualTo(expected));
        var posted = await Node.SendAsync(HttpMethod.Post, "/fhir/AuditEvent/_search", new StringContent(text, Encoding.UTF8, "application/x-www-form-urlencoded"), Auditor);

        // The look before is in the log by now.
        Assert.That(posted.Matches.Count(one => SubtypeOf(one) != "search-type"), Is.EqualTo(expected));
    }

    [Test]
    public async Task Each_says_where_it_stands_in_the_ledger_and_is_read_by_its_id()
    {
        var patient = await Node.RegisterPatientAsync("Anchors");
        await Node.GetAsync($"Patient/{patient}");
        var rows = await AuthorsBook.OpenAsync(Node);

        foreach (var one in (await Node.GetAsync($"AuditEvent?patient={patient}", Auditor)).Matches)
        {
            var read = await Node.GetAsync($"AuditEvent/{one["id"]}", Auditor);
            Assert.That((read.Status, read.Id, read.ETag), Is.EqualTo((200, (string)one["id"]!, (string?)null)));
            var parts = read.Json["extension"]!.AsArray().Single(extension => (string)extension!["url"]! == "urn:ehrledger:StructureDefinition:anchor")!["extension"]!.AsArray()
                .ToDictionary(part => (string)part!["url"]!, part => part!.AsObject().Single(value => value.Key.StartsWith("value", StringComparison.Ordinal)).Value!.ToString());
            Assert.That(parts.Keys, Is.EqualTo(new[] { "index", "row", "path", "checkpoint" }));
            var anchor = Consent.Records.Anchor.TryParse(Convert.FromBase64String(parts["path"]))!;
            var leaf = SubtypeOf(one) == "create"
                ? rows.Versions.Single(version => version.Id == patient).Row.LeafHash()
                : rows.Reads.Single(row => row.Level == ReadLevel.Opened && row.Subject == rows.Versions.Single(version => version.Id == patient).Header.Subject).LeafHash();
            var entry = EhrLedger.Ledger.Entries.Entry.TryParse((await Node.ReadLogAsync(anchor.EntryIndex + 1, anchor.EntryIndex))[0])!;
            Assert.That(anchor.Verifies(leaf, EhrLedger.Ledger.Outbox.BatchBody.TryParse(entry.Body)!.Root));
        }
    }

    [Test]
    public async Task Page_by_page_and_beside_what_a_hospital_has_stored()
    {
        var patient = await Node.RegisterPatientAsync("Paged");
        var stored = await Node.KeepAsync(Resources.Parse($$"""
            { "resourceType": "AuditEvent", "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest" }, "recorded": "2024-01-01T00:00:00Z",
              "agent": [{ "requestor": true }], "source": { "observer": { "display": "x" } }, "entity": [{ "what": { "reference": "Patient/{{patient}}" } }] }
            """));
        for (var read = 0; read < 3; read++)
        {
            await Node.GetAsync($"Patient/{patient}");
        }

        var pages = await Node.ReadPagesAsync($"AuditEvent?patient={patient}&_count=2");

        Assert.That(pages.Select(page => page.Count), Is.EqualTo(new[] { 2, 2, 2 }));
        Assert.That(pages.SelectMany(page => page), Is.Unique.And.Contains(stored));
    }

    [TestCase("w-00112233445566778899aabbccddeeff-1")]
    [TestCase("r-4711000-0")]
    [TestCase("r-18446744073709551615-2147483647")]
    [TestCase("e-4711000")]
    public async Task One_that_never_was_answers_as_any_other_and_is_not_written(string id)
    {
        Assert.That((await Node.GetAsync($"AuditEvent/{id}")).Text, Is.EqualTo((await Node.GetAsync("AuditEvent/never")).Text));
        Assert.That((await Node.GetAsync($"AuditEvent/{id}")).Status, Is.EqualTo(404));
        Assert.That((await Node.DeleteAsync($"AuditEvent/{id}")).Status, Is.EqualTo(405));
    }

    private static string? SubtypeOf(JsonObject audit) => (string?)audit["subtype"]![0]!["code"];

    private static string? PatientOf(JsonObject audit) => audit["entity"]!.AsArray().Where(entity => (string?)entity!["type"]!["code"] == "1").Select(entity => (string?)entity!["what"]!["reference"]).Single();

    private static string? QuestionOf(JsonObject audit) =>
        audit["entity"]!.AsArray().Select(entity => (string?)entity!["query"]).OfType<string>().Select(query => Encoding.UTF8.GetString(Convert.FromBase64String(query))).FirstOrDefault();
}
