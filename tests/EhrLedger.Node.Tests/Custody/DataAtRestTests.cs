using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Tests.Harness;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>What lies in the data folders of three nodes, write-ahead logs and all, after a patient was treated, shared, looked at and revoked: nothing that anybody can read.</summary>
public sealed class DataAtRestTests
{
    private static readonly string[] Planted = ["Zwetschgenröster-Qvist", "Quintessa", "1931-07-23", "urn:test:insurance-4711-8815", "x-code-kaiserschmarrn-03", "She told us of her garden in Ottakring", "Dr Featherstonehaugh", "+43 664 5550199", "Bearer kipferl-0815"];

    private readonly Dictionary<string, string> _consoles = [];
    private ThreeOrganisations _story = null!;

    [OneTimeSetUp]
    public async Task LiveAsync()
    {
        _story = await ThreeOrganisations.MeetAsync(Planted[0], settings: ["--sharing-interval", "00:00:00.500"]);
        (string, string)[] doctor = [("X-Acting-Person", Planted[6]), ("X-Purpose-Of-Use", "TREAT")];
        var patient = Resources.Patient(Planted[0], Planted[3]).With("id", _story.AtHospital).With("birthDate", Planted[2]).With("telecom", new JsonArray(new JsonObject { ["system"] = "phone", ["value"] = Planted[7] }));
        patient["name"]![0]!["given"]![0] = Planted[1];
        Assert.That((await _story.Hospital.UpdateAsync(patient)).Status, Is.EqualTo(200));
        await _story.Hospital.KeepAsync(Resources.Observation(_story.AtHospital, Planted[4]).With("note", new JsonArray(new JsonObject { ["text"] = Planted[5] })));
        await _story.Hospital.KeepAsync(Resources.Practitioner(Planted[6], "directory"));
        await Eventually.BecomesTrueAsync("the others have it", async () => (await _story.Clinic.GetAsync($"Practitioner?family={Uri.EscapeDataString(Planted[6])}")).Ids.Count == 1);
        await using (var subscriber = await Subscriber.StartAsync())
        {
            Assert.That((await _story.Hospital.CreateAsync(subscriber.Subscription($"Observation?code={Planted[4]}", null, $"Authorization: {Planted[8]}").With("status", "off"), doctor)).Status, Is.EqualTo(201));
        }

        await _story.Hospital.GetAsync($"Patient?name={Uri.EscapeDataString(Planted[0])}&birthdate={Planted[2]}", doctor);
        await _story.Hospital.GetAsync($"Observation?code={Planted[4]}", doctor);
        await _story.ConnectAsync();
        var grants = await _story.Phone.GrantAsync(_story.Relationship, _story.Clinic, _story.AtClinic, Category.Laboratory, Category.Demographics);
        await Eventually.BecomesTrueAsync("the clinic sees it", async () => (await _story.Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code={Planted[4]}", doctor)).Text.Contains(Planted[5], StringComparison.Ordinal));
        await _story.Phone.Wallet.RevokeAsync(grants[0], CancellationToken.None);
        // Refused input must not come out in a log line.
        (await _story.Hospital.CallAsync(HttpMethod.Post, "/fhir/Patient", $$"""{ "resourceType": "Patient", "name": [{ "family": "{{Planted[0]}}" }], "birthDate": "{{Planted[2]}}x" }""")).AssertIsOutcome(400);

        // By force, so that the write-ahead logs stay as they are.
        foreach (var node in _story.Consortium.Nodes)
        {
            _consoles[node.Name] = node.Process.Output;
            node.Kill();
        }
    }

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public void The_scan_would_find_it()
    {
        var scan = new PlaintextScan(Planted);
        foreach (var text in Planted)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            foreach (var bytes in (byte[][])[utf8, Encoding.Unicode.GetBytes(text), Encoding.ASCII.GetBytes(Convert.ToHexString(utf8)), Encoding.ASCII.GetBytes(Convert.ToBase64String([1, .. utf8, 2])), Encoding.ASCII.GetBytes(Convert.ToBase64String([1, 2, .. utf8])), Deflated(utf8)])
            {
                Assert.That(scan.Find([.. new byte[37], .. bytes, .. new byte[11]]), Is.Not.Empty, text);
            }
        }

        // And in the very files: a row in a copy of the hospital's database.
        using var folder = new TestFolder();
        using (var connection = new SqliteConnection($"Data Source={folder["planted.db"]};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA journal_mode=WAL; CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('{Planted[5]}')";
            command.ExecuteNonQuery();
            Assert.That(scan.Find(folder.Path), Is.Not.Empty);
        }
    }

    [Test]
    public void No_file_of_any_node_holds_a_word_of_the_patient()
    {
        var scan = new PlaintextScan(Planted);
        foreach (var node in _story.Consortium.Nodes)
        {
            Assert.That(scan.Find(node.Data), Is.Empty, node.Name);
            Assert.That(scan.Find(Encoding.UTF8.GetBytes(_consoles[node.Name])), Is.Empty, $"the console of {node.Name}");
        }
    }

    [Test]
    public void No_data_folder_holds_a_key_that_opens_it()
    {
        foreach (var node in _story.Consortium.Nodes)
        {
            var root = new byte[32];
            node.Keys.Root.ExportTo(root);
            var signing = new byte[32];
            node.Keys.Signing.ExportSeed(signing);
            var sealing = new byte[32];
            node.Keys.Sealing.ExportSeed(sealing);
            using var keys = new StorageKeys(node.Keys.Root);
            var derived = (SymmetricKey[])[keys.Wrap, keys.Vault, keys.Holder, keys.Provisional];
            var secrets = derived.Select(key =>
            {
                var bytes = new byte[32];
                key.ExportTo(bytes);
                return bytes;
            });
            Assert.That(new PlaintextScan([], [root, signing, sealing, .. secrets]).Find(node.Data), Is.Empty, node.Name);
        }
    }

    [Test]
    public void Without_the_key_store_no_column_opens()
    {
        using var guessed = SymmetricKey.Generate();
        using var thief = new StorageKeys(guessed);
        using var owner = new StorageKeys(_story.Hospital.Keys.Root);
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_story.Hospital.Data, "records.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Sealed FROM versions";
        using var reader = command.ExecuteReader();
        var rows = 0;
        while (reader.Read())
        {
            rows++;
            var column = reader.GetFieldValue<byte[]>(0);
            Assert.That(thief.OpenColumn("version", column), Is.Null);
            Assert.That(owner.OpenColumn("other", column), Is.Null, "a column of one kind passes for no other");
            Assert.That(VersionMeta.TryParse(owner.OpenColumn("version", column)), Is.Not.Null);
        }

        Assert.That(rows, Is.Positive);
    }

    private static byte[] Deflated(byte[] bytes)
    {
        using var block = new MemoryStream();
        using (var deflate = new ZLibStream(block, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write([.. bytes, .. new byte[500]]);
        }

        return block.ToArray();
    }
}
