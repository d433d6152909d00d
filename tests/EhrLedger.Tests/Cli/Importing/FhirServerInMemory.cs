using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace EhrLedger.Tests.Cli.Importing;

/// <summary>A FHIR server at the other end of the wire, which takes every Bundle unless a test says otherwise.</summary>
internal sealed class FhirServerInMemory : HttpMessageHandler
{
    public const string Address = "https://fhir.example/base";

    private readonly ConcurrentQueue<string> _posted = new();

    /// <summary>The value <c>id</c> of each Bundle that was posted, in order of arrival, also of those that were not taken.</summary>
    public IReadOnlyList<string> Posted => [.. _posted];

    /// <summary>What it answers to a Bundle with this id.</summary>
    public Func<string, HttpResponseMessage> Answer { get; set; } = _ => Say(HttpStatusCode.OK, """{"resourceType":"Bundle","type":"transaction-response"}""");

    public string Metadata { get; set; } = """{"resourceType":"CapabilityStatement"}""";

    public static HttpResponseMessage Say(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/fhir+json") };

    public static HttpResponseMessage Refuse(HttpStatusCode status, string diagnostics) => Say(
        status, $$"""{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":{{JsonSerializer.Serialize(diagnostics)}},"expression":["Bundle.entry[1]"]}]}""");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsoluteUri == Address + "/metadata")
        {
            return Say(HttpStatusCode.OK, Metadata);
        }

        if (request.Method != HttpMethod.Post || request.RequestUri.AbsoluteUri != Address || request.Content!.Headers.ContentType!.MediaType != "application/fhir+json")
        {
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        }

        using var bundle = JsonDocument.Parse(await request.Content.ReadAsByteArrayAsync(cancellationToken));
        var id = bundle.RootElement.GetProperty("id").GetString()!;
        _posted.Enqueue(id);
        return Answer(id);
    }
}
