using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Cli.Access;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Wallet;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Storage;
using PatientWallet = EhrLedger.Wallet.Wallet;

namespace EhrLedger.Benchmarks.Three;

/// <summary>Patients' wallets: each takes over what the third node wrote, and grants it to the second.</summary>
internal sealed class Phone(Trio trio) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    /// <param name="hospital">The third node.</param>
    /// <param name="patient">FHIR id there.</param>
    /// <param name="clinic">The second node.</param>
    /// <param name="local">FHIR id there.</param>
    /// <param name="categories">That are granted, for thirty days and what is yet to come.</param>
    public async Task ShareAsync(HttpClient hospital, string patient, HttpClient clinic, string local, IReadOnlyList<Category> categories)
    {
        var consortium = Client.Consortium.Open(trio.Genesis.Bytes, trio.Genesis.Digest) ?? throw new InvalidOperationException("The genesis can't be read.");
        using var wallet = await PatientWallet.CreateAsync(new WalletHost(consortium, new DirectRoute(_client), new Memory(), TimeProvider.System, new Cries()), CancellationToken.None).ConfigureAwait(false);
        var code = (string)(await PostAsync(hospital, $"admin/patients/{patient}/take-over-codes", null).ConfigureAwait(false))["code"]!;
        if (await wallet.ConnectAsync(trio.Members[2], code, CancellationToken.None).ConfigureAwait(false) is not ConnectOutcome.Connected connected)
        {
            throw new InvalidOperationException("The wallet could not connect.");
        }

        var invitation = (string)(await PostAsync(clinic, $"admin/patients/{local}/access-requests", null).ConfigureAwait(false))["id"]!;
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var order = new GrantOrder(
            connected.Relationship,
            categories,
            new AccessInvitation(trio.Members[1], Convert.FromHexString(invitation)),
            [PurposeOfUse.Treatment],
            today,
            today.AddDays(30),
            Future: true);
        if (await wallet.GrantAsync(order, CancellationToken.None).ConfigureAwait(false) is not GrantOutcome.Ordered { Waiting.Count: 0 })
        {
            throw new InvalidOperationException("The grant was not finished.");
        }
    }

    public void Dispose() => _client.Dispose();

    public static async Task<JsonNode> PostAsync(HttpClient client, string path, byte[]? json)
    {
        using var body = json is null ? null : new ByteArrayContent(json) { Headers = { ContentType = new("application/fhir+json") } };
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), body).ConfigureAwait(false);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<JsonNode>().ConfigureAwait(false))!
            : throw new InvalidOperationException($"{path} was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync().ConfigureAwait(false)}");
    }

    public static HttpClient ClientOf(ChildServer node) =>
        new(new Tokens(new Acting("TREAT", "Dr. Li Wei", "physician"), node)) { BaseAddress = node.Address, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>A phone's storage, for as long as the phone is needed.</summary>
    private sealed class Memory : IWalletStore
    {
        private readonly ConcurrentDictionary<string, byte[]> _kept = new(StringComparer.Ordinal);

        public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_kept.TryGetValue(name, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null);

        public ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _kept[name] = bytes.ToArray();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Cries : IAlarmSink
    {
        public void Raise(AlarmKind kind, string detail) => Console.WriteLine($"The wallet raises {kind}: {detail}");
    }
}
