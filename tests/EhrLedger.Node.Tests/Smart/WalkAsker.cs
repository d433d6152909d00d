using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>Asks a node as one caller after another, and says of an answer that is not the model's which walk, which request and which caller it was.</summary>
/// <param name="node">Asked.</param>
/// <param name="seed">Of the walk.</param>
internal abstract class WalkAsker(TestNode node, int seed)
{
    /// <summary>Requests that were made.</summary>
    public int Steps { get; protected set; }

    /// <summary>How many answers had each status.</summary>
    public SortedDictionary<int, int> Answers { get; } = [];

    protected TestNode Node => node;

    /// <summary>Who asks now.</summary>
    protected (WalkScopes Scopes, string Person, LaunchedApp? App) Caller { get; set; }

    protected WalkScopes Scopes => Caller.Scopes;

    protected Task<FhirReply> GetAsync(string path) => CallAsync(HttpMethod.Get, path, null, []);

    protected Task<FhirReply> SendAsync(HttpMethod method, string path, JsonNode? body, params (string Name, string Value)[] headers) => SendAsync(method, path, body, "application/fhir+json", headers);

    protected Task<FhirReply> SendAsync(HttpMethod method, string path, JsonNode? body, string mediaType, params (string Name, string Value)[] headers) =>
        CallAsync(method, path, body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(mediaType)), headers);

    protected Task<FhirReply> SendFormAsync(string path, string form) =>
        CallAsync(HttpMethod.Post, path, new StringContent(form, Encoding.UTF8, new MediaTypeHeaderValue("application/x-www-form-urlencoded")), []);

    protected async Task<FhirReply> CallAsync(HttpMethod method, string path, HttpContent? body, (string Name, string Value)[] headers)
    {
        var answer = await Node.SendAsync(method, path.StartsWith("http", StringComparison.Ordinal) ? path : $"/fhir/{path}", body, [.. await WhoAsync(), .. headers]);
        Answers[answer.Status] = Answers.GetValueOrDefault(answer.Status) + 1;
        return answer;
    }

    protected async Task<(string Name, string Value)[]> WhoAsync() =>
        Caller.App is null ? [("X-Acting-Scope", Scopes.Text), ("X-Acting-Person", Caller.Person)] : [("Authorization", $"Bearer {await Caller.App.FindTokenAsync()}")];

    protected int Expect(FhirReply answer, int status, string what)
    {
        if (answer.Status != status)
        {
            Fail($"{status} was expected, {answer.Status} came. {answer.Text}", what);
        }

        return status;
    }

    protected void Agree<T>((T Came, T Expected) both, string what)
    {
        if (!Equals(both.Came, both.Expected))
        {
            Fail($"{both.Expected} was expected, {both.Came} came.", what);
        }
    }

    private void Fail(string why, string what) => Assert.Fail($"Seed {seed}, request {Steps}, scopes '{Scopes.Text}' (patient {Scopes.Patient ?? "none"}, {Caller.Person}), {what}: {why}");
}
