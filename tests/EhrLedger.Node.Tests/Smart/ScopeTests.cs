using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>What of its wishes a backend service gets.</summary>
public sealed class ScopeTests
{
    private TestConsortium _consortium = null!;
    private TestClient _client = null!;
    private TestClient _desk = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        (_client, _desk) = (TestClient.WithEllipticCurve(), TestClient.WithEllipticCurve());
        await Node.RegisterAsync(_client, "system/Observation.rs system/Patient.cruds system/Condition.rs?category=problem-list-item", purposes: ["TREAT", "HPAYMT"]);
        await Node.RegisterAsync(_desk, "system/*.rs", namesPersons: true, purposes: ["HOPERAT"]);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _client?.Dispose();
        _desk?.Dispose();
        _consortium.Dispose();
    }

    [TestCase("system/Observation.rs", "system/Observation.rs")]
    [TestCase("system/Observation.r", "system/Observation.r")]
    [TestCase("system/Observation.cruds", "system/Observation.rs")]
    [TestCase("system/Observation.rs?category=laboratory", "system/Observation.rs?category=laboratory")]
    [TestCase("system/Observation.read", "system/Observation.rs")]
    [TestCase("system/Patient.write", "system/Patient.cud")]
    [TestCase("system/*.rs", "system/Observation.rs system/Patient.rs system/Condition.rs?category=problem-list-item")]
    [TestCase("system/Observation.rs system/Encounter.rs", "system/Observation.rs")]
    [TestCase("system/Condition.rs", "system/Condition.rs?category=problem-list-item")]
    public async Task Gives_what_was_asked_for_and_is_registered(string asked, string granted)
    {
        var reply = await _client.AskAsync(Node, asked);
        Assert.That(reply.Scope, Is.EqualTo(granted), reply.Json.ToJsonString());
        Assert.That(reply.Claims.GetPayloadValue<string>("scope"), Is.EqualTo(granted));
    }

    [TestCase("")]
    [TestCase("system/Encounter.rs")]
    [TestCase("system/Condition.rs?category=encounter-diagnosis")]
    [TestCase("system/Observation.sr")]
    [TestCase("system/Observation.")]
    [TestCase("system/Observation.rsx")]
    [TestCase("system/Observation.rs?code:in=http://example.org/set")]
    [TestCase("system/Observation.rs?patient.name=x")]
    [TestCase("system/Observation.rs?")]
    [TestCase("system/observation.rs")]
    [TestCase("user/Observation.rs")]
    [TestCase("patient/Observation.rs")]
    [TestCase("system/Observation.rs user/Observation.rs")]
    [TestCase("system/Observation.rs launch/patient")]
    [TestCase("system/Observation.rs openid fhirUser")]
    public async Task Refuses(string asked)
    {
        var reply = await _client.AskAsync(Node, asked);
        Assert.That((reply.Status, reply.Error), Is.EqualTo((400, "invalid_scope")), reply.Json.ToJsonString());
    }

    [Test]
    public async Task Gives_no_refresh_token()
    {
        var reply = await _client.AskAsync(Node, "system/Observation.rs offline_access");
        Assert.That((reply.Status, reply.Json.ContainsKey("access_token"), reply.Json.ContainsKey("refresh_token")), Is.EqualTo((400, false, false)));
    }

    [Test]
    public async Task Who_says_nothing_acts_in_its_own_name_for_its_usual_purpose()
    {
        var iua = ExtensionOf(await _client.AskAsync(Node, "system/Patient.r"));
        Assert.That(((string?)iua["subject_name"], (string?)iua["purpose_of_use"]![0]!["code"], iua["purpose_of_use"]!.AsArray().Count), Is.EqualTo(("Ward system", "TREAT", 1)));
    }

    [Test]
    public async Task A_client_reads_for_purposes_that_it_is_registered_for()
    {
        var iua = ExtensionOf(await _client.AskAsync(Node, "system/Patient.r", PurposeOf("HPAYMT")));
        Assert.That((string?)iua["purpose_of_use"]![0]!["code"], Is.EqualTo("HPAYMT"));
        Assert.That((await _client.AskAsync(Node, "system/Patient.r", PurposeOf("HRESCH"))).Error, Is.EqualTo("unauthorized_client"));
    }

    [Test]
    public async Task Only_a_client_that_is_registered_to_names_persons()
    {
        var named = new JsonObject { ["subject_name"] = "Dr Li", ["subject_role"] = new JsonArray(new JsonObject { ["code"] = "physician" }) };
        Assert.That((await _client.AskAsync(Node, "system/Patient.r", named.DeepClone().AsObject())).Error, Is.EqualTo("unauthorized_client"));
        var iua = ExtensionOf(await _desk.AskAsync(Node, "system/Patient.r", named));
        Assert.That(((string?)iua["subject_name"], (string?)iua["subject_role"]![0]!["code"], (string?)iua["purpose_of_use"]![0]!["code"]), Is.EqualTo(("Dr Li", "physician", "HOPERAT")));
    }

    [Test]
    public async Task A_name_has_at_most_200_bytes_and_a_role_100()
    {
        Assert.That((await _desk.AskAsync(Node, "system/Patient.r", new JsonObject { ["subject_name"] = new string('ä', 100), ["subject_role"] = new string('r', 100) })).Status, Is.EqualTo(200));
        Assert.That((await _desk.AskAsync(Node, "system/Patient.r", new JsonObject { ["subject_name"] = new string('ä', 101) })).Error, Is.EqualTo("invalid_client"));
        Assert.That((await _desk.AskAsync(Node, "system/Patient.r", new JsonObject { ["subject_role"] = new string('r', 101) })).Error, Is.EqualTo("invalid_client"));
    }

    private static JsonObject PurposeOf(string code) => new() { ["purpose_of_use"] = new JsonArray(new JsonObject { ["code"] = code }) };

    private static JsonObject ExtensionOf(TokenReply reply)
    {
        var payload = JsonNode.Parse(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(reply.Token.Split('.')[1]))!;
        return payload["extensions"]!["ihe_iua"]!.AsObject();
    }
}
