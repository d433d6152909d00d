using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using EhrLedger.Benchmarks.Running;

namespace EhrLedger.Benchmarks.Http;

/// <summary>FHIR over HTTP, the node against the reference server in turns, each a process of its own.</summary>
internal static class FhirBenchmark
{
    private static readonly (string Name, Func<Party, int, Task> Ask)[] Interactions =
    [
        ("create", (party, client) => party.CreateAsync(client)),
        ("read", (party, client) => party.ReadAsync(client)),
        ("update", (party, client) => party.UpdateAsync(client)),
        ("search", (party, client) => party.SearchAsync(client)),
    ];

    /// <param name="flags"><c>--interaction=read</c> and <c>--clients=32</c> leave out the others, to look at one closely.</param>
    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section(
            "fhir", "FHIR over HTTP", "create at least 50 %, the author's read at least 40 % and a search with four hits at least 40 % of the reference server's throughput, on one node.")
        {
            IsPartial = flags.Count > 0,
        };
        var node = await Party.StartAsync(ChildServer.StartNodeAsync()).ConfigureAwait(false);
        await using (node.ConfigureAwait(false))
        {
            var reference = await Party.StartAsync(ChildServer.StartReferenceAsync()).ConfigureAwait(false);
            await using (reference.ConfigureAwait(false))
            {
                Duel.Table(section);
                foreach (var (_, ask) in Interactions.Where(one => IsWanted(flags, "--interaction=", one.Name)))
                {
                    await Duel.WarmUpAsync(Contenders(ask)).ConfigureAwait(false);
                }

                foreach (var clients in (int[])[1, 8, 32])
                {
                    foreach (var (name, ask) in Interactions.Where(one => IsWanted(flags, one.Name, clients)))
                    {
                        var contenders = Contenders(ask);
                        await Duel.CompareAsync(section, name, clients, contenders[0], contenders[1]).ConfigureAwait(false);
                    }
                }

                Contender[] Contenders(Func<Party, int, Task> ask) => [.. new[] { node, reference }.Select(party => new Contender(party.Server, client => ask(party, client)))];
            }
        }

        section.Say($"{Duel.Rounds} rounds of {Duel.PerTurn.TotalSeconds:0} s for each server in turns, after {Duel.Warmth.TotalSeconds:0} s of each interaction for the compiler; an Observation of 1.7 kB; search is by patient and code; {Party.Patients} patients. Clients and servers share the machine's cores, so at 8 and 32 clients the clients' own work is in both figures.");
        return section;
    }

    private static bool IsWanted(IReadOnlyList<string> flags, string name, int clients) =>
        IsWanted(flags, "--interaction=", name) && IsWanted(flags, "--clients=", clients.ToString(CultureInfo.InvariantCulture));

    private static bool IsWanted(IReadOnlyList<string> flags, string flag, string value) =>
        !flags.Any(one => one.StartsWith(flag, StringComparison.Ordinal)) || flags.Contains(flag + value);
}

/// <summary>A server under load, and what was written to it.</summary>
internal sealed class Party : IAsyncDisposable
{
    public const int Patients = 50;
    private readonly HttpClient _client;
    private readonly List<string> _patients = [];
    private readonly ConcurrentDictionary<int, List<(string Id, int Patient, int Code)>> _written = new();
    private int _number;

    private Party(ChildServer server)
    {
        Server = server;
        _client = new HttpClient(new Tokens(Tokens.Nobody, server)) { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public ChildServer Server { get; }

    public static async Task<Party> StartAsync(Task<ChildServer> starting)
    {
        var party = new Party(await starting.ConfigureAwait(false));
        for (var i = 0; i < Patients; i++)
        {
            party._patients.Add(await party.PostAsync("Patient", Samples.Patient(i)).ConfigureAwait(false));
        }

        // One Observation for each of 32 clients, so that a read finds something whatever was run before.
        for (var client = 0; client < 32; client++)
        {
            await party.CreateAsync(client).ConfigureAwait(false);
        }

        return party;
    }

    public async Task CreateAsync(int client)
    {
        var number = Interlocked.Increment(ref _number);
        var (patient, code) = (number % Patients, number / Patients % 500);
        var id = await PostAsync("Observation", Samples.Observation(_patients[patient], code, number, null)).ConfigureAwait(false);
        _written.GetOrAdd(client, _ => []).Add((id, patient, code));
    }

    public async Task ReadAsync(int client)
    {
        var (id, _, _) = Any(client);
        using var answer = await _client.GetAsync(new Uri($"fhir/Observation/{id}", UriKind.Relative)).ConfigureAwait(false);
        await RequireAsync(answer, HttpStatusCode.OK).ConfigureAwait(false);
    }

    public async Task UpdateAsync(int client)
    {
        // Each client changes its own, so that no two collide.
        var (id, patient, code) = Any(client);
        using var body = Body(Samples.Observation(_patients[patient], code, Interlocked.Increment(ref _number), id));
        using var answer = await _client.PutAsync(new Uri($"fhir/Observation/{id}", UriKind.Relative), body).ConfigureAwait(false);
        await RequireAsync(answer, HttpStatusCode.OK).ConfigureAwait(false);
    }

    public async Task SearchAsync(int client)
    {
        var (_, patient, code) = Any(client);
        using var answer = await _client.GetAsync(
            new Uri($"fhir/Observation?patient={_patients[patient]}&code={Uri.EscapeDataString(Samples.CodeOf(code))}&_count=20", UriKind.Relative)).ConfigureAwait(false);
        var bytes = await RequireAsync(answer, HttpStatusCode.OK).ConfigureAwait(false);
        if (!bytes.AsSpan().IndexOf("\"Observation\""u8).Equals(-1))
        {
            return;
        }

        throw new InvalidOperationException("A search found nothing.");
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return Server.DisposeAsync();
    }

    private (string Id, int Patient, int Code) Any(int client)
    {
        var own = _written[client];
        return own[Random.Shared.Next(own.Count)];
    }

    private async Task<string> PostAsync(string type, byte[] json)
    {
        using var body = Body(json);
        using var answer = await _client.PostAsync(new Uri($"fhir/{type}", UriKind.Relative), body).ConfigureAwait(false);
        var bytes = await RequireAsync(answer, HttpStatusCode.Created).ConfigureAwait(false);
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("id"u8) && reader.Read())
            {
                return reader.GetString()!;
            }
        }

        throw new InvalidOperationException("The answer has no id.");
    }

    private static ByteArrayContent Body(byte[] json)
    {
        var body = new ByteArrayContent(json);
        body.Headers.ContentType = new("application/fhir+json");
        return body;
    }

    private static async Task<byte[]> RequireAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        return answer.StatusCode == status
            ? bytes
            : throw new InvalidOperationException($"{answer.RequestMessage?.RequestUri} was answered with {(int)answer.StatusCode}: {System.Text.Encoding.UTF8.GetString(bytes)}");
    }
}
