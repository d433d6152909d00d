using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Wallet;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Storage;
using NUnit.Framework;
using PatientWallet = EhrLedger.Wallet.Wallet;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>A patient's phone: the real wallet, on the real nodes.</summary>
internal sealed class Phone : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });

    private Phone(TestConsortium consortium, Func<IRoute, IRoute>? route = null) => Host = new WalletHost(
        Client.Consortium.Open(consortium.Genesis.Bytes, consortium.Genesis.Digest)!, route is null ? new DirectRoute(_http) : route(new DirectRoute(_http)), new Memory(), consortium.Clock, Alarms);

    public PatientWallet Wallet { get; private set; } = null!;

    public WalletHost Host { get; }

    public Cries Alarms { get; } = new();

    /// <summary>A new phone with a new wallet.</summary>
    /// <param name="consortium">Which it is for.</param>
    /// <param name="route">Makes its way to the nodes of the direct one; null for the direct one.</param>
    public static async Task<Phone> BuyAsync(TestConsortium consortium, Func<IRoute, IRoute>? route = null)
    {
        var phone = new Phone(consortium, route);
        phone.Wallet = await PatientWallet.CreateAsync(phone.Host, CancellationToken.None);
        return phone;
    }

    /// <summary>A new phone for the wallet of these words. Nothing is restored yet.</summary>
    /// <param name="consortium">Which it is for.</param>
    /// <param name="phrase">The words.</param>
    /// <param name="route">Makes its way to the nodes of the direct one; null for the direct one.</param>
    public static async Task<Phone> ReplaceAsync(TestConsortium consortium, string phrase, Func<IRoute, IRoute>? route = null)
    {
        var phone = new Phone(consortium, route);
        phone.Wallet = (await PatientWallet.FromPhraseAsync(phrase, phone.Host, CancellationToken.None))!;
        return phone;
    }

    /// <summary>Takes over what the organisation has of the patient, with a code from its front desk. The index of the connection.</summary>
    public async Task<uint> ConnectAsync(TestNode organisation, string patient)
    {
        var outcome = await Wallet.ConnectAsync(organisation.Organisation, await organisation.MakeCodeAsync(patient), CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<ConnectOutcome.Connected>(), outcome.ToString());
        return ((ConnectOutcome.Connected)outcome).Relationship;
    }

    /// <summary>Grants whole categories, records to come included, for thirty days; final and delivered when this returns.</summary>
    public async Task<IReadOnlyList<GrantId>> GrantAsync(uint relationship, TestNode grantee, string localPatient, params Category[] categories) =>
        await OrderAsync(await OrderOfAsync(relationship, grantee, localPatient, categories));

    public static async Task<GrantOrder> OrderOfAsync(uint relationship, TestNode grantee, string localPatient, params Category[] categories)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        return new GrantOrder(relationship, categories, new AccessInvitation(grantee.Organisation, await grantee.RequestAccessAsync(localPatient)), [PurposeOfUse.Treatment], today, today.AddDays(30), Future: true);
    }

    public async Task<IReadOnlyList<GrantId>> OrderAsync(GrantOrder order)
    {
        var outcome = await Wallet.GrantAsync(order, CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<GrantOutcome.Ordered>(), outcome.ToString());
        var ordered = (GrantOutcome.Ordered)outcome;
        Assert.That(ordered.Waiting, Is.Empty);
        return ordered.Grants;
    }

    /// <summary>The access log once everything in it is final.</summary>
    public async Task<AccessLog> ReadLogAsync(uint relationship)
    {
        AccessLog? log = null;
        await Eventually.BecomesTrueAsync("the access log is final", async () =>
        {
            log = await Wallet.ReadAccessLogAsync(relationship, CancellationToken.None);
            return log.Findings.All(finding => finding.Kind != FindingKind.RowNotFinalYet);
        });
        return log!;
    }

    public void Dispose()
    {
        Wallet.Dispose();
        _http.Dispose();
    }

    internal sealed class Cries : IAlarmSink
    {
        public ConcurrentBag<(AlarmKind Kind, string Detail)> All { get; } = [];

        public void Raise(AlarmKind kind, string detail) => All.Add((kind, detail));
    }

    private sealed class Memory : IWalletStore
    {
        private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _kept = new();

        public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string name, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_kept.TryGetValue(name, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null);

        public ValueTask WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _kept[name] = bytes.ToArray();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The front desk's two calls.</summary>
internal static class FrontDesk
{
    public static async Task<string> MakeCodeAsync(this TestNode node, string patient) =>
        (string)(await PostAsync(node, $"/admin/patients/{patient}/take-over-codes"))["code"]!;

    public static async Task<byte[]> RequestAccessAsync(this TestNode node, string patient) =>
        Convert.FromHexString((string)(await PostAsync(node, $"/admin/patients/{patient}/access-requests"))["id"]!);

    private static async Task<JsonNode> PostAsync(TestNode node, string path)
    {
        using var response = await node.Client.PostAsync(path, null);
        Assert.That((int)response.StatusCode, Is.EqualTo(200), path);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
