using System.Globalization;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Tests.Harness;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Histories of a type and of the server, however much there is: what they open, and in which order. Entries that are damaged tell which were opened: each raises an alarm.</summary>
public sealed class HistoryOrderTests
{
    private const int Damaged = 20;

    private TestConsortium _consortium = null!;
    private string _patient = "";
    private List<string> _results = [];
    private string _since = "";

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        for (var i = 0; i < Damaged; i++)
        {
            await Node.KeepAsync(Resources.Practitioner("Damaged", $"{i}"));
        }

        _patient = await Node.RegisterPatientAsync("Order");
        var first = await Node.CreateAsync(Resources.Observation(_patient, value: 0));
        _since = (string)first.Json["meta"]!["lastUpdated"]!;
        _results = [first.Id];
        for (var i = 1; i < 8; i++)
        {
            _results.Add(await Node.KeepAsync(Resources.Observation(_patient, value: i)));
        }

        await Node.StopAsync();
        Assert.That(Execute($"UPDATE versions SET Sealed = zeroblob(80) WHERE Id <= {Damaged}"), Is.EqualTo(Damaged));
        await Node.StartAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [TestCase("_history?_count=3", 3)]
    [TestCase("Observation/_history?_count=7", 7)]
    [TestCase("_history?_count=0", 0)]
    [TestCase("_history?_count=8&_since={since}", 8)]
    [TestCase("Observation/_history?_count=8&_since={since}", 8)]
    [TestCase("MedicationRequest/_history?_since={since}", 0)]
    public async Task A_page_opens_no_more_than_it_holds(string path, int entries)
    {
        var before = await CountDamagedAsync();

        var page = await Node.GetAsync(path.Replace("{since}", _since, StringComparison.Ordinal));

        Assert.That((page.Status, page.Json["entry"]?.AsArray().Count ?? 0), Is.EqualTo((200, entries)), page.Text);
        Assert.That(await CountDamagedAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task A_page_that_has_to_go_to_the_end_goes_to_the_end()
    {
        var before = await CountDamagedAsync();

        Assert.That((await Node.GetAsync("Patient/_history")).Json["entry"]!.AsArray(), Has.Count.EqualTo(1));
        Assert.That(await CountDamagedAsync(), Is.EqualTo(before + Damaged));
    }

    [Test]
    public async Task Goes_on_where_others_write_meanwhile()
    {
        var seen = new List<string>();
        for (var next = "/fhir/Observation/_history?_count=3"; next is not null;)
        {
            var page = await Node.CallAsync(HttpMethod.Get, next, null);
            seen.AddRange(page.Json["entry"]!.AsArray().Select(entry => (string)entry!["resource"]!["id"]!));
            await Node.KeepAsync(Resources.Condition(_patient));
            await Node.UpdateAsync(Resources.Observation(_patient, value: 9).With("id", _results[3]));
            next = NextOf(page);
        }

        Assert.That(seen, Is.EqualTo(_results.AsEnumerable().Reverse()));
    }

    [Test]
    public async Task Stays_in_order_when_records_are_sealed_anew_for_a_wallet()
    {
        var before = await ReadAsync();
        using var phone = await Phone.BuyAsync(_consortium);
        await phone.ConnectAsync(Node, _patient);
        await Eventually.BecomesTrueAsync("all is sealed anew", async () =>
            (await phone.Wallet.ReadRecordsAsync(phone.Wallet.Connections[0].Index, EhrLedger.Consent.Subjects.Category.Laboratory, CancellationToken.None)) is { Complete: true, Records.Count: > 8 });

        Assert.That(await ReadAsync(), Is.EqualTo(before));

        async Task<List<string>> ReadAsync() =>
            [.. (await Node.GetAsync($"_history?_since={_since}&_count=1000")).Json["entry"]!.AsArray().Select(entry => $"{entry!["fullUrl"]} {entry["response"]!["etag"]} {entry["request"]!["method"]}")];
    }

    [Test]
    public async Task Of_a_rare_type_gives_up_and_goes_on_from_there()
    {
        await Node.StopAsync();
        try
        {
            using var file = new SqliteFile(Path.Combine(Node.Data, "records.db"));
            using var keys = new StorageKeys(Node.Keys.Root);
            var alarms = new Phone.Cries();
            var reader = new AuthorReader(file, null!, keys, null!, new OpenedContents(), alarms);
            var found = new List<string>();
            var portions = 0;
            (long, uint)? after = null;
            do
            {
                var (portion, gaveUpAt) = reader.Walk(outline => outline.Type == "Patient", null, after, 10, most: 4, CancellationToken.None);
                found.AddRange(portion.Select(outline => outline.Id));
                after = gaveUpAt is null ? null : (gaveUpAt.Resource.RowId, gaveUpAt.Version);
                portions++;
            }
            while (after is not null);

            Assert.That(found, Is.EqualTo(new[] { _patient }));
            Assert.That(portions, Is.InRange(3, 12));
            Assert.That(alarms.All, Has.Count.EqualTo(Damaged), "each once");
        }
        finally
        {
            await Node.StartAsync();
        }
    }

    private async Task<long> CountDamagedAsync() => (await Node.AlarmsAsync()).Where(alarm => alarm.Kind == nameof(AlarmKind.DamagedRecord)).Sum(alarm => alarm.Count);

    private static string? NextOf(FhirReply page) =>
        page.Json["link"]!.AsArray().FirstOrDefault(link => (string?)link!["relation"] == "next")?["url"]?.ToString() is { } url ? new Uri(url).PathAndQuery : null;

    private int Execute(string sql)
    {
        using var file = new SqliteConnection(string.Create(CultureInfo.InvariantCulture, $"Data Source={Path.Combine(Node.Data, "records.db")};Pooling=False"));
        file.Open();
        using var command = file.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }
}
