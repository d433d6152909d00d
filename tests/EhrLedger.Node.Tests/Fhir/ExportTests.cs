using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Custody;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>$export of what one organisation wrote: what is in it, who gets it, what is logged, what lies on the disk.</summary>
public sealed class ExportTests
{
    private TestConsortium _consortium = null!;
    private string _one = "";
    private string _two = "";
    private string _practitioner = "";
    private string _blood = "";
    private string _sugar = "";
    private string _diagnosis = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        _one = await Node.RegisterPatientAsync("Exportella");
        _two = await Node.RegisterPatientAsync("Exportine");
        _practitioner = await Node.KeepAsync(Resources.Practitioner("Bulk", "bulk"));
        _blood = await Node.KeepAsync(Resources.Observation(_one, "718-7"));
        _sugar = await Node.KeepAsync(Resources.Observation(_two, "2345-7"));
        _diagnosis = await Node.KeepAsync(Resources.Condition(_one));
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task The_system_s_has_all_that_this_organisation_wrote()
    {
        var names = (await Node.ExportAsync("$export", Caller("system"))).Names().ToList();
        Assert.That(names, Is.Unique);
        Assert.That(names, Is.SupersetOf(new[] { $"Patient/{_one}", $"Patient/{_two}", $"Practitioner/{_practitioner}", $"Observation/{_blood}", $"Observation/{_sugar}", $"Condition/{_diagnosis}" }));
    }

    [Test]
    public async Task That_of_Patient_has_what_belongs_to_patients()
    {
        var names = (await Node.ExportAsync("Patient/$export", Caller("patients"))).Names().ToList();
        Assert.That(names, Does.Contain($"Observation/{_blood}").And.Contain($"Observation/{_sugar}").And.Not.Contain($"Practitioner/{_practitioner}"));
        Assert.That((await Node.ExportAsync("Patient/$export?_type=Condition,Practitioner", Caller("types"))).Names(), Does.Contain($"Practitioner/{_practitioner}").And.Contain($"Condition/{_diagnosis}").And.Not.Contain($"Observation/{_blood}"));
    }

    [Test]
    public async Task Patients_can_be_named()
    {
        var begun = await Node.BeginExportAsync("Patient/$export", Parameters(_one), Caller("named"));
        var lines = await Node.DownloadAsync(await Node.EndOfExportAsync(begun.Path, Caller("named")), "output", Caller("named"));
        Assert.That(lines.Names(), Is.EquivalentTo(new[] { $"Patient/{_one}", $"Observation/{_blood}", $"Condition/{_diagnosis}" }));
        (await Node.BeginExportAsync("Patient/$export", Parameters("nobody"), Caller("named"))).AssertIsOutcome(400);
        (await Node.BeginExportAsync($"$export?patient=Patient/{_one}", null, Caller("named"))).AssertIsOutcome(400);
    }

    [Test]
    public async Task That_of_a_Group_has_its_members()
    {
        var group = await Node.KeepAsync(Resources.Parse($$"""
            { "resourceType": "Group", "type": "person", "actual": true, "member": [{ "entity": { "reference": "Patient/{{_two}}" } }] }
            """));
        try
        {
            Assert.That((await Node.ExportAsync($"Group/{group}/$export?_type=Patient,Observation", Caller("group"))).Names(), Is.EquivalentTo(new[] { $"Patient/{_two}", $"Observation/{_sugar}" }));
            (await Node.BeginExportAsync($"Group/{group}/$export", Parameters(_one), Caller("group"))).AssertIsOutcome(400);
            (await Node.BeginExportAsync("Group/nothing/$export", null, Caller("group"))).AssertIsOutcome(404);
        }
        finally
        {
            await Node.DeleteAsync($"Group/{group}");
        }
    }

    [Test]
    public async Task Searches_narrow_down()
    {
        var names = await Node.ExportAsync($"Patient/$export?_type=Observation,Condition&_typeFilter={Uri.EscapeDataString("Observation?code=718-7,2345-7&subject=Patient/" + _one)},{Uri.EscapeDataString("Observation?code=none")}", Caller("filter"));
        Assert.That(names.Names(), Does.Contain($"Observation/{_blood}").And.Contain($"Condition/{_diagnosis}").And.Not.Contain($"Observation/{_sugar}"));
    }

