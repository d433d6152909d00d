using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Messaging.Envelopes;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests.Messaging;
using NUnit.Framework;
using Received = EhrLedger.Messaging.Agents.Received;

namespace EhrLedger.Node.Tests.Agents;

/// <summary>The node's agent over HTTP: what is refused and how, return route, mailbox, mediation.</summary>
public sealed class AgentWireTests
{
    private TestConsortium _consortium = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task Start() => _consortium = await TestConsortium.StartAsync(1);

    [OneTimeTearDown]
    public void End() => _consortium.Dispose();

    [TestCase("application/json", "{}", 415, "not-an-envelope")]
    [TestCase(Envelope.MediaType, "{}", 400, "malformed")]
    [TestCase(Envelope.OlderMediaType, "[", 400, "malformed")]
    public async Task What_is_no_envelope_is_a_problem(string type, string body, int status, string code)
    {
        using var response = await PostAsync(Encoding.UTF8.GetBytes(body), type);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That((string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["type"], Is.EqualTo("urn:ehrledger:" + code));
    }

    [Test]
    public async Task What_is_too_large_is_a_problem()
    {
        using var response = await PostAsync(new byte[Envelope.MostBytes + 1]);
        Assert.That((int)response.StatusCode, Is.EqualTo(413));
    }

    [Test]
    public async Task What_does_not_open_gets_one_answer_whatever_the_reason()
    {
        var invitation = await InviteAsync();
        var ours = Ed25519PublicKey.FromDidKey(invitation.Services![0].GetProperty("recipientKeys")[0].GetString()!)!.Value;
        using var stranger = Ed25519PrivateKey.Generate();
        var message = MessageCodec.Encode(new TrustPing());
        var toOurs = Envelope.Pack(message, ours, stranger);
        var broken = JsonNode.Parse(toOurs)!;
        broken["tag"] = "AAAAAAAAAAAAAAAAAAAAAA";
        byte[][] wrong = [Envelope.Pack(message, stranger.Public, stranger), toOurs, Envelope.Pack(message, ours, null), Encoding.UTF8.GetBytes(broken.ToJsonString())];
        var answers = new HashSet<string>();
        foreach (var envelope in wrong)
        {
            using var response = await PostAsync(envelope);
            answers.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }

        Assert.That(answers, Has.Count.EqualTo(1));
        Assert.That(answers.Single(), Does.StartWith("404").And.Contain("envelope-not-opened"));
    }

    [Test]
    public async Task Who_has_no_endpoint_picks_up_what_waited()
    {
        using var phone = new AgentInMemory("phone");
        var connection = await ConnectAsync(phone);
        var id = await IdOfAsync(connection);
        foreach (var text in (string[])["one", "two", "three"])
        {
            using var content = JsonContent.Create(new { content = text });
            using var sent = await Node.Client.PostAsync($"/admin/agent/connections/{id}/messages", content);
            Assert.That((int)sent.StatusCode, Is.EqualTo(202));
        }

        Assert.That(((PickupStatus)(await SendAsync(phone, connection, new PickupStatusRequest()))!).MessageCount, Is.EqualTo(3));
        var delivery = (PickupDelivery)(await SendAsync(phone, connection, new PickupDeliveryRequest { Limit = 2 }))!;
        Assert.That(await TextsAsync(phone, delivery), Is.EqualTo(new[] { "one", "two" }));
        Assert.That(((PickupStatus)(await SendAsync(phone, connection, new PickupStatusRequest()))!).MessageCount, Is.EqualTo(3), "what is not acknowledged stays");
        Assert.That(((PickupStatus)(await SendAsync(phone, connection, new PickupReceived { MessageIds = [.. delivery.Attachments.Select(one => one.Id!)] }))!).MessageCount, Is.EqualTo(1));
        Assert.That(await TextsAsync(phone, (PickupDelivery)(await SendAsync(phone, connection, new PickupDeliveryRequest { Limit = 2 }))!), Is.EqualTo(new[] { "three" }));
        Assert.That(await SendAsync(phone, connection, new PickupLiveDelivery { LiveDelivery = true }), Is.InstanceOf<ProblemReport>());
    }

    [Test]
    public async Task Nobody_picks_up_what_waits_for_another()
    {
        using var phone = new AgentInMemory("phone");
        using var other = new AgentInMemory("other");
        var connection = await ConnectAsync(phone);
        var others = await ConnectAsync(other);
        using var content = JsonContent.Create(new { content = "private" });
        using var sent = await Node.Client.PostAsync($"/admin/agent/connections/{await IdOfAsync(connection)}/messages", content);
        Assert.That(await SendAsync(other, others, new PickupDeliveryRequest { Limit = 10, RecipientKey = connection.OwnKey }), Is.InstanceOf<PickupStatus>().With.Property("MessageCount").Zero);
        var held = (PickupDelivery)(await SendAsync(phone, connection, new PickupDeliveryRequest { Limit = 10 }))!;
        await SendAsync(other, others, new PickupReceived { MessageIds = [held.Attachments[0].Id!] });
        Assert.That(((PickupStatus)(await SendAsync(phone, connection, new PickupStatusRequest()))!).MessageCount, Is.EqualTo(1));
    }

    [Test]
    public async Task Others_leave_messages_for_a_key_that_is_listed_and_for_no_other()
    {
        using var phone = new AgentInMemory("phone");
        var connection = await ConnectAsync(phone);
        var grant = (MediateGrant)(await SendAsync(phone, connection, new MediateRequest()))!;
        var routing = Ed25519PublicKey.FromDidKey(grant.RoutingKeys.Single())!.Value;
        using var listed = Ed25519PrivateKey.Generate();
        using var unlisted = Ed25519PrivateKey.Generate();
        var update = new KeylistUpdate { Updates = [new KeylistChange(listed.Public.ToDidKey(), "add"), new KeylistChange("nonsense", "add")] };
        Assert.That(((KeylistUpdateResponse)(await SendAsync(phone, connection, update))!).Updated.Select(one => one.Result), Is.EqualTo(new[] { "success", "client_error" }));
        foreach (var key in (Ed25519PublicKey[])[listed.Public, unlisted.Public])
        {
            var inner = JsonNode.Parse(Envelope.Pack(MessageCodec.Encode(new TrustPing()), key, null))!;
            var forward = new Forward { To = key.ToDidKey(), Message = System.Text.Json.JsonSerializer.SerializeToElement(inner) };
            using var response = await PostAsync(Envelope.Pack(MessageCodec.Encode(forward), routing, null));
            Assert.That((int)response.StatusCode, Is.EqualTo(202));
        }

        var delivery = (PickupDelivery)(await SendAsync(phone, connection, new PickupDeliveryRequest { Limit = 10, RecipientKey = listed.Public.ToDidKey() }))!;
        var envelope = Envelope.TryParse(Encoding.UTF8.GetBytes(delivery.Attachments.Single().Data.Json!.Value.GetRawText()))!;
        Assert.That(MessageCodec.TryParse(envelope.Open(listed)!.Message), Is.InstanceOf<TrustPing>());
        Assert.That(((Keylist)(await SendAsync(phone, connection, new KeylistQuery()))!).Keys.Select(key => key.RecipientKey), Is.EqualTo(new[] { listed.Public.ToDidKey() }));
    }

    [Test]
    public async Task What_it_does_not_understand_it_says()
    {
        using var phone = new AgentInMemory("phone");
        var connection = await ConnectAsync(phone);
        Assert.That(await SendAsync(phone, connection, new TrustPing()), Is.InstanceOf<TrustPingResponse>());
        using var key = phone.Derive(connection.KeyName);
        var strange = """{"@type":"https://didcomm.org/tea_ceremony/1.0/cup","@id":"7","~transport":{"return_route":"all"}}""";
        var node = Ed25519PublicKey.FromBytes(Base58.Decode(connection.TheirKeys[0], 32));
        using var response = await PostAsync(Envelope.Pack(Encoding.UTF8.GetBytes(strange), node, key));
        var heard = (Received.Heard)await phone.Agent.ReceiveAsync(await response.Content.ReadAsByteArrayAsync(), default);
        Assert.That(heard.Message, Is.InstanceOf<ProblemReport>().With.Property("ThreadId").EqualTo("7"));
    }

    private async Task<Connection> ConnectAsync(AgentInMemory phone)
    {
        var (connection, request) = (await phone.Agent.AcceptAsync(await InviteAsync(), "node", null, default))!.Value;
        using var response = await PostAsync(request.Envelope);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo(Envelope.MediaType));
        var heard = (Received.Heard)await phone.Agent.ReceiveAsync(await response.Content.ReadAsByteArrayAsync(), default);
        using var complete = await PostAsync(heard.Answers.Single().Envelope);
        Assert.That((int)complete.StatusCode, Is.EqualTo(202));
        Assert.That(heard.Connection!.Id, Is.EqualTo(connection.Id));
        return heard.Connection;
    }

