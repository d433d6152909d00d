using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A Provenance of each version that this organisation wrote, which nobody has stored, and the header that adds one of the hospital's own.</summary>
[NonParallelizable]
public sealed class ProvenanceTests
{
    private const string Anchor = "urn:ehrledger:StructureDefinition:anchor";

    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Every_version_of_a_record_has_one()
    {
        var patient = await Node.RegisterPatientAsync("Versions");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id));
        await Node.DeleteAsync($"Observation/{id}");

        var found = (await Node.GetAsync($"Provenance?target=Observation/{id}")).Matches;

        Assert.That(found.Select(one => (string)one["target"]![0]!["reference"]!), Is.EqualTo(new[] { 1, 2, 3 }.Select(version => $"Observation/{id}/_history/{version}")));
        Assert.That(found.Select(one => (string)one["activity"]!["coding"]![0]!["code"]!), Is.EqualTo(new[] { "CREATE", "UPDATE", "DELETE" }));
        Assert.That(found.Select(one => (string)one["agent"]![0]!["who"]!["identifier"]!["value"]!), Has.All.EqualTo(Node.Organisation.ToString()));
        Assert.That(found.Select(one => (string)one["agent"]![0]!["type"]!["coding"]![0]!["code"]!), Has.All.EqualTo("author"));
        Assert.That(found.Select(one => ((string)one["id"]!).Length), Has.All.Not.EqualTo(32), "32 digits are a granted record's");
    }

    [Test]
    public async Task Its_signature_is_the_author_s_and_its_path_leads_from_the_row_to_what_was_signed()
    {
        var patient = await Node.RegisterPatientAsync("Signed");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        var row = (await AuthorsBook.OpenAsync(Node)).Versions.Single(version => version.Id == id).Row;

        var provenance = (await Node.GetAsync($"Provenance?target=Observation/{id}")).Matches.Single();

        var signature = provenance["signature"]![0]!;
        var entry = Entry.TryParse(Convert.FromBase64String((string)signature["data"]!))!;
        Assert.That(((string)signature["sigFormat"]!, (string)signature["type"]![0]!["code"]!), Is.EqualTo(("application/cose; cose-type=\"cose-sign1\"", "1.2.840.10065.1.12.1.1")));
        Assert.That(entry.VerifiesUnder(Node.Organisation.Key, OneNode.Consortium.Genesis.Digest));
        var anchor = PartsOf(provenance);
        var place = Consent.Records.Anchor.TryParse(Convert.FromBase64String(anchor["path"]))!;
        Assert.That(place.Verifies(row.LeafHash(), BatchBody.TryParse(entry.Body)!.Root));
        Assert.That((anchor["index"], anchor["row"]), Is.EqualTo(($"{place.EntryIndex}", $"{place.Path.LeafIndex}")));
        Assert.That(anchor["checkpoint"], Does.StartWith(OneNode.Consortium.Genesis.Origin + "\n"));
    }

    [Test]
    public async Task It_is_read_by_its_id_and_that_stays_the_same()
    {
        var patient = await Node.RegisterPatientAsync("Read");
        var id = await Node.KeepAsync(Resources.Condition(patient));
        await AuthorsBook.OpenAsync(Node);
        var provenance = (await Node.GetAsync($"Provenance?target=Condition/{id}")).Ids.Single();

        var read = await Node.GetAsync($"Provenance/{provenance}");
        var asXml = await Node.GetAsync($"Provenance/{provenance}", ("Accept", "application/fhir+xml"));

        Assert.That((read.Status, read.Id, read.ETag), Is.EqualTo((200, provenance, (string?)null)));
        Assert.That((string?)read.Json["target"]![0]!["reference"], Is.EqualTo($"Condition/{id}/_history/1"));
        Assert.That(asXml.Text, Does.Contain($"Condition/{id}/_history/1"));
        Assert.That((await Node.GetAsync($"Provenance?_id={provenance}")).Ids, Is.EqualTo(new[] { provenance }));
    }

    [TestCase("patient=Patient/{p}")]
    [TestCase("patient={p}&agent:identifier={o}")]
    [TestCase("patient={p}&recorded=ge2020-01-01")]
    [TestCase("target=Patient/{p},Observation/{r}")]
    [TestCase("target:Observation={r},{p}&patient={p}", 1)]
    [TestCase("patient={p}&recorded=lt2020-01-01", 0)]
    [TestCase("patient={p}&agent:identifier=urn:ietf:rfc:3986|did:key:zOther", 0)]
    public async Task Searched_by(string query, int expected = 2)
    {
        var patient = await Node.RegisterPatientAsync("Searched");
        var record = await Node.KeepAsync(Resources.Observation(patient));
        var text = query.Replace("{p}", patient).Replace("{r}", record).Replace("{o}", Uri.EscapeDataString(Node.Organisation.ToString()));

        Assert.That((await Node.GetAsync($"Provenance?{text}")).Ids, Has.Count.EqualTo(expected));
        var posted = await Node.SendAsync(HttpMethod.Post, "/fhir/Provenance/_search", new StringContent(text, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.That(posted.Ids, Has.Count.EqualTo(expected));
    }

    [Test]
    public async Task In_the_compartment_of_its_patient_and_of_no_other()
    {
        var (one, other) = (await Node.RegisterPatientAsync("One"), await Node.RegisterPatientAsync("Other"));
        await Node.KeepAsync(Resources.Observation(one));

        Assert.That((await Node.GetAsync($"Patient/{one}/Provenance")).Ids, Has.Count.EqualTo(2));
        Assert.That((await Node.GetAsync($"Patient/{other}/Provenance")).Ids, Has.Count.EqualTo(1));
        Assert.That((await Node.GetAsync($"Patient/{one}/*")).Matches.Select(match => (string)match["resourceType"]!), Is.EquivalentTo(new[] { "Patient", "Observation" }));
    }

    [Test]
    public async Task Beside_the_matches_of_a_search()
    {
        var patient = await Node.RegisterPatientAsync("Beside");
        var record = await Node.KeepAsync(Resources.Observation(patient));

        var reply = await Node.GetAsync($"Observation?patient={patient}&_revinclude=Provenance:target");
        var back = await Node.GetAsync($"Provenance?target=Observation/{record}&_include=Provenance:target");

        Assert.That(reply.Ids, Is.EqualTo(new[] { record }));
        Assert.That(reply.Included.Select(one => (string)one["target"]![0]!["reference"]!), Is.EqualTo(new[] { $"Observation/{record}/_history/1" }));
        Assert.That(back.Included.Select(one => (string)one["id"]!), Is.EqualTo(new[] { record }));
    }

    [Test]
    public async Task Page_by_page()
    {
        var patient = await Node.RegisterPatientAsync("Pages");
        var records = new List<string> { $"Patient/{patient}" };
        for (var i = 0; i < 4; i++)
        {
            records.Add($"Observation/{await Node.KeepAsync(Resources.Observation(patient))}");
        }

        var pages = await Node.ReadPagesAsync($"Provenance?patient={patient}&_count=2");

        Assert.That(pages.Select(page => page.Count), Is.EqualTo(new[] { 2, 2, 1 }));
        Assert.That(pages.SelectMany(page => page).Distinct().Count(), Is.EqualTo(records.Count));
    }

    [Test]
    public async Task Whoever_sees_one_is_in_the_patient_s_log()
    {
        var patient = await Node.RegisterPatientAsync("Logged");
        var record = await Node.KeepAsync(Resources.Observation(patient));
        var id = (await Node.GetAsync($"Provenance?target=Observation/{record}")).Ids.Single();
        (string, string)[] reader = [("X-Acting-Person", $"Dr {Guid.NewGuid():N}")];

        await Node.GetAsync($"Provenance/{id}", reader);

        var book = await AuthorsBook.OpenAsync(Node);
        var row = book.Reads.Single(read => read.Person == reader[0].Item2);
        Assert.That((row.Level, row.Records.Single()), Is.EqualTo((ReadLevel.Counted, book.Versions.Single(version => version.Id == record).Header.Record)));
    }

    [TestCase("w-00112233445566778899aabbccddeeff-1")]
    [TestCase("g-00112233445566778899aabbccddeeff")]
    public async Task One_that_never_was_answers_as_any_other_and_is_not_written(string id)
    {
        var never = await Node.GetAsync($"Provenance/{id}");
        never.AssertIsOutcome(404);
        Assert.That(never.Text, Is.EqualTo((await Node.GetAsync("Provenance/never")).Text));

        var patient = await Node.RegisterPatientAsync("Written");
        Assert.That((await Node.UpdateAsync(Own($"Patient/{patient}").With("id", id))).Status, Is.EqualTo(405));
        Assert.That((await Node.DeleteAsync($"Provenance/{id}")).Status, Is.EqualTo(405));
        Assert.That((await Node.GetAsync($"Provenance/{id}/_history/1")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_provenance_in_the_header_is_kept_with_what_is_created_and_changed()
    {
        var patient = await Node.RegisterPatientAsync("Header");
        var header = ("X-Provenance", Own(null).ToJsonString());

        var created = await Node.CreateAsync(Resources.Observation(patient), header);
        var updated = await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", created.Id), header);

        Assert.That((created.Status, updated.Status), Is.EqualTo((201, 200)));
        var kept = (await Node.GetAsync($"Provenance?target=Observation/{created.Id}&agent:identifier=urn:test|feed")).Matches;
        Assert.That(kept.Select(one => (string)one["target"]![0]!["reference"]!), Is.EquivalentTo(new[] { 1, 2 }.Select(version => $"Observation/{created.Id}/_history/{version}")));
        Assert.That(kept.Select(one => (string?)one["meta"]!["versionId"]), Has.All.EqualTo("1"), "They are records.");
        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That((await Node.GetAsync($"Provenance?target=Observation/{created.Id}")).Ids, Has.Count.EqualTo(4));
        Assert.That(book.Versions.Count(version => kept.Any(one => (string)one["id"]! == version.Id)), Is.EqualTo(2));
    }

    [TestCase("no JSON")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"resourceType":"Basic","code":{"text":"x"}}""")]
    [TestCase("""{"resourceType":"Provenance","recorded":"2024-01-01T00:00:00Z"}""")]
    [TestCase("""{"resourceType":"Provenance","target":[{"reference":"Patient/x"}],"recorded":"2024-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""")]
    [TestCase("""{"resourceType":"Provenance","recorded":"2024-01-01T00:00:00Z","recorded":"2024-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}""")]
    public async Task With_a_bad_header_nothing_is_written(string header)
    {
        var patient = await Node.RegisterPatientAsync("Bad");
        var before = (await Node.GetAsync("_history?_count=1")).Text;
        var id = Guid.NewGuid().ToString();

        (await Node.CreateAsync(Resources.Observation(patient), ("X-Provenance", header))).AssertIsOutcome(400);
        (await Node.UpdateAsync(Resources.Observation(patient).With("id", id), ("X-Provenance", header))).AssertIsOutcome(400);

        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Is.Empty);
        Assert.That((await Node.GetAsync($"Observation/{id}")).Status, Is.EqualTo(404));
        Assert.That(JsonNode.Parse((await Node.GetAsync("_history?_count=1")).Text)!["entry"]!.ToJsonString(), Is.EqualTo(JsonNode.Parse(before)!["entry"]!.ToJsonString()));
    }

    [Test]
    public async Task Where_no_one_resource_is_written_the_header_is_refused()
    {
        var patient = await Node.RegisterPatientAsync("Refused");
        var record = await Node.KeepAsync(Resources.Observation(patient));
        var header = ("X-Provenance", Own(null).ToJsonString());

        (await Node.DeleteAsync($"Observation/{record}", header)).AssertIsOutcome(400);
        (await Node.DeleteAsync($"Observation?_id={record}", header)).AssertIsOutcome(400);
        (await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("DELETE", $"Observation/{record}")), header)).AssertIsOutcome(400);

        Assert.That((await Node.GetAsync($"Observation/{record}")).Status, Is.EqualTo(200));
    }

    private static JsonObject Own(string? target)
    {
        var provenance = Resources.Parse("""{ "resourceType": "Provenance", "recorded": "2024-01-01T00:00:00Z", "agent": [{ "who": { "identifier": { "system": "urn:test", "value": "feed" } } }] }""");
        return target is null ? provenance : provenance.With("target", new JsonArray(new JsonObject { ["reference"] = target }));
    }

    /// <summary>The parts of a resource's anchor by their names.</summary>
    private static Dictionary<string, string> PartsOf(JsonObject resource) => resource["extension"]!.AsArray().Single(one => (string)one!["url"]! == Anchor)!["extension"]!.AsArray()
        .ToDictionary(part => (string)part!["url"]!, part => part!.AsObject().Single(value => value.Key.StartsWith("value", StringComparison.Ordinal)).Value!.ToString());
}
