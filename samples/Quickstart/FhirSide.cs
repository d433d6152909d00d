using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Quickstart;

/// <summary>A system of an organisation, speaking plain FHIR to its own node.</summary>
internal sealed class FhirSide(NodeProcess node, string person, string role)
{
    private static readonly MediaTypeHeaderValue Json = new("application/fhir+json");
    private readonly AccessTokens _tokens = new(node, person, role);

    public async Task<JsonNode> PostAsync(string path, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = Json;
        using var request = await RequestAsync(HttpMethod.Post, path, cancellationToken);
        request.Content = content;
        using var answer = await node.Http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new StepFailedException($"{node.Name} answered {(int)answer.StatusCode}: {Diagnostics(text)}");
    }

    public async Task<JsonNode?> FindAsync(string path, CancellationToken cancellationToken)
    {
        using var request = await RequestAsync(HttpMethod.Get, path, cancellationToken);
        using var answer = await node.Http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)
            : answer.StatusCode == System.Net.HttpStatusCode.NotFound ? null
            : throw new StepFailedException($"{node.Name} answered {(int)answer.StatusCode}: {Diagnostics(text)}");
    }

    /// <summary>All pages of a search.</summary>
    public async Task<IReadOnlyList<JsonObject>> SearchAsync(string query, CancellationToken cancellationToken)
    {
        var found = new List<JsonObject>();
        for (var next = $"/fhir/{query}"; next is not null;)
        {
            var page = await FindAsync(next, cancellationToken) ?? throw new StepFailedException($"{node.Name} has no answer to {query}.");
            found.AddRange(page["entry"]?.AsArray().Select(entry => entry!["resource"]!.AsObject()).Where(resource => (string?)resource["resourceType"] != "OperationOutcome") ?? []);
            next = (string?)page["link"]?.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"];
        }

        return found;
    }

    private async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _tokens.FindAsync(cancellationToken));
        return request;
    }

    private static string Diagnostics(string text)
    {
        try
        {
            return string.Join(" ", JsonNode.Parse(text)?["issue"]?.AsArray().Select(issue => (string?)issue!["diagnostics"]) ?? []);
        }
        catch (JsonException)
        {
            return "not FHIR";
        }
    }
}