    [TestCase("$export?_outputFormat=csv")]
    [TestCase("$export?_type=Nothing")]
    [TestCase("$export?_since=yesterday")]
    [TestCase("$export?_elements=id")]
    [TestCase("$export?_typeFilter=Observation")]
    [TestCase("$export?_typeFilter=Observation%3Fsubject.name%3Dx")]
    [TestCase("$export?_typeFilter=Observation%3F_include%3DObservation:subject")]
    [TestCase("$export?_type=Patient&_typeFilter=Observation%3Fcode%3Dx")]
    [TestCase("Patient/$export?patient=Group/1")]
    public async Task What_can_t_be_is_refused(string path) => (await Node.BeginExportAsync(path, null, Caller("refused"))).AssertIsOutcome(400);

    [Test]
    public async Task It_is_asked_for_asynchronously_and_by_a_request_of_its_own()
    {
        (await Node.SendExportAsync(HttpMethod.Get, "/fhir/$export")).AssertIsOutcome(400);
        Assert.That((await Node.BeginExportAsync("Patient/$export?_elements=id&_type=Group", null, ("Prefer", "handling=lenient"), Caller("lenient")[0])).Status, Is.EqualTo(202));
        var bundle = await Node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("GET", "$export")), ("Prefer", "respond-async"));
        Assert.That((string?)bundle.Json["entry"]![0]!["response"]!["status"], Does.StartWith("400"));
    }

    [Test]
    public async Task Its_manifest_says_what_there_is()
    {
        var begun = await Node.BeginExportAsync("Patient/$export?_type=Observation", null, Caller("manifest"));
        var manifest = await Node.EndOfExportAsync(begun.Path, Caller("manifest"));
        var done = await Node.SendExportAsync(HttpMethod.Get, begun.Path, null, Caller("manifest"));
        Assert.That(manifest.Select(member => member.Key), Is.EquivalentTo(new[] { "transactionTime", "request", "requiresAccessToken", "output", "deleted", "error" }));
        Assert.That(((string?)manifest["request"], (bool)manifest["requiresAccessToken"]!), Is.EqualTo(($"{Node.Endpoint}/fhir/Patient/$export?_type=Observation", true)));
        Assert.That(DateTimeOffset.Parse((string)manifest["transactionTime"]!, null), Is.LessThanOrEqualTo(DateTimeOffset.UtcNow));
        Assert.That((done.ContentType, done.Expires > DateTimeOffset.UtcNow.AddHours(23)), Is.EqualTo(("application/json", true)));
        Assert.That(manifest["deleted"]!.AsArray().Concat(manifest["error"]!.AsArray()), Is.Empty);
    }

    [Test]
    public async Task What_came_since_is_in_it_and_what_was_deleted_since_is_told()
    {
        var patient = await Node.RegisterPatientAsync("Since");
        var gone = await Node.KeepAsync(Resources.Observation(patient));
        var stays = await Node.KeepAsync(Resources.Observation(patient));
        var before = (await Node.GetAsync($"Observation/{stays}")).LastModified!.Value.AddSeconds(1);
        await Eventually.BecomesTrueAsync("the clock has gone on", () => Task.FromResult(DateTimeOffset.UtcNow > before));
        var later = await Node.KeepAsync(Resources.Observation(patient));
        await Node.DeleteAsync($"Observation/{gone}");
        var since = $"Patient/$export?patient=Patient/{patient}&_since={Uri.EscapeDataString(before.ToString("O"))}";
        var begun = await Node.BeginExportAsync(since, null, Caller("since"));
        var manifest = await Node.EndOfExportAsync(begun.Path, Caller("since"));
        Assert.That((await Node.DownloadAsync(manifest, "output", Caller("since"))).Names(), Is.EqualTo(new[] { $"Observation/{later}" }));
        var deleted = (await Node.DownloadAsync(manifest, "deleted", Caller("since"))).Single();
        Assert.That(((string?)deleted["type"], (string?)deleted["entry"]![0]!["request"]!["method"], (string?)deleted["entry"]![0]!["request"]!["url"]), Is.EqualTo(("transaction", "DELETE", $"Observation/{gone}")));

        var all = (await Node.ExportAsync($"Patient/$export?patient=Patient/{patient}", Caller("since"))).Names();
        Assert.That(all, Is.EquivalentTo(new[] { $"Patient/{patient}", $"Observation/{stays}", $"Observation/{later}" }), "nothing deleted is shown");
        var book = await AuthorsBook.OpenAsync(Node);
        var records = book.Versions.GroupBy(version => version.Id).ToDictionary(of => of.Key, of => of.First().Header.Record.Record);
        Assert.That(book.Reads.Where(read => read.Person == "since" && read.Level == ReadLevel.Counted).SelectMany(read => read.Records).Select(record => record.Record), Is.EqualTo(new[] { records[gone] }));
    }

    [Test]
    public async Task Nobody_else_sees_it()
    {
        var begun = await Node.BeginExportAsync("Patient/$export?_type=Observation", null, Caller("mine"));
        var manifest = await Node.EndOfExportAsync(begun.Path, Caller("mine"));
        var file = new Uri((string)manifest["output"]![0]!["url"]!).PathAndQuery;
        foreach (var other in ((string, string)[][])[[], Caller("yours"), [.. Caller("mine"), ("X-Purpose-Of-Use", "HPAYMT")], [.. Caller("mine"), ("X-Acting-Role", "clerk")]])
        {
            (await Node.SendExportAsync(HttpMethod.Get, begun.Path, null, other)).AssertIsOutcome(404);
            (await Node.SendExportAsync(HttpMethod.Get, file, null, other)).AssertIsOutcome(404);
            (await Node.SendExportAsync(HttpMethod.Delete, begun.Path, null, other)).AssertIsOutcome(404);
        }

        (await Node.SendExportAsync(HttpMethod.Get, $"{begun.Path}/{new string('0', 32)}", null, Caller("mine"))).AssertIsOutcome(404);
        Assert.That((await Node.SendExportAsync(HttpMethod.Get, file, null, Caller("mine"))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task It_can_be_removed()
    {
        var begun = await Node.BeginExportAsync("Patient/$export?_type=Observation", null, Caller("remover"));
        var manifest = await Node.EndOfExportAsync(begun.Path, Caller("remover"));
        Assert.That((await Node.SendExportAsync(HttpMethod.Delete, begun.Path, null, Caller("remover"))).Status, Is.EqualTo(202));
        foreach (var url in (string[])[begun.Path, new Uri((string)manifest["output"]![0]!["url"]!).PathAndQuery])
        {
            (await Node.SendExportAsync(HttpMethod.Get, url, null, Caller("remover"))).AssertIsOutcome(404);
        }

        (await Node.SendExportAsync(HttpMethod.Delete, begun.Path, null, Caller("remover"))).AssertIsOutcome(404);
        Assert.That(Directory.Exists(Path.Combine(Node.Data, "exports", begun.Path.Split('/')[^1])), Is.False);
    }

    /// <summary>With each set of scopes that it asks for, a client is another caller: it does not fill by that what all share.</summary>
    [Test]
    public async Task A_client_has_no_more_than_half_of_what_all_may_have_under_whatever_scopes()
    {
        using var greedy = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(greedy);
        var begun = new List<int>();
        string[] types =
        [
            "Account", "Basic", "Claim", "Condition", "Coverage", "Device", "Encounter", "Flag", "Goal", "Immunization", "Invoice", "List", "Location", "Media", "Medication", "Observation", "Person", "Procedure", "Schedule", "Slot", "Task",
        ];
        foreach (var type in types)
        {
            var token = (await greedy.AskAsync(Node, $"system/Group.rs system/{type}.rs")).Token;
            for (var i = 0; i < 5; i++)
            {
                begun.Add((await Node.BeginExportAsync("Patient/$export?_type=Group", null, ("Authorization", $"Bearer {token}"))).Status);
            }
        }

        Assert.That(begun, Is.EqualTo(Enumerable.Repeat(202, 100).Concat(Enumerable.Repeat(429, 5))));
        Assert.That((await Node.BeginExportAsync("Patient/$export?_type=Group", null, Caller("another"))).Status, Is.EqualTo(202), "another client may");
    }

    [Test]
    public async Task A_caller_has_five_at_a_time()
    {
        var places = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            places.Add((await Node.BeginExportAsync("Patient/$export?_type=Group", null, Caller("many"))).Path);
        }

        var sixth = await Node.BeginExportAsync("Patient/$export?_type=Group", null, Caller("many"));
        sixth.AssertIsOutcome(429);
        Assert.That(sixth.RetryAfter, Is.Not.Null);
        Assert.That((await Node.BeginExportAsync("Patient/$export?_type=Group", null, Caller("others"))).Status, Is.EqualTo(202));
        await Node.SendExportAsync(HttpMethod.Delete, places[0], null, Caller("many"));
        Assert.That((await Node.BeginExportAsync("Patient/$export?_type=Group", null, Caller("many"))).Status, Is.EqualTo(202));
    }

    [Test]
    public async Task All_that_is_shown_is_logged_as_opened_once_before_it_can_be_downloaded()
    {
        var begun = await Node.BeginExportAsync("Patient/$export", Parameters(_one, _two), [.. Caller("Dr Export"), ("X-Purpose-Of-Use", "HRESCH")]);
        await Node.EndOfExportAsync(begun.Path, [.. Caller("Dr Export"), ("X-Purpose-Of-Use", "HRESCH")]);
        var book = await AuthorsBook.OpenAsync(Node);
        var opened = book.Reads.Where(read => read.Person == "Dr Export" && read.Level == ReadLevel.Opened).ToList();
        var ids = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        Assert.That(opened.SelectMany(read => read.Records).Select(record => ids[record]), Is.EquivalentTo(new[] { _one, _two, _blood, _sugar, _diagnosis }));
        Assert.That(opened.Select(read => (read.Purpose.Code, read.Role)).Distinct(), Is.EqualTo(new[] { ("HRESCH", "bulk") }));
        Assert.That(opened.Select(read => read.Subject), Is.Unique, "a row for each patient's category");
    }

    [Test]
    public async Task Nothing_of_it_can_be_read_on_the_disk()
    {
        var begun = await Node.BeginExportAsync("Patient/$export", Parameters(_one), Caller("Exportwitz"));
        await Node.EndOfExportAsync(begun.Path, Caller("Exportwitz"));
        var folder = Path.Combine(Node.Data, "exports");
        Assert.That(Directory.GetFiles(folder, "*", SearchOption.AllDirectories), Is.Not.Empty);
        var scan = new PlaintextScan(["Exportella", _blood, "718-7", "Exportwitz"]);
        Assert.That(scan.Find(folder), Is.Empty);
        Assert.That(Directory.GetFiles(Node.Data, "records.db*").SelectMany(file => new PlaintextScan([begun.Path.Split('/')[^1], "Exportwitz"]).Find(File.ReadAllBytes(file))), Is.Empty);
    }

    [Test]
    public async Task Scopes_bound_what_is_in_it()
    {
        (string, string)[] narrow = [.. Caller("scopes"), ("X-Acting-Scope", "system/Condition.rs system/Observation.rs?code=718-7")];
        var begun = await Node.BeginExportAsync("$export?patient=x", null, [.. narrow, ("Prefer", "handling=lenient")]);
        var names = (await Node.DownloadAsync(await Node.EndOfExportAsync(begun.Path, narrow), "output", narrow)).Names().ToList();
        Assert.That(names, Does.Contain($"Condition/{_diagnosis}").And.Contain($"Observation/{_blood}").And.Not.Contain($"Observation/{_sugar}"));
        Assert.That(names, Has.None.StartsWith("Patient/").And.None.StartsWith("Practitioner/"));
        (await Node.SendExportAsync(HttpMethod.Get, begun.Path, null, Caller("scopes"))).AssertIsOutcome(404);
        (await Node.BeginExportAsync("$export?_type=Encounter", null, narrow)).AssertIsOutcome(403);
    }

    [Test]
    public async Task Thousands_of_resources_are_in_files_of_ten_thousand()
    {
        const int Portion = 2_000;
        var patient = await Node.RegisterPatientAsync("Voluminous");
        for (var written = 0; written < 10_000; written += Portion)
        {
            var entries = Enumerable.Range(written, Portion).Select(i => Resources.Entry("POST", "Observation", Resources.Observation(patient, $"v-{i}")));
            Assert.That((await Node.PostBundleAsync(Resources.Bundle("transaction", [.. entries]))).Status, Is.EqualTo(200));
        }

        await Node.KeepAsync(Resources.Observation(patient, "v-10000"));
        var begun = await Node.BeginExportAsync("Patient/$export?_type=Observation", Parameters(patient), Caller("volume"));
        var manifest = await Node.EndOfExportAsync(begun.Path, Caller("volume"));
        Assert.That(manifest.Tells(), Is.EqualTo(new[] { "output Observation 10000", "output Observation 1" }));
        var codes = (await Node.DownloadAsync(manifest, "output", Caller("volume"))).Select(line => (string)line["code"]!["coding"]![0]!["code"]!);
        Assert.That(codes.ToHashSet(), Has.Count.EqualTo(10_001).And.SupersetOf(Enumerable.Range(0, 10_001).Select(i => $"v-{i}")));
        await Node.SendExportAsync(HttpMethod.Delete, begun.Path, null, Caller("volume"));
    }

    private static (string, string)[] Caller(string person) => [("X-Acting-Person", person), ("X-Acting-Role", "bulk")];

    private static JsonObject Parameters(params string[] patients) => new()
    {
        ["resourceType"] = "Parameters",
        ["parameter"] = new JsonArray([.. patients.Select(patient => new JsonObject { ["name"] = "patient", ["valueReference"] = new JsonObject { ["reference"] = $"Patient/{patient}" } })]),
    };
}
