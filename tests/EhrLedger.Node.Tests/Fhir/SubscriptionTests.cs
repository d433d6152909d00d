using System.Text.Json.Nodes;
using EhrLedger.Consent.Records;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Subscriptions to what the organisation itself writes.</summary>
public sealed class SubscriptionTests
{
    private static readonly (string, string)[] Ward = [("X-Acting-Person", "Ward 3")];
    private static readonly (string, string)[] Other = [("X-Acting-Person", "Ward 4")];

    private TestConsortium _consortium = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync(1, settings: ["--shared-types", "none", "--subscription-retry", "00:00:00.001", "--subscription-interval", "00:00:00.500"]);

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task Becomes_active_when_its_endpoint_has_answered_and_tells_of_what_matches()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Told");
        await Node.KeepAsync(Resources.Observation(patient, "before"));
        (string, string)[] caller = [("X-Acting-Person", "Ward of the told")];
        var id = await SubscribeAsync(subscriber.Subscription($"Observation?patient=Patient/{patient}&code=718-7", null, "X-Ward: three"), caller);
        Assert.That(subscriber.All.Select(received => (received.Method, received.Path, received.Body)), Is.EqualTo(new[] { ("POST", "/hook", "") }));
        Assert.That(subscriber.All.Single().Headers["X-Ward"], Is.EqualTo("three"));

        await Node.KeepAsync(Resources.Observation(patient, "other"));
        await Node.KeepAsync(Resources.Observation(await Node.RegisterPatientAsync("Else")));
        var told = await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("it is told", () => Task.FromResult(subscriber.All.Count == 2));
        Assert.That(subscriber.All[1].Body, Is.Empty);

