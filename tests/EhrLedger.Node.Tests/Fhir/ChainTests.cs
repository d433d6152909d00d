using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Criteria that other resources decide about, over an author's own records.</summary>
[NonParallelizable]
public sealed class ChainTests
{
    private static readonly string Number = $"{Guid.NewGuid():N}";
    private static readonly string Code = $"{Guid.NewGuid():N}";
    private static readonly Dictionary<string, string> Ids = [];

    private static TestNode Node => OneNode.Node;

    /// <summary>Two patients; one with an encounter on a ward of a wing of a house, and two results, one of which belongs to it; the other with one result.</summary>
    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        Ids["ada"] = await Node.RegisterPatientAsync("Chained", Number);
        Ids["bea"] = await Node.RegisterPatientAsync("Chained-Other");
        Ids["house"] = await KeepAsync("""{ "resourceType": "Location", "name": "House" }""");
        Ids["wing"] = await KeepAsync("""{ "resourceType": "Location", "name": "Wing", "partOf": { "reference": "Location/{house}" } }""");
        Ids["ward"] = await KeepAsync("""{ "resourceType": "Location", "name": "Ward", "partOf": { "reference": "Location/{wing}" } }""");
        Ids["doctor"] = await Node.KeepAsync(Resources.Practitioner("Cho", Number));
        Ids["visit"] = await KeepAsync("""
            { "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" }, "subject": { "reference": "Patient/{ada}" }, "location": [{ "location": { "reference": "Location/{ward}" } }],
              "participant": [{ "individual": { "reference": "Practitioner/{doctor}" } }] }
            """);
        Ids["first"] = await Node.KeepAsync(Resources.Observation(Ids["ada"], Code).With("encounter", Reference("Encounter/{visit}")).With("performer", new JsonArray(Reference("Practitioner/{doctor}"))));
        Ids["second"] = await Node.KeepAsync(Resources.Observation(Ids["ada"], Code));
        Ids["third"] = await Node.KeepAsync(Resources.Observation(Ids["bea"], Code));
        Ids["report"] = await KeepAsync("""
            { "resourceType": "DiagnosticReport", "status": "final", "code": { "text": "x" }, "subject": { "reference": "Patient/{ada}" }, "result": [{ "reference": "Observation/{second}" }] }
            """);
    }

    [TestCase("Observation?code={code}&subject:Patient.identifier={number}", ExpectedResult = "first second")]
    [TestCase("Observation?code={code}&patient.identifier=urn:test:mrn|{number}", ExpectedResult = "first second")]
    [TestCase("Observation?code={code}&subject.family:exact=Chained-Other", ExpectedResult = "third")]
    [TestCase("Observation?code={code}&patient.name=chained", ExpectedResult = "first second third")]
    [TestCase("Observation?code={code}&patient.name=nobody", ExpectedResult = "")]
    [TestCase("Observation?patient={ada}&encounter.class=AMB", ExpectedResult = "first")]
    [TestCase("Observation?patient={ada}&encounter.class=IMP", ExpectedResult = "")]
    [TestCase("Observation?patient={bea}&encounter.class=AMB", ExpectedResult = "")]
    [TestCase("Observation?code={code}&encounter.location.name=ward", ExpectedResult = "first")]
    [TestCase("Observation?patient={ada}&encounter.location.partof.name=wing", ExpectedResult = "first")]
    [TestCase("Observation?patient={ada}&encounter.location.name=wing", ExpectedResult = "")]
    [TestCase("Observation?code={code}&performer:Practitioner.name=cho", ExpectedResult = "first")]
    [TestCase("Observation?code={code}&performer.identifier={number}", ExpectedResult = "first")]
    [TestCase("Observation?code={code}&encounter.practitioner:Practitioner.identifier={number}&patient.identifier={number}", ExpectedResult = "first")]
    [TestCase("Observation?code={code}&encounter.class:not=IMP", ExpectedResult = "first")]
    [TestCase("Patient?_has:Observation:patient:code={code}", ExpectedResult = "ada bea")]
    [TestCase("Patient?identifier={number}&_has:Observation:patient:code={code}", ExpectedResult = "ada")]
    [TestCase("Patient?_id={bea}&_has:Observation:subject:encounter.class=AMB", ExpectedResult = "")]
    [TestCase("Patient?_has:Observation:patient:_has:DiagnosticReport:result:status=final&_has:Observation:patient:code={code}", ExpectedResult = "ada")]
    [TestCase("Observation?code={code}&_has:DiagnosticReport:result:status=final", ExpectedResult = "second")]
    [TestCase("Observation?code={code}&_has:DiagnosticReport:result:status=amended", ExpectedResult = "")]
    [TestCase("Encounter?_has:Observation:encounter:code={code}", ExpectedResult = "visit")]
    [TestCase("Practitioner?identifier={number}&_has:Encounter:practitioner:class=AMB", ExpectedResult = "doctor")]
    [TestCase("DiagnosticReport?result.patient.identifier={number}", ExpectedResult = "report")]
    [TestCase("Encounter?patient={ada}&location:below={house}", ExpectedResult = "visit")]
    [TestCase("Encounter?patient={ada}&location:below=Location/{ward}", ExpectedResult = "visit")]
    [TestCase("Location?partof:above={ward}", ExpectedResult = "ward wing")]
    [TestCase("Location?partof:below={house}", ExpectedResult = "ward wing")]
    [TestCase("Observation?patient={ada}&encounter.location:below={wing}", ExpectedResult = "first")]
    [TestCase("Encounter?patient={ada}&location:above={house}", ExpectedResult = "")]
    public async Task<string> Finds_what_matches_and_nothing_else(string search)
    {
        var reply = await Node.GetAsync(Fill(search));
        var posted = await Node.CallAsync(HttpMethod.Get, (string)reply.Json["link"]![0]!["url"]!, null);
        Assert.That(posted.Ids, Is.EquivalentTo(reply.Ids), "the self link finds the same");
        return string.Join(' ', reply.Ids.Select(id => Ids.Single(pair => pair.Value == id).Key).Order(StringComparer.Ordinal));
    }

    [TestCase("Observation?subject.nonsense=1", 400)]
    [TestCase("Observation?focus.code=1", 400)]
    [TestCase("Observation?patient.birthdate=yesterday", 400)]
    [TestCase("Observation?encounter.part-of.part-of.part-of.part-of._id=1", 400)]
    [TestCase("Patient?_has:Observation:nothing:code=1", 400)]
    [TestCase("Observation?code:below=1", 400)]
    [TestCase("Observation?encounter:below=1", 400)]
    public async Task Refuses_what_it_cannot_follow(string search, int status) => (await Node.GetAsync(search, ("Prefer", "handling=lenient"))).AssertIsOutcome(status);

    [TestCase("Observation?patient={ada}&encounter.class=AMB", "first:Opened visit:Counted")]
    [TestCase("Observation?patient={bea}&encounter.class=AMB", "")]
    [TestCase("Observation?code={code}&subject:Patient.identifier={number}&_count=1", "first:Opened second:Counted ada:Counted", "first:Counted second:Opened ada:Counted")]
    [TestCase("Encounter?_has:Observation:encounter:_has:DiagnosticReport:result:status=final", "")]
    [TestCase("Patient?_id={ada}&_has:Observation:patient:_has:DiagnosticReport:result:status=final", "ada:Opened second:Counted report:Counted")]
    public async Task What_a_match_tells_of_is_logged_as_counted(string search, params string[] rows)
    {
        var person = $"Dr {Guid.NewGuid():N}";
        Assert.That((await Node.GetAsync(Fill(search), ("X-Acting-Person", person))).Status, Is.EqualTo(200));
        Assert.That(await RowsOfAsync(person), Is.AnyOf([.. rows.Select(Sort)]));
    }

    [Test]
    public async Task Further_pages_log_what_they_tell_of()
    {
        var person = $"Dr {Guid.NewGuid():N}";
        var first = await Node.GetAsync(Fill("Observation?code={code}&patient.name=chained&_count=1"), ("X-Acting-Person", person));
        var before = await RowsOfAsync(person);
        var next = (string)first.Json["link"]!.AsArray().Single(link => (string?)link!["relation"] == "next")!["url"]!;
        var shown = (await Node.CallAsync(HttpMethod.Get, next, null, ("X-Acting-Person", person))).Matches.Single();
        var patient = ((string)shown["subject"]!["reference"]!)["Patient/".Length..];
        Assert.That((await RowsOfAsync(person)).Split(' '), Is.SupersetOf($"{before} {NameOf((string)shown["id"]!)}:Opened {NameOf(patient)}:Counted".Split(' ')));
    }

    [Test]
    public async Task A_patient_whom_only_a_chain_names_gets_a_row()
    {
        var person = $"Dr {Guid.NewGuid():N}";
        Assert.That((await Node.GetAsync(Fill("Practitioner?_has:Encounter:practitioner:patient={bea}"), ("X-Acting-Person", person))).Ids, Is.Empty);
        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That(book.Reads.Where(read => read.Person == person).Select(read => (read.Level, read.Subject)), Is.SupersetOf(book.Versions.Where(version => version.Id == Ids["bea"]).Select(version => (ReadLevel.Named, version.Row.Subject)).Distinct()));
    }

    [Test]
    public async Task Conditions_may_have_chains()
    {
        var found = await Node.CreateAsync(Resources.Observation(Ids["ada"]), ("If-None-Exist", Fill("code={code}&encounter.class=AMB")));
        Assert.That((found.Status, found.Id), Is.EqualTo((200, Ids["first"])));
        (await Node.CreateAsync(Resources.Observation(Ids["ada"]), ("If-None-Exist", Fill("code={code}&patient.identifier={number}")))).AssertIsOutcome(412);
        var got = (await Node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("GET", Fill("Observation?code={code}&encounter.class=AMB"))))).Json;
        Assert.That((string?)got["entry"]![0]!["resource"]!["entry"]![0]!["resource"]!["id"], Is.EqualTo(Ids["first"]));
    }

    [TestCase("Observation?patient={ada}&code-value-quantity={code}$gt12", ExpectedResult = 2)]
    [TestCase("Observation?patient={ada}&code-value-quantity={code}$gt13", ExpectedResult = 0)]
    [TestCase("Observation?patient={ada}&code-value-quantity=x$1,{code}$12.5|http://unitsofmeasure.org|g/dL", ExpectedResult = 2)]
    [TestCase("Observation?patient={ada}&value-quantity=12.5||g/dL", ExpectedResult = 2)]
    [TestCase("Observation?patient={ada}&value-quantity=12", ExpectedResult = 0)]
    [TestCase("Observation?patient={ada}&value-quantity=ap12", ExpectedResult = 2)]
    [TestCase("Observation?patient={ada}&encounter:missing=true", ExpectedResult = 1)]
    [TestCase("Patient?_id={ada}&identifier:of-type=a|b|c", ExpectedResult = 0)]
    public async Task<int> Counts_what_matches(string search) => (await Node.GetAsync(Fill(search))).Ids.Count;

    private static async Task<string> RowsOfAsync(string person)
    {
        var book = await AuthorsBook.OpenAsync(Node);
        var ids = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        return Sort(string.Join(' ', book.Reads.Where(read => read.Person == person).SelectMany(read => read.Records.Select(record => $"{NameOf(ids[record])}:{read.Level}"))));
    }

    private static string NameOf(string id) => Ids.Single(pair => pair.Value == id).Key;

    private static string Sort(string rows) => string.Join(' ', rows.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    private static JsonObject Reference(string to) => new() { ["reference"] = Fill(to) };

    private static Task<string> KeepAsync(string json) => Node.KeepAsync(Resources.Parse(Fill(json)));

    private static string Fill(string text)
    {
        foreach (var (name, id) in Ids.Append(new("code", Code)).Append(new("number", Number)))
        {
            text = text.Replace($"{{{name}}}", id, StringComparison.Ordinal);
        }

        return text;
    }
}