    private async Task<AgentMessage?> SendAsync(AgentInMemory phone, Connection connection, AgentMessage message)
    {
        using var response = await PostAsync(phone.Agent.Pack(connection, message).Envelope);
        var back = await response.Content.ReadAsByteArrayAsync();
        return back.Length == 0 ? null : ((Received.Heard)await phone.Agent.ReceiveAsync(back, default)).Message;
    }

    private static async Task<List<string>> TextsAsync(AgentInMemory phone, PickupDelivery delivery)
    {
        var texts = new List<string>();
        foreach (var attachment in delivery.Attachments)
        {
            var heard = (Received.Heard)await phone.Agent.ReceiveAsync(Encoding.UTF8.GetBytes(attachment.Data.Json!.Value.GetRawText()), default);
            texts.Add(((BasicMessage)heard.Message).Content);
        }

        return texts;
    }

    private async Task<Invitation> InviteAsync()
    {
        using var content = JsonContent.Create(new { });
        using var response = await Node.Client.PostAsync("/admin/agent/invitations", content);
        return (Invitation)MessageCodec.TryParse(await response.Content.ReadAsByteArrayAsync())!;
    }

    private async Task<string> IdOfAsync(Connection connection) =>
        (string)(await Node.Client.GetFromJsonAsync<JsonArray>("/admin/agent/connections"))!.Single(one => (string?)one!["did"] == connection.OwnDid)!["id"]!;

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string type = Envelope.MediaType)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await Node.Client.PostAsync("/agent", content);
    }
}