        // What is told is logged as counted, of this record alone.
        var book = await AuthorsBook.OpenAsync(Node);
        var rows = book.Reads.Where(read => read.Person == "Ward of the told" && read.Level == ReadLevel.Counted).ToList();
        Assert.That(rows, Has.Count.EqualTo(1));
        Assert.That(rows[0].Records, Has.Count.EqualTo(1), told);
        Assert.That((string?)(await Node.GetAsync($"Subscription/{id}", caller)).Json["status"], Is.EqualTo("active"));
    }

    [Test]
    public async Task A_payload_is_the_resource_and_is_logged_as_opened()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Payload");
        (string, string)[] doctor = [("X-Acting-Person", "Dr Payload")];
        await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}", "application/fhir+json"), doctor);
        var id = await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("it is told", () => Task.FromResult(subscriber.All.Count == 2));
        var received = subscriber.All[1];
        Assert.That((received.Method, received.Path, received.ContentType), Is.EqualTo(("PUT", $"/hook/Observation/{id}", "application/fhir+json; charset=utf-8")));
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(received.Body), (await Node.GetAsync($"Observation/{id}")).Json));
        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That(book.Reads.Count(read => read.Person == "Dr Payload" && read.Level == ReadLevel.Opened), Is.EqualTo(1));
    }

    [Test]
    public async Task Tells_nothing_that_a_search_within_its_scopes_would_not()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Scoped");
        (string, string)[] scoped = [("X-Acting-Person", "Lab"), ("X-Acting-Scope", "system/Subscription.cruds system/Observation.rs?category=laboratory")];
        await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}", "application/fhir+json"), scoped);
        await Node.KeepAsync(Resources.Observation(patient, category: "vital-signs"));
        var seen = await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("it is told", () => Task.FromResult(subscriber.All.Count >= 2));
        Assert.That(subscriber.All.Skip(1).Select(received => received.Path), Is.EqualTo(new[] { $"/hook/Observation/{seen}" }));

        // Of a type that is not open to it there is no subscription at all.
        (await Node.CreateAsync(subscriber.Subscription("Condition"), scoped)).AssertIsOutcome(403);
    }

    [Test]
    public async Task Is_its_owners_alone()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var id = await SubscribeAsync(subscriber.Subscription("Observation?code=owned", null, "Authorization: Bearer secret"));
        foreach (var stranger in (IReadOnlyList<(string, string)[]>)[Other, [.. Ward, ("X-Purpose-Of-Use", "HPAYMT")], [.. Ward, ("X-Acting-Scope", "system/Subscription.cruds system/Observation.rs")], [.. Ward, ("X-Acting-Role", "nurse")]])
        {
            var foreign = await Node.GetAsync($"Subscription/{id}", stranger);
            var never = await Node.GetAsync($"Subscription/s-{new string('0', 32)}", stranger);
            foreign.AssertIsOutcome(404);
            Assert.That(foreign.Text, Is.EqualTo(never.Text));
            Assert.That((await Node.GetAsync("Subscription", stranger)).Ids, Has.No.Member(id));
            (await Node.UpdateAsync(subscriber.Subscription("Observation").With("id", id), stranger)).AssertIsOutcome(404);
            Assert.That((await Node.DeleteAsync($"Subscription/{id}", stranger)).Status, Is.EqualTo(204));
        }

        Assert.That((await Node.GetAsync("Subscription?status=active", Ward)).Ids, Has.Member(id));
        Assert.That((await Node.DeleteAsync($"Subscription/{id}", Ward)).Status, Is.EqualTo(204));
        (await Node.GetAsync($"Subscription/{id}", Ward)).AssertIsOutcome(404);
        Assert.That(Node.Process.Output, Does.Not.Contain("secret"));
    }

    [Test]
    public async Task An_endpoint_that_fails_makes_it_error_then_off_and_a_request_makes_it_begin_anew()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Failing");
        var id = await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}"));
        subscriber.FailOnceThenHold(307);
        await Node.KeepAsync(Resources.Observation(patient));
        await StatusBecomesAsync(id, "error");
        Assert.That((string?)(await Node.GetAsync($"Subscription/{id}", Ward)).Json["error"], Does.Contain("307"));
        subscriber.Release();
        await StatusBecomesAsync(id, "off");
        Assert.That(subscriber.All.Select(received => received.Path), Is.All.EqualTo("/hook"), "no redirect is followed");
        subscriber.Status = 200;
        var before = subscriber.All.Count;
        Assert.That((await Node.UpdateAsync(subscriber.Subscription($"Observation?patient={patient}").With("id", id), Ward)).Status, Is.EqualTo(200));
        await StatusBecomesAsync(id, "active");
        await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("it is told", () => Task.FromResult(subscriber.All.Count == before + 2));
    }

    [Test]
    public async Task One_that_recovers_becomes_active_and_has_missed_nothing()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Recovers");
        var id = await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}", "application/fhir+json"));
        subscriber.FailOnceThenHold(500);
        var first = await Node.KeepAsync(Resources.Observation(patient));
        await StatusBecomesAsync(id, "error");
        var second = await Node.KeepAsync(Resources.Observation(patient));
        subscriber.Status = 200;
        subscriber.Release();
        await StatusBecomesAsync(id, "active");
        await Eventually.BecomesTrueAsync("both are told", () => Task.FromResult(
            subscriber.All.Select(received => received.Path).Distinct().Order().SequenceEqual(new[] { "/hook", $"/hook/Observation/{first}", $"/hook/Observation/{second}" }.Order())));
        Assert.That((await Node.GetAsync($"Subscription/{id}", Ward)).Json["error"], Is.Null);
    }

    [Test]
    public async Task What_is_deleted_or_matches_no_more_is_not_told()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Gone");
        var id = await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}&code=718-7", "application/fhir+json"));
        subscriber.FailOnceThenHold(500);
        var deleted = await Node.KeepAsync(Resources.Observation(patient));
        await StatusBecomesAsync(id, "error");
        var changed = await Node.KeepAsync(Resources.Observation(patient));
        Assert.That((await Node.DeleteAsync($"Observation/{deleted}")).Status, Is.EqualTo(204));
        Assert.That((await Node.UpdateAsync(Resources.Observation(patient, "other").With("id", changed))).Status, Is.EqualTo(200));
        var kept = await Node.KeepAsync(Resources.Observation(patient));
        subscriber.Status = 200;
        var before = subscriber.All.Count;
        subscriber.Release();
        await Eventually.BecomesTrueAsync("the last is told", () => Task.FromResult(subscriber.All.Any(received => received.Path.EndsWith(kept, StringComparison.Ordinal))));
        Assert.That(subscriber.All.Skip(before).Select(received => received.Path), Has.None.Contains(deleted).And.None.Contains(changed));
    }

    [Test]
    public async Task What_nobody_has_taken_yet_survives_a_kill()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Survives");
        var subscription = await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}", "application/fhir+json"));
        subscriber.Hold();
        var id = await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("it is on its way", () => Task.FromResult(subscriber.All.Count == 2));
        Node.Kill();
        subscriber.Release();
        await Node.StartAsync();
        await Eventually.BecomesTrueAsync("it is told after the start", () => Task.FromResult(subscriber.All.Count(received => received.Path == $"/hook/Observation/{id}") >= 2));
        await StatusBecomesAsync(subscription, "active");
    }

    [TestCase("Observation?subject:Patient.name=Ada")]
    [TestCase("Observation?_include=Observation:subject")]
    [TestCase("Observation?_count=1")]
    [TestCase("Observation?_sort=date")]
    [TestCase("Observation?_summary=count")]
    [TestCase("Patient?_has:Observation:patient:code=1")]
    [TestCase("Observation?nothing=1")]
    [TestCase("Nothing?_id=1")]
    public async Task Refuses_a_criteria_that_is_more_than_a_search_of_one_type(string criteria)
    {
        await using var subscriber = await Subscriber.StartAsync();
        (await Node.CreateAsync(subscriber.Subscription(criteria), Ward)).AssertIsOutcome(422);
        Assert.That(subscriber.All, Is.Empty);
    }

    [TestCase("http://192.0.2.1/hook")]
    [TestCase("ftp://127.0.0.1/hook")]
    [TestCase("https://user:secret@127.0.0.1/hook")]
    [TestCase("hook")]
    public async Task Refuses_an_endpoint_that_others_could_listen_to(string endpoint)
    {
        await using var subscriber = await Subscriber.StartAsync();
        var subscription = subscriber.Subscription("Observation");
        subscription["channel"]!["endpoint"] = endpoint;
        (await Node.CreateAsync(subscription, Ward)).AssertIsOutcome(422);
    }

    [TestCase("https://10.1.2.3/hook")]
    [TestCase("https://169.254.169.254/latest/meta-data")]
    [TestCase("https://0xC0A80001/hook")]
    [TestCase("https://[::ffff:172.16.0.1]/hook")]
    [TestCase("https://[fd00::1]/hook")]
    [TestCase("https://[64:ff9b::a01:203]/hook")]
    public async Task Refuses_an_endpoint_in_a_network_that_the_operator_has_not_named(string endpoint)
    {
        await using var subscriber = await Subscriber.StartAsync();
        var subscription = subscriber.Subscription("Observation");
        subscription["channel"]!["endpoint"] = endpoint;
        var reply = await Node.CreateAsync(subscription, Ward);
        reply.AssertIsOutcome(422);
        Assert.That(reply.Text, Does.Contain("internal network"));
    }

    [TestCase("Host: elsewhere")]
    [TestCase("Content-Length: 3")]
    [TestCase("no colon")]
    [TestCase("X-Split: a\r\nX-Other: b")]
    public async Task Refuses_a_header_that_is_not_the_subscribers_to_say(string header)
    {
        await using var subscriber = await Subscriber.StartAsync();
        (await Node.CreateAsync(subscriber.Subscription("Observation", null, header), Ward)).AssertIsOutcome(422);
    }

    [Test]
    public async Task Is_made_once_by_a_condition_that_finds_the_callers_own_alone()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var subscription = subscriber.Subscription("Observation?code=once").With("status", "off");
        var condition = ("If-None-Exist", "criteria=Observation?code=once");
        var made = await Node.CreateAsync(subscription, [.. Ward, condition]);
        var again = await Node.CreateAsync(subscription, [.. Ward, condition]);
        Assert.That((made.Status, again.Status, again.Id), Is.EqualTo((201, 200, made.Id)), again.Text);
        Assert.That((await Node.CreateAsync(subscription, [.. Other, condition])).Status, Is.EqualTo(201));
        Assert.That((await Node.CreateAsync(subscription, Ward)).Status, Is.EqualTo(201));
        (await Node.CreateAsync(subscription, [.. Ward, condition])).AssertIsOutcome(412);
        (await Node.CreateAsync(subscription, [.. Ward, ("If-None-Exist", "nothing=1")])).AssertIsOutcome(400);
    }

    [Test]
    public async Task A_caller_has_no_more_than_fifty()
    {
        await using var subscriber = await Subscriber.StartAsync();
        (string, string)[] greedy = [("X-Acting-Person", "Greedy")];
        var subscription = subscriber.Subscription("Observation").With("status", "off");
        var made = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Node.CreateAsync(subscription, greedy)));
        Assert.That(made.Select(reply => reply.Status), Is.All.EqualTo(201));
        (await Node.CreateAsync(subscription, greedy)).AssertIsOutcome(429);
        Assert.That((await Node.CreateAsync(subscription, Other)).Status, Is.EqualTo(201), "another caller may");
        Assert.That((await Node.DeleteAsync($"Subscription/{made[0].Id}", greedy)).Status, Is.EqualTo(204));
        Assert.That((await Node.CreateAsync(subscription, greedy)).Status, Is.EqualTo(201));
    }

    /// <summary>With each set of scopes that it asks for, a client is another caller: it does not fill by that what all share.</summary>
    [Test]
    public async Task A_client_has_no_more_than_half_of_what_all_may_have_under_whatever_scopes()
    {
        await using var subscriber = await Subscriber.StartAsync();
        using var greedy = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(greedy);
        var subscription = subscriber.Subscription("Observation").With("status", "off");
        var made = new List<int>();
        foreach (var type in (string[])["Account", "Basic", "Claim", "Device", "Encounter", "Flag", "Goal", "Group", "List", "Media", "Task"])
        {
            var token = (await greedy.AskAsync(Node, $"system/Subscription.cruds system/Observation.rs system/{type}.rs")).Token;
            made.AddRange((await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Node.CreateAsync(subscription, ("Authorization", $"Bearer {token}"))))).Select(reply => reply.Status));
        }

        Assert.That(made, Is.EqualTo(Enumerable.Repeat(201, 500).Concat(Enumerable.Repeat(429, 50))));
        Assert.That((await Node.CreateAsync(subscription, Other)).Status, Is.EqualTo(201), "another client may");
    }

    [Test]
    public async Task Is_off_when_its_end_has_come()
    {
        await using var subscriber = await Subscriber.StartAsync();
        await using var ending = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Ending");
        var criteria = $"Observation?patient={patient}";
        await SubscribeAsync(subscriber.Subscription(criteria));
        var over = await Node.CreateAsync(ending.Subscription(criteria).With("end", "2020-01-01T00:00:00Z"), Ward);
        await StatusBecomesAsync(over.Id, "off");

        // Also where nothing comes that it would be told of.
        var later = await Node.CreateAsync(ending.Subscription(criteria).With("end", DateTimeOffset.UtcNow.AddSeconds(1).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture)), Ward);
        await StatusBecomesAsync(later.Id, "off");
        Assert.That((await Node.GetAsync($"Subscription/{later.Id}", Ward)).Json["error"], Is.Null);
        var before = ending.All.Count;
        await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("the other is told", () => Task.FromResult(subscriber.All.Count == 2));
        Assert.That(ending.All, Has.Count.EqualTo(before));
    }

    [Test]
    public async Task Ends_with_its_client()
    {
        await using var subscriber = await Subscriber.StartAsync();
        await using var ended = await Subscriber.StartAsync();
        var patient = await Node.RegisterPatientAsync("Client");
        using var client = TestClient.WithEllipticCurve();
        await Node.RegisterAsync(client);
        var token = ("Authorization", $"Bearer {(await client.AskAsync(Node, "system/Subscription.cruds system/Observation.rs")).Token}");
        Assert.That((await Node.CreateAsync(ended.Subscription($"Observation?patient={patient}"), token)).Status, Is.EqualTo(201));
        await SubscribeAsync(subscriber.Subscription($"Observation?patient={patient}"));
        await Node.KeepAsync(Resources.Observation(patient));
        await Eventually.BecomesTrueAsync("both are told", () => Task.FromResult(subscriber.All.Count == 2 && ended.All.Count == 2));

        Assert.That((await Node.OperateAsync(HttpMethod.Delete, $"/operator/clients/{client.Id}")).Status, Is.EqualTo(200));
        for (var told = 3; told <= 4; told++)
        {
            await Node.KeepAsync(Resources.Observation(patient));
            await Eventually.BecomesTrueAsync("the other is told", () => Task.FromResult(subscriber.All.Count == told));
        }

        Assert.That(ended.All, Has.Count.EqualTo(2));
    }

    [TestCase("Observation", "", null)]
    [TestCase("Observation?subject:Patient.name=Ada", "", "no chains")]
    [TestCase("Observation?_tag=urn:ehrledger:tag|foreign", "application/fhir+json", "without a payload")]
    [TestCase("Condition", "", "scopes")]
    public async Task Validate_says_what_a_create_would(string criteria, string payload, string? wrong)
    {
        await using var subscriber = await Subscriber.StartAsync();
        (string, string)[] scoped = [.. Ward, ("X-Acting-Scope", "system/Subscription.cruds system/Observation.rs")];
        var subscription = subscriber.Subscription(criteria, payload.Length == 0 ? null : payload);
        var said = await Node.CallAsync(HttpMethod.Post, "/fhir/Subscription/$validate?mode=create", subscription.ToJsonString(), scoped);
        Assert.That((said.Status, (string?)said.Json["issue"]![0]!["severity"]), Is.EqualTo((200, wrong is null ? "information" : "error")), said.Text);
        var created = await Node.CreateAsync(subscription, scoped);
        Assert.That(created.Status, wrong is null ? Is.EqualTo(201) : Is.EqualTo(422).Or.EqualTo(403));
        Assert.That(said.Text, Does.Contain(wrong ?? "Nothing is wrong"));
        Assert.That(created.Text, wrong is null ? Is.Not.Empty : Is.EqualTo(said.Text));
    }

    [Test]
    public async Task Is_no_entry_of_a_Bundle()
    {
        await using var subscriber = await Subscriber.StartAsync();
        var reply = await Node.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("POST", "Subscription", subscriber.Subscription("Observation"))), Ward);
        reply.AssertIsOutcome(422);
    }

    [TestCase("code=718-7")]
    [TestCase("patient=Patient/1&code=718-7")]
    [TestCase("patient=Patient/1&patient=Patient/2")]
    [TestCase("performer=Practitioner/1")]
    public async Task Refuses_a_criteria_that_would_have_to_open_granted_records(string beside)
    {
        await using var subscriber = await Subscriber.StartAsync();
        (await Node.CreateAsync(subscriber.Subscription($"Observation?_tag=urn:ehrledger:tag|foreign&{beside}"), Ward)).AssertIsOutcome(422);
    }

    [Test]
    public async Task Refuses_a_payload_and_scopes_that_look_into_records()
    {
        await using var subscriber = await Subscriber.StartAsync();
        const string Criteria = "Observation?_tag=urn:ehrledger:tag|foreign";
        (await Node.CreateAsync(subscriber.Subscription(Criteria, "application/fhir+json"), Ward)).AssertIsOutcome(422);
        (await Node.CreateAsync(subscriber.Subscription(Criteria), [.. Ward, ("X-Acting-Scope", "system/Subscription.cruds system/Observation.rs?category=laboratory")])).AssertIsOutcome(403);
    }

    private async Task<string> SubscribeAsync(JsonObject subscription, (string, string)[]? caller = null)
    {
        var reply = await Node.CreateAsync(subscription, caller ?? Ward);
        Assert.That(reply.Status, Is.EqualTo(201), reply.Text);
        await StatusBecomesAsync(reply.Id, "active", caller);
        return reply.Id;
    }

    private Task StatusBecomesAsync(string id, string status, (string, string)[]? caller = null) => Eventually.BecomesTrueAsync(
        $"it is {status}", async () => (string?)(await Node.GetAsync($"Subscription/{id}", caller ?? Ward)).Json["status"] == status);
}
