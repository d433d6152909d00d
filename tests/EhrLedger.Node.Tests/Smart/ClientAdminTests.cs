using System.Net;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>What an operator does with clients, through the socket and the CLI.</summary>
public sealed class ClientAdminTests
{
    private TestConsortium _consortium = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync(1);

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task The_socket_is_its_owner_s_and_answers_nothing_else()
    {
        Assert.That(OperatingSystem.IsWindows() || File.GetUnixFileMode(Node.AdminSocket) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That((await Node.OperateAsync(HttpMethod.Get, "/operator/clients")).Status, Is.EqualTo(200));
        Assert.That((await Node.OperateAsync(HttpMethod.Get, "/fhir/metadata")).Status, Is.EqualTo(404));
        Assert.That((await Node.OperateAsync(HttpMethod.Post, "/auth/token")).Status, Is.EqualTo(404));
        using var outside = await Node.Client.GetAsync("/operator/clients");
        Assert.That(outside.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task The_first_client_is_for_development_and_its_key_for_the_owner()
    {
        var (_, clients) = await Node.OperateAsync(HttpMethod.Get, "/operator/clients");
        Assert.That(clients!.AsArray().Select(client => (string?)client!["id"]), Does.Contain("development"));
        Assert.That(OperatingSystem.IsWindows() || File.GetUnixFileMode(Node.ClientKeyFile) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(clients.ToJsonString(), Does.Not.Contain((string)JsonNode.Parse(await File.ReadAllTextAsync(Node.ClientKeyFile))!["d"]!));
    }

    [Test]
    public async Task The_command_line_adds_lists_and_revokes()
    {
        using var client = TestClient.WithRsa();
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder["keys.json"], client.KeySet.ToJsonString());
        var added = await Cli.CliProcess.RunAsync(
            "client", "add", "--socket", Node.AdminSocket, "--name", "Laboratory", "--jwks", folder["keys.json"], "--scope", "system/Observation.cu", "--purpose", "TREAT,HOPERAT");
        Assert.That(added.ExitCode, Is.Zero, added.Error);
        client.Id = added.Output.Trim();
        Assert.That((await client.AskAsync(Node, "system/Observation.cu")).Status, Is.EqualTo(200));
        Assert.That((await Cli.CliProcess.RunAsync("client", "list", "--socket", Node.AdminSocket)).Output, Does.Contain($"{client.Id}  active   Laboratory  system/Observation.cu  TREAT,HOPERAT  keys rsa"));
        Assert.That((await Cli.CliProcess.RunAsync("client", "revoke", client.Id, "--socket", Node.AdminSocket)).ExitCode, Is.Zero);
        Assert.That((await client.AskAsync(Node, "system/Observation.cu")).Error, Is.EqualTo("invalid_client"));
        Assert.That((await Cli.CliProcess.RunAsync("client", "revoke", client.Id, "--socket", Node.AdminSocket)).ExitCode, Is.EqualTo(1));
        Assert.That((await Cli.CliProcess.RunAsync("client", "list", "--socket", folder["nothing.sock"])).ExitCode, Is.EqualTo(3));
    }

    [Test]
    public async Task The_command_line_gets_a_token_that_curl_can_use()
    {
        var run = await Cli.CliProcess.RunAsync("client", "token", Node.Endpoint, "--key", Node.ClientKeyFile, "--purpose", "TREAT", "--person", "Dr Li");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That((await Node.GetWithAsync("Practitioner", run.Output.Trim())).Status, Is.EqualTo(200));
        Assert.That((await Cli.CliProcess.RunAsync("client", "token", Node.Endpoint, "--key", Node.ClientKeyFile, "--scope", "user/*.rs")).ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task New_keys_take_the_place_of_the_old_ones()
    {
        using var before = TestClient.WithEllipticCurve("before");
        using var after = TestClient.WithEllipticCurve("after");
        await Node.RegisterAsync(before);
        after.Id = before.Id;
        Assert.That((await Node.OperateAsync(HttpMethod.Put, $"/operator/clients/{before.Id}/keys", new JsonObject { ["jwks"] = after.KeySet })).Status, Is.EqualTo(200));
        Assert.That((await before.AskAsync(Node, "system/*.rs")).Error, Is.EqualTo("invalid_client"));
        Assert.That((await after.AskAsync(Node, "system/*.rs")).Status, Is.EqualTo(200));
    }

    [TestCase("""{"name":"","scope":"system/*.rs","jwksUrl":"https://keys.example/"}""")]
    [TestCase("""{"name":"A","scope":"","jwksUrl":"https://keys.example/"}""")]
    [TestCase("""{"name":"A","scope":"user/*.rs","jwksUrl":"https://keys.example/"}""")]
    [TestCase("""{"name":"A","scope":"system/*.rs"}""")]
    [TestCase("""{"name":"A","scope":"system/*.rs","jwksUrl":"http://keys.example/"}""")]
    [TestCase("""{"name":"A","scope":"system/*.rs","jwksUrl":"file:///keys"}""")]
    [TestCase("""{"name":"A","scope":"system/*.rs","jwks":{"keys":[]}}""")]
    [TestCase("""{"name":"A","scope":"system/*.rs","jwks":{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}}""")]
    [TestCase("""{"name":"A","scope":"system/*.rs","jwksUrl":"https://keys.example/","purposes":["because"]}""")]
    public async Task Refuses_to_register(string body) => Assert.That((await Node.OperateAsync(HttpMethod.Post, "/operator/clients", JsonNode.Parse(body)!.AsObject())).Status, Is.EqualTo(422));

    [TestCase("""{"name":"A","scopes":"system/*.rs"}""")]
    [TestCase("""[1]""")]
    public async Task Can_t_read(string body) =>
        Assert.That((await Node.OperateAsync(HttpMethod.Post, "/operator/clients", JsonNode.Parse(body) as JsonObject ?? new JsonObject { ["x"] = 1 })).Status, Is.EqualTo(400));

    [Test]
    public async Task Fetches_keys_and_again_for_one_that_it_lacks_but_once_a_minute()
    {
        using var first = TestClient.WithEllipticCurve("first");
        using var second = TestClient.WithEllipticCurve("second");
        await using var publisher = await Publisher.StartAsync(first.KeySet);
        await Node.RegisterAsync(first, jwksUrl: publisher.Url);
        second.Id = first.Id;
        Assert.That((await first.AskAsync(Node, "system/*.rs")).Status, Is.EqualTo(200));
        Assert.That((await first.AskAsync(Node, "system/*.rs")).Status, Is.EqualTo(200));
        publisher.Keys = second.KeySet;
        Assert.That((await second.AskAsync(Node, "system/*.rs")).Error, Is.EqualTo("invalid_client"));
        Assert.That(publisher.Fetches, Is.EqualTo(1));
        var header = first.Header.With("jku", publisher.Url);
        Assert.That((await Node.AskForTokenAsync(first.Sign(header, first.ClaimsFor(Node)), "system/*.rs")).Status, Is.EqualTo(200));
    }

    [TestCase("redirect")]
    [TestCase("huge")]
    [TestCase("error")]
    [TestCase("private")]
    public async Task Takes_no_keys_of_an_address_that(string does)
    {
        using var client = TestClient.WithEllipticCurve();
        await using var publisher = await Publisher.StartAsync(client.KeySet, does);
        await Node.RegisterAsync(client, jwksUrl: publisher.Url);
        Assert.That((await client.AskAsync(Node, "system/*.rs")).Error, Is.EqualTo("invalid_client"));
    }

    [Test]
    public async Task A_client_that_asks_too_often_waits_and_no_other_does()
    {
        using var consortium = await TestConsortium.StartAsync(1, settings: ["--shared-types", "none", "--client-rate", "1", "--token-rate", "1"]);
        using var hasty = TestClient.WithEllipticCurve();
        using var calm = TestClient.WithEllipticCurve();
        var node = consortium.Sequencer;
        await node.RegisterAsync(hasty);
        await node.RegisterAsync(calm);
        var token = (await hasty.AskAsync(node, "system/*.rs")).Token;
        var replies = new List<FhirReply>();
        for (var i = 0; i < 500 && replies.LastOrDefault()?.Status != 429; i++)
        {
            replies.Add(await node.GetWithAsync("Practitioner", token));
        }

        replies[^1].AssertIsOutcome(429);
        Assert.That(replies[^1].RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        Assert.That((await node.GetWithAsync("Practitioner", (await calm.AskAsync(node, "system/*.rs")).Token)).Status, Is.EqualTo(200));
        TokenReply? asked = null;
        for (var i = 0; i < 500 && asked?.Status != 429; i++)
        {
            asked = await hasty.AskAsync(node, "system/*.rs");
        }

        Assert.That(asked!.Status, Is.EqualTo(429));
    }

    /// <summary>A client's own server, with its public keys.</summary>
    private sealed class Publisher : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Publisher(WebApplication app, JsonObject keys) => (_app, Keys) = (app, keys);

        public JsonObject Keys { get; set; }

        public int Fetches { get; private set; }

        public string Url => _app.Urls.Single() + "/keys";

        public static async Task<Publisher> StartAsync(JsonObject keys, string does = "")
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var publisher = new Publisher(app, keys);
            app.MapGet("/keys", () => publisher.Answer(does));
            app.MapGet("/elsewhere", () => Results.Text(keys.ToJsonString()));
            await app.StartAsync();
            return publisher;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private IResult Answer(string does)
        {
            Fetches++;
            var text = Keys.ToJsonString();
            return does switch
            {
                "redirect" => Results.Redirect("/elsewhere"),
                "huge" => Results.Text(text + new string(' ', 70_000)),
                "error" => Results.Text(text, statusCode: 500),
                "private" => Results.Text(text.Replace("\"kty\"", "\"d\":\"AAAA\",\"kty\"", StringComparison.Ordinal)),
                _ => Results.Text(text, "application/json"),
            };
        }
    }
}
