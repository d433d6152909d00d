using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Node.Storage.Vault;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Connecting;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>The organisation's node is killed while a wallet takes over.</summary>
public sealed class TakeOverTests
{
    private static IEnumerable<int> Moments => Sample.Of(0, 30, 80, 200, 500);

    [Test]
    public async Task Is_finished_after_a_kill([ValueSource(nameof(Moments))] int milliseconds)
    {
        using var consortium = await TestConsortium.StartAsync(1);
        var node = consortium.Sequencer;
        var patient = await node.RegisterPatientAsync("TakeOver");
        var written = await node.PostBundleAsync(Resources.Bundle("transaction", [.. Enumerable.Range(0, 600).Select(i => Resources.Entry("POST", "Observation", Resources.Observation(patient, value: i)))]));
        Assert.That(written.Status, Is.EqualTo(200));
        using var phone = await Phone.BuyAsync(consortium);
        var code = await node.MakeCodeAsync(patient);

        var connecting = phone.Wallet.ConnectAsync(node.Organisation, code, CancellationToken.None);
        await Task.Delay(milliseconds);
        node.Kill();
        await node.StartAsync();
        await connecting;
        await Eventually.BecomesTrueAsync("the wallet is connected", async () =>
        {
            // If the node had not taken the code yet, it is as good as before.
            await phone.Wallet.ResumeAsync(CancellationToken.None);
            return phone.Wallet.Connections.Count == 1 || await phone.Wallet.ConnectAsync(node.Organisation, code, CancellationToken.None) is ConnectOutcome.Connected;
        });

        await Eventually.BecomesTrueAsync("all is sealed anew", async () =>
        {
            var records = await phone.Wallet.ReadRecordsAsync(phone.Wallet.Connections[0].Index, Category.Laboratory, CancellationToken.None);
            return records.Complete && records.Records.Count == 600;
        });
        Assert.That((await node.ReadPagesAsync($"Observation?patient={patient}&_count=500")).SelectMany(page => page).ToList(), Is.Unique.And.Count.EqualTo(600));
        Assert.That((await node.GetAsync($"Patient/{patient}")).Status, Is.EqualTo(200));
        await node.KeepAsync(Resources.Condition(patient));
        await AuthorsBook.OpenAsync(node);
        Assert.That(await node.AlarmsAsync(), Is.Empty);
    }

    [Test]
    public async Task That_can_t_be_finished_raises_an_alarm_for_each_patient()
    {
        using var consortium = await TestConsortium.StartAsync(1);
        var node = consortium.Sequencer;
        var phones = new List<Phone>();
        var codes = new List<string>();
        foreach (var name in (string[])["One", "Two"])
        {
            var patient = await node.RegisterPatientAsync(name);
            await node.KeepAsync(Resources.Observation(patient));
            codes.Add(await node.MakeCodeAsync(patient));
            phones.Add(await Phone.BuyAsync(consortium));
        }

        // The take-over is begun, and its first row can't be written.
        await node.StopAsync();
        Execute(node, "records.db", "CREATE TRIGGER full BEFORE INSERT ON versions BEGIN SELECT RAISE(ABORT, 'full'); END");
        await node.StartAsync();
        foreach (var (phone, code) in phones.Zip(codes))
        {
            await phone.Wallet.ConnectAsync(node.Organisation, code, CancellationToken.None);
            phone.Dispose();
        }

        // Now the vault has lost what the wallets' records are sealed with.
        await node.StopAsync();
        Execute(node, "records.db", "DROP TRIGGER full");
        Execute(node, "vault/vault.db", $"DELETE FROM secrets WHERE Kind = {(long)SecretKind.Sealing}");
        await node.StartAsync();
        await Eventually.BecomesTrueAsync("both are told", async () => (await node.AlarmsAsync()).Count(alarm => alarm.Kind == nameof(AlarmKind.TakeOverUnfinished)) == 2);
    }

    private static void Execute(TestNode node, string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, file)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
