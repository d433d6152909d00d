using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace EhrLedger.Benchmarks.Http;

/// <summary>
/// A server with many patients, each with 13 Observations: of three codes four each, in three years four each, and one of a code that four patients of all have. Every search finds four.
/// </summary>
internal sealed class Population : IAsyncDisposable
{
    public const int Hits = 4;
    private const int Codes = 3;
    private const int FirstYear = 2021;
    private const int FirstRareCode = 1_000;
    private readonly HttpClient _client;
    private readonly List<string> _patients = [];
    private int _number;

    public Population(ChildServer server)
    {
        Server = server;
        _client = new HttpClient(new Tokens(Tokens.Nobody, server)) { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5) };
    }

    public ChildServer Server { get; }

    public async Task GrowAsync(int patients)
    {
        using var gate = new SemaphoreSlim(8);
        var ids = await Task.WhenAll(Enumerable.Range(_patients.Count, patients - _patients.Count).Select(async number =>
        {
            await gate.WaitAsync().ConfigureAwait(false);
            try
            {
                return await WritePatientAsync(number).ConfigureAwait(false);
            }
            finally
            {
                gate.Release();
            }
        })).ConfigureAwait(false);
        _patients.AddRange(ids);
    }

    public Task SearchByCodeAsync(int client) =>
        FindAsync($"fhir/Observation?patient={Any()}&code={Code(Random.Shared.Next(Codes))}");

    public Task SearchByDateAsync(int client)
    {
        var year = FirstYear + Random.Shared.Next(Codes);
        return FindAsync(string.Create(CultureInfo.InvariantCulture, $"fhir/Observation?patient={Any()}&date=ge{year}&date=lt{year + 1}"));
    }

    public Task SearchWithoutPatientAsync(int client) =>
        FindAsync($"fhir/Observation?code={Code(FirstRareCode + Random.Shared.Next(_patients.Count / Hits))}");

    /// <summary>500 Observations of one patient, all or none.</summary>
    public async Task TransactAsync(int client)
    {
        var patient = Any();
        await PostAsync(Bundle([.. Enumerable.Range(0, 500).Select(_ => Interlocked.Increment(ref _number)).Select(number => ("Observation", Samples.Observation(patient, 500 + (number % 50), number, null, 2000), (string?)null))])).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Server.DisposeAsync();
    }

    private static string Code(int number) => Uri.EscapeDataString(Samples.CodeOf(number));

    private string Any() => _patients[Random.Shared.Next(_patients.Count)];

    private async Task<string> WritePatientAsync(int patient)
    {
        const string Url = "urn:uuid:8f7b1b0e-0000-4000-8000-000000000001";
        var observations = Enumerable.Range(0, Codes * Hits).Select(i => Samples.Observation("p", i / Hits, i, null, FirstYear + (i % Codes)))
            .Append(Samples.Observation("p", FirstRareCode + (patient / Hits), patient, null, 2000));
        var answer = await PostAsync(Bundle([
            ("Patient", Samples.Patient(patient), Url),
            .. observations.Select(json => ("Observation", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json).Replace("Patient/p", Url, StringComparison.Ordinal)), (string?)null))])).ConfigureAwait(false);
        return ((string)answer["entry"]![0]!["response"]!["location"]!).Split('/') is var parts && Array.LastIndexOf(parts, "Patient") is >= 0 and var at
            ? parts[at + 1]
            : throw new InvalidOperationException("The answer does not say where the Patient is.");
    }

    private static byte[] Bundle((string Type, byte[] Json, string? FullUrl)[] resources) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["resourceType"] = "Bundle",
        ["type"] = "transaction",
        ["entry"] = new JsonArray([.. resources.Select(one =>
        {
            var entry = new JsonObject { ["resource"] = JsonNode.Parse(one.Json), ["request"] = new JsonObject { ["method"] = "POST", ["url"] = one.Type } };
            if (one.FullUrl is { } url)
            {
                entry["fullUrl"] = url;
            }

            return (JsonNode)entry;
        })]),
    }.ToJsonString());

    private async Task FindAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false);
        var bytes = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        var found = bytes.AsSpan().Count("\"resourceType\":\"Observation\""u8);
        if (!answer.IsSuccessStatusCode || found != Hits)
        {
            throw new InvalidOperationException($"{Server.Address}{path} was answered with {(int)answer.StatusCode} and {found} Observations.");
        }
    }

    private async Task<JsonNode> PostAsync(byte[] json)
    {
        using var body = new ByteArrayContent(json) { Headers = { ContentType = new("application/fhir+json") } };
        using var answer = await _client.PostAsync(new Uri("fhir", UriKind.Relative), body).ConfigureAwait(false);
        var text = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{Server.Address} answered {(int)answer.StatusCode}: {text[..Math.Min(text.Length, 1_000)]}");
    }
}
