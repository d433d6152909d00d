using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Agents;

/// <summary>A node and an agent that nobody here wrote, over HTTP: invitations in both directions, DID exchange, trust ping, basic message.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class CredoTests
{
    private TestConsortium _consortium = null!;
    private CredoAgent _credo = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task Start()
    {
        _credo = await CredoAgent.StartAsync(CancellationToken.None);
        _consortium = await TestConsortium.StartAsync(1);
    }

    [OneTimeTearDown]
    public void End()
    {
        _credo?.Dispose();
        _consortium?.Dispose();
    }

    [Test]
    public async Task Credo_takes_the_nodes_invitation_and_they_talk()
    {
        var invitation = await PostAsync("/admin/agent/invitations", "{}");
        var theirs = (await _credo.AskAsync("accept", new JsonObject { ["invitation"] = invitation }))!;
        Assert.That((string?)theirs["state"], Is.EqualTo("completed"));
        Assert.That((string?)theirs["theirLabel"], Is.EqualTo(Node.Name));
        await TalkAsync((string)theirs["did"]!, (string)theirs["id"]!);
    }

    [Test]
    public async Task The_node_takes_Credos_invitation_and_they_talk()
    {
        var invited = (await _credo.AskAsync("invite"))!;
        await PostAsync("/admin/agent/invitations/accept", invited["invitation"]!.ToJsonString());
        JsonNode? theirs = null;
        await Eventually.BecomesTrueAsync("Credo is connected", async () =>
        {
            theirs = (await _credo.AskAsync("invited", new JsonObject { ["id"] = (string)invited["id"]! }))!.AsArray().SingleOrDefault(one => (string?)one!["state"] == "completed");
            return theirs is not null;
        });
        await TalkAsync((string)theirs!["did"]!, (string)theirs["id"]!);
    }

    private async Task TalkAsync(string theirDid, string theirConnection)
    {
        var ours = "";
        await Eventually.BecomesTrueAsync("the node is connected", async () =>
        {
            var connection = (await ConnectionsAsync()).SingleOrDefault(one => (string?)one!["did"] == theirDid);
            ours = (string?)connection?["id"] ?? "";
            return (string?)connection?["state"] == "completed";
        });

        var text = $"Grüezi {Guid.NewGuid()}";
        await PostAsync($"/admin/agent/connections/{ours}/messages", new JsonObject { ["content"] = text }.ToJsonString());
        await Eventually.BecomesTrueAsync("Credo has the text", async () => (await _credo.AskAsync("heard"))!["texts"]!.AsArray().Any(heard => (string?)heard == text));

        await PostAsync($"/admin/agent/connections/{ours}/ping", "");
        await Eventually.BecomesTrueAsync("Credo has answered the ping", async () => (await SaidAsync(ours)).Any(one => (string?)one!["what"] == "ping-answered"));

        var answer = $"你好 {Guid.NewGuid()}";
        await _credo.AskAsync("say", new JsonObject { ["connection"] = theirConnection, ["text"] = answer });
        await Eventually.BecomesTrueAsync("the node has the answer", async () => (await SaidAsync(ours)).Any(one => (string?)one!["what"] == "received" && (string?)one["text"] == answer));

        var pongs = (int)(await _credo.AskAsync("heard"))!["pongs"]!;
        await _credo.AskAsync("ping", new JsonObject { ["connection"] = theirConnection });
        await Eventually.BecomesTrueAsync("the node has answered the ping", async () => (int)(await _credo.AskAsync("heard"))!["pongs"]! == pongs + 1);
    }

    private async Task<JsonArray> ConnectionsAsync() => (await Node.Client.GetFromJsonAsync<JsonArray>("/admin/agent/connections"))!;

    private async Task<JsonArray> SaidAsync(string connection) => (await Node.Client.GetFromJsonAsync<JsonArray>($"/admin/agent/connections/{connection}/messages"))!;

    private async Task<JsonNode?> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Node.Client.PostAsync(path, content);
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.Accepted), body);
        return body.Length == 0 ? null : JsonNode.Parse(body);
    }
}
