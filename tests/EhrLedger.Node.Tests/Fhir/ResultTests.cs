using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What a search shows of its matches, and what beside them, over an author's own records.</summary>
[NonParallelizable]
public sealed class ResultTests
{
    private static string _patient = "";
    private static string _doctor = "";
    private static string _ward = "";
    private static string _visit = "";
    private static string[] _results = [];

    private static TestNode Node => OneNode.Node;

    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        _patient = await Node.RegisterPatientAsync("Results");
        _doctor = await Node.KeepAsync(Resources.Practitioner("Zweig", Guid.NewGuid().ToString("N")));
        _ward = await Node.KeepAsync(Resources.Parse("""{ "resourceType": "Organization", "name": "Ward" }"""));
        _visit = await Node.KeepAsync(Stories.Encounter(_patient)
            .With("participant", new JsonArray(new JsonObject { ["individual"] = Reference($"Practitioner/{_doctor}") }))
            .With("serviceProvider", Reference($"Organization/{_ward}")));
        _results =
        [
            await Node.KeepAsync(Stories.Result(_patient, _visit, "b", "2024-01-02", 3)),
            await Node.KeepAsync(Stories.Result(_patient, _visit, "a", "2024-01-03", 10)),
            await Node.KeepAsync(Stories.Result(_patient, null, "c", "2024-01-01", 2).With("performer", new JsonArray(Reference($"Practitioner/{_doctor}")))),
        ];
    }

    [TestCase("_include=Observation:encounter", ExpectedResult = "Encounter")]
    [TestCase("_include=Observation:encounter:Encounter&_include=Observation:performer", ExpectedResult = "Encounter Practitioner")]
    [TestCase("_include=Observation:performer:Organization", ExpectedResult = "")]
    [TestCase("_include=Observation:subject:Patient", ExpectedResult = "Patient")]
    [TestCase("_include=Observation:*", ExpectedResult = "Encounter Patient Practitioner")]
    [TestCase("_include=*", ExpectedResult = "Encounter Patient Practitioner")]
    [TestCase("_include=*&_include:iterate=Encounter:service-provider", ExpectedResult = "Encounter Organization Patient Practitioner")]
    [TestCase("_include=Observation:encounter&_include=Encounter:service-provider", ExpectedResult = "Encounter")]
    [TestCase("code=b&_include=Observation:encounter&_revinclude:iterate=Observation:encounter", ExpectedResult = "Encounter Observation")]
    public async Task<string> References_of_matches_are_followed(string asked)
    {
        var reply = await Node.GetAsync($"Observation?patient={_patient}&{asked}");
        Assert.That(reply.Ids, Has.Count.EqualTo(asked.Contains("code", StringComparison.Ordinal) ? 1 : 3), reply.Text);
        Assert.That(reply.Json["entry"]!.AsArray().Select(entry => (string)entry!["fullUrl"]!), Is.Unique);
        return string.Join(' ', reply.Included.Select(resource => (string)resource["resourceType"]!).Order());
    }

    [Test]
    public async Task What_points_at_matches_is_found()
    {
        var visit = await Node.GetAsync($"Encounter?_id={_visit}&_revinclude=Observation:encounter");
        Assert.That(visit.Ids, Is.EqualTo(new[] { _visit }));
        Assert.That(visit.Included.Select(resource => (string)resource["id"]!), Is.EquivalentTo(_results.Take(2)));
        var patient = await Node.GetAsync($"Patient?_id={_patient}&_revinclude=Observation:subject&_revinclude=Encounter:patient:Patient");
        Assert.That(patient.Included.Select(resource => (string)resource["id"]!), Is.EquivalentTo(_results.Append(_visit)));
        var doctor = await Node.GetAsync($"Practitioner?_id={_doctor}&_revinclude=Encounter:practitioner&_revinclude=Observation:*");
        Assert.That(doctor.Included.Select(resource => (string)resource["id"]!), Is.EquivalentTo(new[] { _visit, _results[2] }));
    }

    [TestCase("_include=Observation:nothing")]
    [TestCase("_include=Observation:code")]
    [TestCase("_include=Nothing:subject")]
    [TestCase("_include=Observation:encounter:Patient")]
    [TestCase("_include=")]
    [TestCase("_revinclude=*")]
    [TestCase("_summary=most")]
    [TestCase("_summary=text&_include=*")]
    [TestCase("_summary=true&_elements=code")]
    [TestCase("_elements=")]
    [TestCase("_total=perhaps")]
    [TestCase("_sort=code-value-quantity")]
    [TestCase("_sort=no-such")]
    public async Task What_cant_be_is_refused(string asked)
    {
        (await Node.GetAsync($"Observation?patient={_patient}&{asked}")).AssertIsOutcome(400);
        (await Node.CreateAsync(Resources.Observation(_patient), ("If-None-Exist", $"code=x&{asked}"))).AssertIsOutcome(400);
    }

    [Test]
    public async Task What_is_included_is_logged_as_opened_and_what_is_counted_as_counted()
    {
        var person = $"Dr {Guid.NewGuid():N}";
        Assert.That((await Node.GetAsync($"Observation?patient={_patient}&code=b&_include=Observation:encounter", ("X-Acting-Person", person))).Included, Has.Count.EqualTo(1));
        Assert.That(await ReadByAsync(person, ReadLevel.Opened), Is.EquivalentTo(new[] { _results[0], _visit }));

        var counter = $"Dr {Guid.NewGuid():N}";
        Assert.That((int?)(await Node.GetAsync($"Observation?patient={_patient}&_total=accurate&_count=1&_sort=date", ("X-Acting-Person", counter))).Json["total"], Is.EqualTo(3));
        Assert.That(await ReadByAsync(counter, ReadLevel.Opened), Is.EquivalentTo(new[] { _results[2] }));
        Assert.That(await ReadByAsync(counter, ReadLevel.Counted), Is.EquivalentTo(new[] { _results[0], _results[1] }));
    }

    [TestCase("_total=accurate&_count=2", 3, 2)]
    [TestCase("_total=estimate", 3, 3)]
    [TestCase("_total=none", null, 3)]
    [TestCase("", null, 3)]
    [TestCase("_summary=count", 3, 0)]
    [TestCase("_count=0", 3, 0)]
    [TestCase("_count=0&_total=none", null, 0)]
    public async Task Matches_are_counted_where_that_is_asked_for(string asked, int? total, int shown)
    {
        var person = $"Dr {Guid.NewGuid():N}";
        var reply = await Node.GetAsync($"Observation?patient={_patient}&{asked}", ("X-Acting-Person", person));
        Assert.That(((int?)reply.Json["total"], reply.Ids.Count), Is.EqualTo((total, shown)));
        Assert.That((await ReadByAsync(person, ReadLevel.Counted)).Count, Is.EqualTo(total is null ? 0 : 3 - shown));
    }

    [Test]
    public async Task A_summary_shows_a_part_and_says_so()
    {
        async Task<JsonObject> ShowAsync(string asked)
        {
            var match = (await Node.GetAsync($"Observation?_id={_results[0]}&{asked}")).Matches.Single();
            Assert.That((match["meta"]!["tag"]?.AsArray() ?? []).Any(tag => (string?)tag!["code"] == "SUBSETTED"), Is.EqualTo(asked != "_summary=false"), asked);
            Assert.That(((string?)match["id"], (string?)match["meta"]!["versionId"], (string?)match["status"], match["code"] is null), Is.EqualTo((_results[0], "1", "final", false)), "mandatory");
            return match;
        }

        var all = await ShowAsync("_summary=false");
        Assert.That(all.Select(element => element.Key), Is.SupersetOf(new[] { "text", "note", "valueQuantity", "encounter" }));
        var summary = await ShowAsync("_summary=true");
        Assert.That((summary["text"], summary["note"], summary["valueQuantity"] is null, summary["category"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null, false, (JsonNode?)null)));
        var text = await ShowAsync("_summary=text");
        Assert.That(text.Select(element => element.Key), Is.EquivalentTo(new[] { "resourceType", "id", "meta", "text", "status", "code" }));
        var data = await ShowAsync("_summary=data");
        Assert.That(data.Select(element => element.Key), Is.EquivalentTo(all.Select(element => element.Key).Except(["text"])));
        var elements = await ShowAsync("_elements=value,Observation.note,subject.reference");
        Assert.That(elements.Select(element => element.Key), Is.EquivalentTo(new[] { "resourceType", "id", "meta", "status", "code", "valueQuantity", "note" }));
        var beside = await Node.GetAsync($"Observation?_id={_results[0]}&_elements=value&_include=Observation:encounter");
        Assert.That(beside.Included.Single()["serviceProvider"], Is.Not.Null, "the list speaks of matches");
    }

    [TestCase("date", ExpectedResult = "2 0 1")]
    [TestCase("-date", ExpectedResult = "1 0 2")]
    [TestCase("code", ExpectedResult = "1 0 2")]
    [TestCase("-code", ExpectedResult = "2 0 1")]
    [TestCase("value-quantity", ExpectedResult = "2 0 1")]
    [TestCase("-value-quantity", ExpectedResult = "1 0 2")]
    [TestCase("encounter,-code", ExpectedResult = "0 1 2")]
    [TestCase("-encounter,code", ExpectedResult = "1 0 2")]
    [TestCase("_id", ExpectedResult = "by id")]
    [TestCase("status,date", ExpectedResult = "2 0 1")]
    public async Task<string> Matches_are_sorted_by_every_kind(string keys)
    {
        var ids = (await Node.GetAsync($"Observation?patient={_patient}&_sort={keys}")).Ids;
        return keys == "_id" && ids.SequenceEqual(_results.Order(StringComparer.Ordinal)) ? "by id" : string.Join(' ', ids.Select(id => Array.IndexOf(_results, id)));
    }

    [Test]
    public async Task Quantities_are_found_and_sorted_in_whatever_unit_they_are_asked_for()
    {
        var patient = await Node.RegisterPatientAsync("Doses");
        var doses = new List<string>();
        foreach (var (value, unit) in ((string, string)[])[("0.0054", "g"), ("5.1", "mg"), ("5400000", "ng")])
        {
            doses.Add(await Node.KeepAsync(Resources.Parse($$"""
                { "resourceType": "Observation", "status": "final", "code": { "coding": [{ "system": "http://loinc.org", "code": "35669-1" }] }, "subject": { "reference": "Patient/{{patient}}" },
                  "valueQuantity": { "value": {{value}}, "unit": "{{unit}}", "system": "http://unitsofmeasure.org", "code": "{{unit}}" } }
                """)));
        }

        async Task<IReadOnlyList<string>> FindAsync(string asked) => (await Node.GetAsync($"Observation?patient={patient}&{asked}")).Ids;
        Assert.That(await FindAsync("value-quantity=5.4%7Chttp://unitsofmeasure.org%7Cmg"), Is.EquivalentTo(new[] { doses[0], doses[2] }));
        Assert.That(await FindAsync("code-value-quantity=35669-1$lt0.0054%7C%7Cg"), Is.EqualTo(new[] { doses[1] }));
        Assert.That((await FindAsync("_sort=value-quantity"))[0], Is.EqualTo(doses[1]));
        Assert.That(await FindAsync("value-quantity=5.4%7C%7Cm99999"), Is.Empty);
    }

    [Test]
    public async Task Strings_numbers_and_uris_are_sorted_too()
    {
        var mark = Guid.NewGuid().ToString("N");
        string[] names = ["Ärztin", "Zorn", "beck"];
        foreach (var name in names)
        {
            await Node.RegisterPatientAsync(name, $"{mark}");
        }

        var sorted = await Node.GetAsync($"Patient?identifier={mark}&_sort=family");
        Assert.That(sorted.Matches.Select(match => (string?)match["name"]![0]!["family"]), Is.EqualTo(new[] { "Ärztin", "beck", "Zorn" }));
        var sets = new List<string>();
        foreach (var url in (string[])["urn:z", "urn:a", "urn:m"])
        {
            sets.Add(await Node.KeepAsync(Resources.Parse($$"""{ "resourceType": "ValueSet", "status": "draft", "url": "{{url}}", "name": "N{{mark}}" }""")));
        }

        Assert.That((await Node.GetAsync($"ValueSet?name=N{mark}&_sort=-url")).Ids, Is.EqualTo(new[] { sets[0], sets[2], sets[1] }));
        var risks = new List<string>();
        foreach (var probability in (string[])["0.5", "0.25", "0.125"])
        {
            risks.Add(await Node.KeepAsync(Resources.Parse($$"""
                { "resourceType": "RiskAssessment", "status": "final", "subject": { "reference": "Patient/{{_patient}}" }, "prediction": [{ "probabilityDecimal": {{probability}} }] }
                """)));
        }

        Assert.That((await Node.GetAsync($"RiskAssessment?patient={_patient}&_sort=probability")).Ids, Is.EqualTo(risks.AsEnumerable().Reverse()));
    }

    [TestCase("Patient/{p}/Observation", ExpectedResult = "Observation Observation Observation")]
    [TestCase("Patient/{p}/Observation?code=a", ExpectedResult = "Observation")]
    [TestCase("Patient/{p}/Patient", ExpectedResult = "Patient")]
    [TestCase("Patient/{p}/Condition", ExpectedResult = "")]
    [TestCase("Encounter/{e}/Observation", ExpectedResult = "Observation Observation")]
    [TestCase("Encounter/{e}/*", ExpectedResult = "Encounter Observation Observation")]
    [TestCase("Encounter/{e}/*?_lastUpdated=lt2020", ExpectedResult = "")]
    [TestCase("Practitioner/{d}/*", ExpectedResult = "Encounter Observation Practitioner")]
    [TestCase("Practitioner/{d}/Encounter", ExpectedResult = "Encounter")]
    [TestCase("Patient/nobody/*", ExpectedResult = "")]
    public async Task<string> A_compartment_is_searched(string path)
    {
        var at = path.Replace("{p}", _patient, StringComparison.Ordinal).Replace("{e}", _visit, StringComparison.Ordinal).Replace("{d}", _doctor, StringComparison.Ordinal);
        var reply = await Node.GetAsync(at);
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var self = (string)reply.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "self")!["url"]!;
        Assert.That(self, Is.EqualTo($"{Node.Endpoint}/fhir/{at}"));
        return string.Join(' ', reply.Matches.Select(match => (string)match["resourceType"]!).Order());
    }

    [Test]
    public async Task A_patients_compartment_names_the_patient_and_holds_all_that_is_the_patients()
    {
        var patient = await Node.RegisterPatientAsync("Whole");
        var kept = new[] { patient, await Node.KeepAsync(Resources.Observation(patient)), await Node.KeepAsync(Resources.Condition(patient)) };
        var person = $"Dr {Guid.NewGuid():N}";
        Assert.That((await Node.GetAsync($"Patient/{patient}/Condition?code=none", ("X-Acting-Person", person))).Ids, Is.Empty);
        Assert.That((await AuthorsBook.OpenAsync(Node)).Reads.Where(read => read.Person == person), Is.Not.Empty, "named, without a hit");
        Assert.That((await Node.GetAsync($"Patient/{patient}/*?_sort=_lastUpdated")).Ids, Is.EqualTo(kept));
        Assert.That((await Node.ReadPagesAsync($"Patient/{patient}/*?_count=1")).SelectMany(page => page), Is.EquivalentTo(kept));
        var posted = await Node.SendAsync(HttpMethod.Post, $"/fhir/Patient/{patient}/Condition/_search", new StringContent("code=44054006", new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded")));
        Assert.That(posted.Ids, Is.EqualTo(new[] { kept[2] }));
    }

    [TestCase("Organization/x/Observation", 404)]
    [TestCase("Patient/x/Slot", 404)]
    [TestCase("Patient/x/Nothing", 404)]
    [TestCase("Patient/x_y/Observation", 400)]
    [TestCase("Patient/x/*?code=1", 400)]
    [TestCase("?_count=1", 404)]
    public async Task What_is_no_compartment_is_refused(string path, int status) => (await Node.GetAsync(path)).AssertIsOutcome(status);

    private static async Task<List<string>> ReadByAsync(string person, ReadLevel level)
    {
        var book = await AuthorsBook.OpenAsync(Node);
        var ids = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        return [.. book.Reads.Where(read => read.Person == person && read.Level == level).SelectMany(read => read.Records).Select(record => ids[record])];
    }

    private static JsonObject Reference(string to) => new() { ["reference"] = to };
}

/// <summary>Records that point at each other.</summary>
internal static class Stories
{
    public static JsonObject Encounter(string patient) => Resources.Parse($$"""
        {
          "resourceType": "Encounter", "status": "finished", "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
          "subject": { "reference": "Patient/{{patient}}" }, "period": { "start": "2024-01-01", "end": "2024-01-04" }
        }
        """);

    public static JsonObject Result(string patient, string? visit, string code, string when, double value)
    {
        var result = Resources.Observation(patient, code, when, value: value)
            .With("text", Resources.Parse("""{ "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">in words</div>" }"""))
            .With("note", new JsonArray(new JsonObject { ["text"] = "a note" }));
        return visit is null ? result : result.With("encounter", new JsonObject { ["reference"] = $"Encounter/{visit}" });
    }
}
