using System.Text.Json.Nodes;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>
/// Each way by which a grantee could hear of what is not granted to it. A hospital has written about a patient, who has granted the clinic the laboratory and the documents, and nothing else: whatever the
/// clinic asks, it sees no more than of somebody about whom there is nothing else. README.md has the list of doors. Each is tried where members share nothing of their directories, and where they do.
/// </summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class SideDoorTests(bool sharing)
{
    private const string Never = "00112233445566778899aabbccddeeff";

    // Depression, which makes whatever names it a matter of mental health.
    private const string Depression = """{ "system": "http://snomed.info/sct", "code": "35489007" }""";

    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Curious"), ("X-Acting-Role", "physician")];

    private ThreeOrganisations _story = null!;
    private Dictionary<string, string> _records = [];
    private List<string> _hidden = [];
    private string _shared = "";
    private string _plain = "";
    private string _lead = "";
    private string _moved = "";
    private string _gone = "";
    private string _visit = "";
    private string _letter = "";
    private string _scan = "";
    private string _document = "";
    private string _provenance = "";
    private string _composition = "";
    private string _list = "";
    private string _collection = "";

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    private string Patient => _story.AtClinic;

    [OneTimeSetUp]
    public async Task WriteAndGrantAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Doors", settings: sharing ? ["--sharing-interval", "00:00:00.500"] : null);
        var (subject, illness) = ($$"""{ "reference": "Patient/{{_story.AtHospital}}" }""", $$"""{ "reference": "Condition/{{_story.Diagnosis}}", "display": "hidden illness" }""");
        var doctor = await Hospital.KeepAsync(Resources.Practitioner("Hidden", "1"));
        var display = sharing ? "Dr Shared" : "Dr Hidden hidden";
        _visit = await Hospital.KeepAsync(Stories.Encounter(_story.AtHospital));
        _plain = _story.Laboratory[0];
        var plain = $$"""{ "reference": "Observation/{{_plain}}" }""";
        _lead = await Hospital.KeepAsync(Stories.Result(_story.AtHospital, _visit, "lead", "2024-05-05", 5)
            .With("text", Json("""{ "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">for the hidden illness</div>" }"""))
            .With("performer", Json($$"""[{ "reference": "Practitioner/{{doctor}}", "display": "{{display}}" }]"""))
            .With("hasMember", Json($"[{plain}]"))
            .With("extension", Json($$"""[{ "url": "urn:x", "valueReference": {{illness}} }]"""))
            .With("contained", Json($$"""[{ "resourceType": "Condition", "id": "c", "subject": {{subject}}, "encounter": { "reference": "Encounter/{{_visit}}", "display": "hidden ward" } }]""")));
        _moved = await Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "moved", value: 8));
        _gone = await Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "gone", value: 9));
        _letter = await KeepAsync($$"""{ "resourceType": "Binary", "contentType": "text/plain", "securityContext": {{subject}}, "data": "bGV0dGVy" }""");
        _scan = await KeepAsync($$"""{ "resourceType": "Binary", "meta": { "security": [{{Depression}}] }, "contentType": "text/plain", "securityContext": {{subject}}, "data": "aGlkZGVu" }""");
        _document = await KeepAsync($$"""
            { "resourceType": "DocumentReference", "status": "current", "subject": {{subject}}, "context": { "encounter": [{ "reference": "Encounter/{{_visit}}" }] },
              "content": [{ "attachment": { "url": "Binary/{{_scan}}", "title": "hidden scan", "size": 6 } }, { "attachment": { "url": "Binary/{{_letter}}", "title": "Letter" } }] }
            """);
        _provenance = await KeepAsync($$"""
            { "resourceType": "Provenance", "target": [{{plain}}, {{illness}}], "recorded": "2024-01-01T00:00:00Z", "agent": [{ "who": { "reference": "Practitioner/{{doctor}}", "display": "{{display}}" } }] }
            """);
        _composition = await KeepAsync($$"""
            { "resourceType": "Composition", "status": "final", "type": { "text": "x" }, "subject": {{subject}}, "date": "2024", "title": "Summary", "author": [{ "reference": "Practitioner/{{doctor}}", "display": "{{display}}" }],
              "section": [{ "title": "hidden section", "entry": [{{illness}}] }, { "title": "Results", "entry": [{{plain}}] }] }
            """);
        _list = await KeepAsync($$"""
            { "resourceType": "List", "status": "current", "mode": "working", "subject": {{subject}}, "entry": [{ "flag": { "text": "hidden" }, "item": {{illness}} }, { "item": {{plain}} }] }
            """);
        _collection = await KeepAsync($$"""
            { "resourceType": "Bundle", "type": "collection", "entry": [{ "fullUrl": "http://h.example/fhir/List/hidden", "resource":
              { "resourceType": "List", "status": "current", "mode": "working", "subject": {{subject}}, "entry": [{ "item": {{illness}} }, { "item": {{plain}} }] } }] }
            """);
        await _story.ConnectAsync();
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, Patient, Category.Laboratory, Category.Documents);
        await Hospital.UpdateAsync(Resources.Observation(_story.AtHospital, "moved", value: 88).With("id", _moved).With("method", Json($$"""{ "coding": [{{Depression}}] }""")));
        await Hospital.DeleteAsync($"Observation/{_gone}");
        if (sharing)
        {
            await Eventually.BecomesTrueAsync("the clinic has the hospital's directory", async () => (await Clinic.GetAsync("Practitioner?family=Hidden")).Ids.Count == 1);
            _shared = (await Clinic.GetAsync("Practitioner?family=Hidden")).Ids[0];
        }

        _records = (await AuthorsBook.OpenAsync(Hospital)).Versions.GroupBy(version => $"{version.Id}").ToDictionary(of => of.Key, of => of.First().Header.Record.Record.ToString()!);
        _hidden = [_story.AtHospital, _story.Diagnosis, .. _story.Prescriptions, _visit, _scan, doctor, _records[_story.Diagnosis], _records[_visit], _records[_scan], "hidden"];
        await Eventually.BecomesTrueAsync("the clinic sees what was granted", async () =>
            (await Clinic.GetAsync($"Patient/{Patient}/$everything", Doctor)).Text.Contains("Summary", StringComparison.Ordinal) && (await Clinic.GetAsync($"Observation?patient={Patient}")).Ids.Count == 4);
    }

    [OneTimeTearDown]
    public void Stop() => _story?.Dispose();

    [TestCase("Condition")]
    [TestCase("Encounter")]
    [TestCase("MedicationRequest")]
    public async Task Totals(string type)
    {
        foreach (var count in (string[])["_summary=count", "_total=accurate", "_count=0&_total=estimate"])
        {
            Assert.That((int?)(await AskAsync($"{type}?patient={Patient}&{count}")).Json["total"], Is.Zero, count);
        }

        Assert.That((int?)(await AskAsync($"Observation?patient={Patient}&_summary=count")).Json["total"], Is.EqualTo(4));
        Assert.That((int?)(await AskAsync($"Patient/{Patient}/*?_summary=count")).Json["total"], Is.EqualTo((await AskAsync($"Patient/{Patient}/*?_count=1000")).Ids.Count));
    }

    [Test]
    public async Task Page_links()
    {
        Assert.That(LinksOf(await AskAsync($"Observation?patient={Patient}&_count=4")), Is.EqualTo(new[] { "self" }));
        Assert.That(LinksOf(await AskAsync($"Observation?patient={Patient}&_count=3")), Does.Contain("next"));
        Assert.That(LinksOf(await AskAsync($"Condition?patient={Patient}&_count=1")), Is.EqualTo(LinksOf(await AskAsync($"Immunization?patient={Patient}&_count=1"))));
    }

    [TestCase("Observation?patient={p}&_include=*&_include:iterate=*", "")]
    [TestCase("Observation?patient={p}&_revinclude=Condition:evidence-detail&_revinclude=Encounter:reason-reference", "")]
    [TestCase("Composition?patient={p}&_include=Composition:entry&_include=Composition:encounter", "Observation")]
    [TestCase("Provenance?_id={provenance}&_include=Provenance:target", "Observation")]
    [TestCase("List?patient={p}&_include=List:item", "Observation")]
    [TestCase("DocumentReference?patient={p}&_include=*", "")]
    [TestCase("Patient?_id={p}&_revinclude=Condition:patient&_revinclude=Encounter:patient&_revinclude=MedicationRequest:patient", "")]
    public async Task Includes_and_revincludes(string search, string types)
    {
        var included = (await AskAsync(search)).Included.Select(one => (string)one["resourceType"]!).Where(type => type != "Patient").Distinct();
        Assert.That(string.Join(' ', included.Where(type => !sharing || type != "Practitioner")), Is.EqualTo(types), "what is shared is no secret of the patient");
    }

    [TestCase("Observation?patient={p}&encounter.class=AMB")]
    [TestCase("Observation?patient={p}&encounter.status=finished")]
    [TestCase("Provenance?target:Condition.code=44054006")]
    [TestCase("Patient?_id={p}&_has:Condition:patient:code=44054006")]
    [TestCase("Patient?_id={p}&_has:Encounter:patient:status=finished")]
    [TestCase("Observation?patient={p}&_has:Encounter:reason-reference:status=finished")]
    public async Task Chains_and_has(string search) => Assert.That((await AskAsync(search)).Ids, Is.Empty);

    [Test]
    public async Task Conditional_operations()
    {
        // By what stands in a hidden record, by what stands in a granted one, and by what stands nowhere: always as if there were none.
        foreach (var (type, condition) in ((string, string)[])[("Condition", "code=44054006"), ("Observation", "code=718-7"), ("Condition", "code=none")])
        {
            var search = $"{type}?patient={Patient}&{condition}";
            var resource = type == "Condition" ? Resources.Condition(Patient, "38341003") : Resources.Observation(Patient, "8867-4");
            Assert.That((await Clinic.DeleteAsync(search, Doctor)).Status, Is.EqualTo(204), search);
            var created = await Clinic.CreateAsync(resource, [.. Doctor, ("If-None-Exist", $"patient={Patient}&{condition}")]);
            Assert.That(created.Status, Is.EqualTo(201), search);
            var updated = await Clinic.CallAsync(HttpMethod.Put, $"/fhir/{search}", resource.ToJsonString(), Doctor);
            Assert.That(updated.Status, Is.EqualTo(201), search);
            var patched = await Clinic.SendAsync(HttpMethod.Patch, $"/fhir/{search}", new StringContent("""[{ "op": "remove", "path": "/code" }]""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json-patch+json")), Doctor);
            Assert.That(patched.Status, Is.EqualTo(404), search);
            foreach (var id in (string[])[created.Id, updated.Id])
            {
                await Clinic.DeleteAsync($"{type}/{id}");
            }
        }
    }

    [Test]
    public async Task Nested_and_contained_resources_and_narrative()
    {
        var shown = (await AskAsync($"Observation/{_records[_lead]}")).Json;
        Assert.That((shown["encounter"], shown["text"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)), shown.ToJsonString());
        Assert.That((string?)shown["performer"]?[0]!["reference"], Is.EqualTo(sharing ? $"Practitioner/{_shared}" : null));
        Assert.That((double?)shown["valueQuantity"]!["value"], Is.EqualTo(5));
    }

    [Test]
    public async Task Sections_of_compositions_lists_and_bundles()
    {
        await AskAsync($"Observation/{_records[_plain]}");
        var known = $"Observation/{_records[_plain]}";
        var composition = (await AskAsync($"Composition/{_records[_composition]}")).Json;
        Assert.That(composition["section"]!.AsArray().Select(section => ((string?)section!["title"], (string?)section["entry"]![0]!["reference"])), Is.EqualTo(new[] { ("Results", known) }));
        Assert.That((await AskAsync($"List/{_records[_list]}")).Json["entry"]!.AsArray().Select(entry => (string?)entry!["item"]!["reference"]), Is.EqualTo(new[] { known }));
        Assert.That((await AskAsync($"Bundle/{_records[_collection]}")).Json["entry"]![0]!["resource"]!["entry"]!.AsArray(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_document_and_its_Binary()
    {
        await AskAsync($"Binary/{_records[_letter]}");
        var attachments = (await AskAsync($"DocumentReference/{_records[_document]}")).Json["content"]!.AsArray().Select(content => (string?)content!["attachment"]!["url"]);
        Assert.That(attachments, Is.EqualTo(new[] { $"Binary/{_records[_letter]}" }));
        await Is_as_if_it_had_never_been($"Binary/{_records[_scan]}", "Binary");
    }

    [Test]
    public async Task Targets_of_a_provenance() =>
        Assert.That((await AskAsync($"Provenance/{_records[_provenance]}")).Json["target"]!.AsArray(), Has.Count.EqualTo(1));

    [Test]
    public async Task A_provenance_of_what_is_granted_and_of_what_is_not()
    {
        var found = (await AskAsync($"Provenance?target=Observation/{_records[_plain]}")).Matches.Single(one => (string)one["id"]! == $"g-{_records[_plain]}");
        Assert.That((string?)found["target"]![0]!["reference"], Is.EqualTo($"Observation/{_records[_plain]}"), "no version: the numbers tell of others");
        Assert.That((string?)found["agent"]![0]!["who"]!["identifier"]!["value"], Is.EqualTo(Hospital.Organisation.ToString()));
        Assert.That(found["extension"]!.AsArray().Select(one => (string)one!["url"]!), Does.Contain("urn:ehrledger:StructureDefinition:anchor"));
        Assert.That(found["extension"]!.AsArray().Select(one => (string?)one!["valueReference"]?["reference"]), Does.Contain($"Patient/{Patient}"));
        Assert.That((await AskAsync($"Observation?patient={Patient}&_revinclude=Provenance:target")).Included.Select(one => (string)one["id"]!), Does.Contain($"g-{_records[_plain]}"));
        Assert.That((await AskAsync($"Provenance/g-{_records[_plain]}")).Json["signature"]!.ToJsonString(), Is.EqualTo(found["signature"]!.ToJsonString()));

        var never = await WorkOfAsync($"Provenance/g-{Never}");
        foreach (var (type, id) in ((string, string)[])[("Condition", _story.Diagnosis), ("Encounter", _visit), ("Observation", _gone), ("Observation", _moved), ("Binary", _scan)])
        {
            var hidden = await Clinic.GetAsync($"Provenance/g-{_records[id]}", Doctor);
            hidden.AssertIsOutcome(404);
            Assert.That(hidden.Text, Is.EqualTo((await Clinic.GetAsync($"Provenance/g-{Never}", Doctor)).Text));
            Assert.That(await WorkOfAsync($"Provenance/g-{_records[id]}"), Is.EqualTo(never));
            Assert.That((await Clinic.GetAsync($"Provenance?target={type}/{_records[id]}", Doctor)).Ids, Is.Empty);
        }

        var all = (await AskAsync($"Provenance?patient={Patient}&_count=1000")).Ids.Where(id => id.StartsWith("g-", StringComparison.Ordinal)).Select(id => id[2..]).ToList();
        Assert.That(all, Does.Contain(_records[_plain]).And.None.AnyOf(_records[_story.Diagnosis], _records[_visit], _records[_gone], _records[_moved], _records[_scan]));
    }

    [Test]
    public async Task The_latest_version()
    {
        await Is_as_if_it_had_never_been($"Observation/{_records[_moved]}", "Observation");
        Assert.That((await AskAsync($"Observation?patient={Patient}&code=moved")).Ids, Is.Empty, "nor the version before");
        Assert.That((await AskAsync($"Observation?_id={_records[_moved]}")).Ids, Is.Empty);
    }

    [Test]
    public async Task Not_granted_deleted_by_the_author_and_never_written()
    {
        foreach (var (type, id) in ((string, string)[])[("Condition", _story.Diagnosis), ("Encounter", _visit), ("MedicationRequest", _story.Prescriptions[0]), ("Observation", _gone)])
        {
            await Is_as_if_it_had_never_been($"{type}/{_records[id]}", type);
            await Is_as_if_it_had_never_been($"{type}/{id}", type);
        }
    }

    [Test]
    public async Task History_and_older_versions()
    {
        foreach (var id in (string[])[_plain, _lead, _moved, _gone])
        {
            (await Clinic.GetAsync($"Observation/{_records[id]}/_history", Doctor)).AssertIsOutcome(404);
            (await Clinic.GetAsync($"Observation/{_records[id]}/_history/1", Doctor)).AssertIsOutcome(404);
        }

        foreach (var path in (string[])["_history?_count=1000", "Observation/_history?_count=1000", "Condition/_history?_count=1000", "Encounter/_history"])
        {
            var history = await Clinic.GetAsync(path, Doctor);
            Assert.That(history.Status, Is.EqualTo(200));
            foreach (var record in _records.Values)
            {
                Assert.That(history.Text, Does.Not.Contain(record));
            }
        }
    }

    [Test]
    public async Task ETags_and_numbers_of_versions()
    {
        // A version in another category between two that are granted leaves no gap.
        var id = (await Hospital.CreateAsync(Resources.Observation(_story.AtHospital, "gap", value: 1))).Id;
        await Hospital.UpdateAsync(Resources.Observation(_story.AtHospital, "gap", value: 2).With("id", id).With("method", Json($$"""{ "coding": [{{Depression}}] }""")));
        await Hospital.UpdateAsync(Resources.Observation(_story.AtHospital, "gap", value: 3).With("id", id));
        await Eventually.BecomesTrueAsync("the third version is shown", async () => (await Clinic.GetAsync($"Observation?patient={Patient}&code=gap", Doctor)).Ids.Count == 1);
        var third = (await AskAsync($"Observation?patient={Patient}&code=gap")).Matches.Single();
        Assert.That(((double?)third["valueQuantity"]!["value"], third["meta"]!["versionId"]), Is.EqualTo((3, (JsonNode?)null)));
        await Hospital.DeleteAsync($"Observation/{id}");
        await Eventually.BecomesTrueAsync("and gone again", async () => (await Clinic.GetAsync($"Observation?patient={Patient}&code=gap", Doctor)).Ids.Count == 0);

        var before = await AskAsync($"Observation/{_records[_lead]}");
        Assert.That((before.ETag, before.LastModified, before.Json["meta"]!["versionId"]), Is.EqualTo(((string?)null, (DateTimeOffset?)null, (JsonNode?)null)));
        (await Clinic.UpdateAsync(Resources.Observation(Patient).With("id", _records[_story.Diagnosis]), [.. Doctor, ("If-Match", "W/\"1\"")])).AssertIsOutcome(405);
        Assert.That((await Clinic.GetAsync($"Observation/{_records[_lead]}", [.. Doctor, ("If-None-Match", "W/\"1\"")])).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Continuation_tokens()
    {
        var next = NextOf(await AskAsync($"Observation?patient={Patient}&_count=2"));
        var unknown = next[..^20] + new string('A', 20);
        var never = await Clinic.CallAsync(HttpMethod.Get, unknown, null, Doctor);
        never.AssertIsOutcome(410);
        foreach (var (node, headers) in ((TestNode, (string, string)[])[])
        [
            (Clinic, []),
            (Clinic, [("X-Acting-Person", "Dr Other"), ("X-Acting-Role", "physician")]),
            (Clinic, [.. Doctor, ("X-Purpose-Of-Use", "HPAYMT")]),
            (_story.Insurer, Doctor),
        ])
        {
            Assert.That((await node.CallAsync(HttpMethod.Get, next, null, headers)).Text, Is.EqualTo(never.Text));
        }

        Assert.That((await Clinic.CallAsync(HttpMethod.Get, next, null, Doctor)).Ids, Has.Count.EqualTo(2));
    }

    [TestCase("")]
    [TestCase("?_type=Condition,Encounter,MedicationRequest,MedicationStatement")]
    [TestCase("?start=2000&end=2100")]
    [TestCase("?_since=2000-01-01T00:00:00Z")]
    public async Task Everything(string query)
    {
        var all = await AskAsync($"Patient/{Patient}/$everything{query}");
        Assert.That(all.Matches.Select(one => (string)one["resourceType"]!), Has.None.EqualTo("Condition").And.None.EqualTo("Encounter").And.None.EqualTo("MedicationRequest"));
        Assert.That(all.Matches.Select(one => (string)one["id"]!), Has.None.EqualTo(_records[_moved]).And.None.EqualTo(_records[_gone]));
        (await Clinic.GetAsync($"Encounter/{_records[_visit]}/$everything", Doctor)).AssertIsOutcome(404);
    }

    [Test]
    public async Task Exports()
    {
        (string, string)[] caller = [.. Doctor, ("X-Acting-Role", "bulk")];
        var export = $"Patient/$export?patient=Patient/{Patient}";
        var begun = await Clinic.BeginExportAsync(export, null, caller);
        var manifest = await Clinic.EndOfExportAsync(begun.Path, caller);
        var lines = await Clinic.DownloadAsync(manifest, "output", caller);
        await Clinic.SendExportAsync(HttpMethod.Delete, begun.Path, null, caller);
        var everything = (await AskAsync($"Patient/{Patient}/$everything")).Matches.Names();
        Assert.That(lines.Names(), Is.EquivalentTo(everything));
        foreach (var trace in _hidden)
        {
            Assert.That(lines.Select(line => line.ToJsonString()), Has.None.Contains(trace));
        }

        Assert.That(manifest.Tells(), Has.None.StartsWith("error").And.None.StartsWith("deleted"));
        foreach (var narrowed in (string[])["_type=Condition,Encounter,MedicationRequest", $"_type=Condition&_typeFilter={Uri.EscapeDataString("Condition?code=44054006")}", $"_type=Binary&_typeFilter={Uri.EscapeDataString($"Binary?_id={_records[_scan]}")}"])
        {
            Assert.That((await Clinic.ExportManifestAsync($"{export}&{narrowed}", caller)).Tells(), Is.Empty, narrowed);
        }

        begun = await Clinic.BeginExportAsync($"{export}&_type=Observation&_since={Uri.EscapeDataString(DateTimeOffset.UtcNow.AddHours(-1).ToString("O"))}", null, caller);
        manifest = await Clinic.EndOfExportAsync(begun.Path, caller);
        Assert.That(manifest.Tells(), Does.Contain("output Observation 4"));
        Assert.That((await Clinic.DownloadAsync(manifest, "deleted", caller)).Select(line => line.ToJsonString()), Has.None.Contains(_gone).And.None.Contains(_records[_gone]), "nor that one was deleted");
        await Clinic.SendExportAsync(HttpMethod.Delete, begun.Path, null, caller);
    }

    [Test]
    public async Task Validate_and_meta()
    {
        foreach (var operation in (string[])["$validate", "$meta"])
        {
            var never = await Clinic.GetAsync($"Condition/{Never}/{operation}", Doctor);
            Assert.That((await Clinic.GetAsync($"Condition/{_records[_story.Diagnosis]}/{operation}", Doctor)).Text, Is.EqualTo(never.Text));
        }

        foreach (var mode in (string[])["update", "delete"])
        {
            var body = $$"""{ "resourceType": "Parameters", "parameter": [{ "name": "mode", "valueCode": "{{mode}}" }, { "name": "resource", "resource": {{Resources.Condition(Patient).With("id", "ID").ToJsonString()}} }] }""";
            var hidden = await Clinic.CallAsync(HttpMethod.Post, $"/fhir/Condition/{_records[_story.Diagnosis]}/$validate", body.Replace("\"ID\"", $"\"{_records[_story.Diagnosis]}\"", StringComparison.Ordinal), Doctor);
            var never = await Clinic.CallAsync(HttpMethod.Post, $"/fhir/Condition/{Never}/$validate", body.Replace("\"ID\"", $"\"{Never}\"", StringComparison.Ordinal), Doctor);
            Assert.That((hidden.Status, hidden.Text), Is.EqualTo((never.Status, never.Text)));
        }
    }

    [Test]
    public async Task What_the_node_does_before_it_answers()
    {
        // How long an answer takes goes by its entries, each of which has to become final, and by the questions that follow them.
        var never = await WorkOfAsync($"Condition/{Never}");
        Assert.That(never, Is.EqualTo((2, 0)), "one search under each grant, and nothing to read");
        foreach (var path in (string[])[$"Condition/{_records[_story.Diagnosis]}", $"Encounter/{_records[_visit]}", $"Binary/{_records[_scan]}", $"Observation/{_records[_gone]}", $"Observation/{_records[_moved]}", $"Condition/{_records[_plain]}"])
        {
            Assert.That(await WorkOfAsync(path), Is.EqualTo(never), path);
        }

        Assert.That(await WorkOfAsync($"Condition/{_story.Diagnosis}"), Is.EqualTo(await WorkOfAsync("Condition/never-was")), "the author's own ids");
        foreach (var path in (string[])["", "&code=44054006", "&_summary=count", "&_include=*&_revinclude=Encounter:diagnosis"])
        {
            Assert.That(await WorkOfAsync($"Condition?patient={Patient}{path}"), Is.EqualTo(await WorkOfAsync($"Immunization?patient={Patient}{path.Replace("_revinclude=Encounter:diagnosis", "_revinclude=Encounter:patient", StringComparison.Ordinal).Replace("&code=44054006", "&vaccine-code=44054006", StringComparison.Ordinal)}")), path);
        }
    }

    [Test]
    public async Task What_the_node_does_for_a_reference_that_was_taken_out()
    {
        var without = await WorkOfAsync($"Observation?_id={_records[_story.Laboratory[1]]}&_include=Observation:encounter&_include=Observation:performer");
        var with = await WorkOfAsync($"Observation?_id={_records[_lead]}&_include=Observation:encounter&_include=Observation:performer");

        Assert.That(with, Is.EqualTo(without));
    }

    private async Task Is_as_if_it_had_never_been(string path, string type)
    {
        foreach (var (method, suffix) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Head, ""), (HttpMethod.Get, "/_history"), (HttpMethod.Get, "/_history/1"), (HttpMethod.Get, "/$meta"), (HttpMethod.Get, "/$validate"), (HttpMethod.Get, "?_summary=text")])
        {
            var asked = await Clinic.CallAsync(method, $"/fhir/{path}{suffix}", null, Doctor);
            var never = await Clinic.CallAsync(method, $"/fhir/{type}/{Never}{suffix}", null, Doctor);
            Assert.That(asked.Status, Is.EqualTo(404), $"{method} {path}{suffix}");
            Assert.That(asked with { ContentType = null }, Is.EqualTo(never with { ContentType = null }), $"{method} {path}{suffix}");
        }
    }

    /// <summary>Asks as the doctor; the answer names nothing that is hidden, and nothing by the hospital's ids.</summary>
    private async Task<FhirReply> AskAsync(string path)
    {
        var reply = await Clinic.GetAsync(path.Replace("{p}", Patient, StringComparison.Ordinal).Replace("{provenance}", _records[_provenance], StringComparison.Ordinal), Doctor);
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        foreach (var trace in _hidden.Append(_plain).Append(_lead))
        {
            Assert.That(reply.Text, Does.Not.Contain(trace), path);
        }

        return reply;
    }

    /// <summary>Entries of searches and of reads that the log has more after it.</summary>
    private async Task<(int Searches, int Reads)> WorkOfAsync(string path)
    {
        var before = (await Clinic.FindHealthAsync())!.FinalSize;
        await Clinic.GetAsync(path, Doctor);
        var entries = (await Clinic.ReadLogAsync((await Clinic.FindHealthAsync())!.FinalSize, before)).Select(bytes => Entry.TryParse(bytes)!.Type).ToList();
        return (entries.Count(type => type == ConsentEntryTypes.Search), entries.Count(type => type == ConsentEntryTypes.Read));
    }

    private Task<string> KeepAsync(string json) => Hospital.KeepAsync(Resources.Parse(json));

    private static JsonNode Json(string json) => JsonNode.Parse(json)!;

    private static List<string> LinksOf(FhirReply page) => [.. page.Json["link"]!.AsArray().Select(link => (string)link!["relation"]!).Order()];

    private static string NextOf(FhirReply page) => new Uri((string)page.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!).PathAndQuery;
}
