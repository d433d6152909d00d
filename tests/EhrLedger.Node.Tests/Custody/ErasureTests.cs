using System.Net.Http.Json;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Erasing;
using EhrLedger.Wallet.Keys;
using EhrLedger.Wallet.Restoring;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A patient has records forgotten that a hospital wrote, a clinic may read, and all three keep. Each step stands on those before it.</summary>
public sealed class ErasureTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Chen"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];

    private ThreeOrganisations _story = null!;
    private IReadOnlyList<RecordId> _records = [];

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    private PatientErasures OfPatient => _story.Phone.Wallet.Erasures;

    [OneTimeSetUp]
    public async Task MeetAsync() => _story = await ThreeOrganisations.MeetAsync("Erasure");

    [OneTimeTearDown]
    public void Stop() => _story?.Dispose();

    [Test]
    public async Task From_a_record_that_all_have_to_one_that_nobody_has()
    {
        await The_clinic_reads_what_it_was_granted();
        await Nonsense_and_strangers_erase_nothing();
        await All_three_destroy_what_they_have_and_say_so();
        await The_hospital_answers_that_it_is_gone_and_shows_it_nowhere();
        await Neither_the_old_grant_nor_a_new_one_opens_it();
        await The_log_of_earlier_reads_stays();
        await A_node_that_was_away_is_told_by_the_author();
        await A_hold_is_seen_and_waited_for();
        await Who_the_patient_is_the_hospital_keeps();
        await A_node_that_is_killed_between_its_two_databases_ends_it_after_the_start();
        await An_older_backup_of_the_vault_brings_nothing_back();
        await Backups_are_gone_when_the_operator_says_that_there_are_none();
        await A_wallet_from_its_words_finds_the_erasures_again();
        await To_erase_the_same_once_more_ends_nobody_s_export();
        Assert.That(_story.Phone.Alarms.All, Is.Empty);
        foreach (var node in _story.Consortium.Nodes)
        {
            Assert.That((await node.AlarmsAsync()).Where(alarm => alarm.Kind is not ("NotFinal" or "EntryNotLogged" or "OutboxStuck")), Is.Empty, node.Name);
        }
    }

    private async Task The_clinic_reads_what_it_was_granted()
    {
        await _story.ConnectAsync();
        var own = await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None);
        _records = [.. own.Records.Select(record => record.Version.Record)];
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(3));
        Assert.That((await Clinic.GetAsync($"Observation/{_records[0]}", Doctor)).Status, Is.EqualTo(200));
        Assert.That((await Hospital.GetAsync($"Observation/{_story.Laboratory[0]}", Doctor)).Status, Is.EqualTo(200));
    }

    private async Task Nonsense_and_strangers_erase_nothing()
    {
        using var nonsense = await Clinic.Client.PostAsync("/wallet/erasures", new ByteArrayContent([1, 2, 3]));
        Assert.That((int)nonsense.StatusCode, Is.EqualTo(400));
        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Laboratory, RecordId.Generate(), CancellationToken.None), Is.EqualTo(EraseOutcome.Unknown));
        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Medications, _records[0], CancellationToken.None), Is.EqualTo(EraseOutcome.Unknown));
        Assert.That(await OfPatient.EraseAsync(77, Category.Laboratory, _records[0], CancellationToken.None), Is.EqualTo(EraseOutcome.Unknown));
        Assert.That(await OfPatient.ListAsync(CancellationToken.None), Is.Empty);
    }

    private async Task All_three_destroy_what_they_have_and_say_so()
    {
        var secrets = SecretsOf(_records[0]);
        Assert.That(secrets, Has.Count.EqualTo(8), "a ciphertext at each of three, a share at each, the author's wrap, and what its own version holds");
        foreach (var (node, file, bytes) in secrets)
        {
            Assert.That(IsIn(node, file, bytes), $"{file} of {node.Name} before");
        }

        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Laboratory, _records[0], CancellationToken.None), Is.EqualTo(EraseOutcome.Told));
        await AnsweredAsync(_records[0], ErasureAnswer.Destroyed, 3);
        foreach (var (node, file, bytes) in secrets)
        {
            Assert.That(IsIn(node, file, bytes), Is.False, $"{file} of {node.Name} after");
        }

        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Laboratory, _records[0], CancellationToken.None), Is.EqualTo(EraseOutcome.Told), "a second time changes nothing");
        Assert.That(await OfPatient.ListAsync(CancellationToken.None), Has.Count.EqualTo(1));
        Assert.That(await OfPatient.CheckAsync(CancellationToken.None), Is.Empty);
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None), "nothing is left to do");
    }

    private async Task The_hospital_answers_that_it_is_gone_and_shows_it_nowhere()
    {
        var id = _story.Laboratory[0];
        var gone = await Hospital.GetAsync($"Observation/{id}", Doctor);
        gone.AssertIsOutcome(410);
        Assert.That(gone.Text, Does.Contain("erased"));
        (await Hospital.GetAsync($"Observation/{id}/_history/1", Doctor)).AssertIsOutcome(410);
        Assert.That((await Hospital.GetAsync($"Observation?patient={_story.AtHospital}", Doctor)).Ids, Is.EquivalentTo(_story.Laboratory.Skip(1)));
        Assert.That((await Hospital.GetAsync($"Observation?_id={id}", Doctor)).Ids, Is.Empty);
        Assert.That((await Hospital.GetAsync($"Patient/{_story.AtHospital}/$everything", Doctor)).Ids, Does.Not.Contain(id));
        foreach (var history in new[] { $"Observation/{id}/_history", "Observation/_history", "_history" })
        {
            var shown = await Hospital.GetAsync(history, Doctor);
            Assert.That(shown.Status, Is.EqualTo(200), shown.Text);
            Assert.That(shown.Text, Does.Not.Contain("2024-01-02"), history);
        }

        var own = await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None);
        Assert.That(own.Complete, string.Join(", ", own.Findings));
        Assert.That(own.Records.Select(record => record.Version.Record), Is.EquivalentTo(_records.Skip(1)));
    }

    private async Task Neither_the_old_grant_nor_a_new_one_opens_it()
    {
        (await Clinic.GetAsync($"Observation/{_records[0]}", Doctor)).AssertIsOutcome(404);
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        (await Clinic.GetAsync($"Observation/{_records[0]}", Doctor)).AssertIsOutcome(404);
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids, Is.EquivalentTo(_records.Skip(1).Select(record => record.ToString())));
    }

    private async Task The_log_of_earlier_reads_stays() =>
        Assert.That((await Hospital.GetAsync($"AuditEvent?patient={_story.AtHospital}&action=R&entity=Observation/{_story.Laboratory[0]}", Doctor)).Ids, Is.Not.Empty);

    private async Task A_node_that_was_away_is_told_by_the_author()
    {
        var secrets = SecretsOf(_records[1]);
        await Clinic.StopAsync();
        CopyVault(VaultOf(Clinic), BackupOf(Clinic));
        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Laboratory, _records[1], CancellationToken.None), Is.EqualTo(EraseOutcome.PartlyTold));
        await AnsweredAsync(_records[1], ErasureAnswer.Destroyed, 2);
        var erasure = (await OfPatient.ListAsync(CancellationToken.None))[0];
        Assert.That(erasure.Silent, Is.EqualTo(new[] { Clinic.Organisation }));

        // Killed in the middle of it: what stands in its tables is enough.
        Hospital.Kill();
        await Hospital.StartAsync();
        await Clinic.StartAsync();
        await AnsweredAsync(_records[1], ErasureAnswer.Destroyed, 3);
        foreach (var (node, file, bytes) in secrets)
        {
            Assert.That(IsIn(node, file, bytes), Is.False, $"{file} of {node.Name}");
        }

        (await Hospital.GetAsync($"Observation/{_story.Laboratory[1]}", Doctor)).AssertIsOutcome(410);
    }

    private async Task A_hold_is_seen_and_waited_for()
    {
        var hold = $"/admin/legal-holds/Observation/{_story.Laboratory[2]}";
        Assert.That(await HoldAsync("/admin/legal-holds/Observation/nothing", "proceedings"), Is.EqualTo(404));
        Assert.That(await HoldAsync(hold, "curiosity"), Is.EqualTo(422));
        using (var nonsense = await Hospital.Client.PutAsync(hold, new StringContent("{\"ground\": 7")))
        {
            Assert.That((int)nonsense.StatusCode, Is.EqualTo(400));
        }

        Assert.That(await HoldAsync(hold, "proceedings"), Is.EqualTo(204));
        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Laboratory, _records[2], CancellationToken.None), Is.EqualTo(EraseOutcome.Told));
        await AnsweredAsync(_records[2], ErasureAnswer.Destroyed, 2);
        await AnsweredAsync(_records[2], ErasureAnswer.Held, 1);
        var held = (await ErasureOfAsync(_records[2])).Replies.Single(reply => reply.Answer == ErasureAnswer.Held);
        Assert.That((held.Organisation, held.Ground), Is.EqualTo((Hospital.Organisation, (HoldGround?)HoldGround.Proceedings)));
        Assert.That((await Hospital.GetAsync($"Observation/{_story.Laboratory[2]}", Doctor)).Status, Is.EqualTo(200), "the author keeps it");
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids, Is.Empty, "and nobody else can read it");
        using (var lifted = await Hospital.Client.DeleteAsync(hold))
        {
            Assert.That((int)lifted.StatusCode, Is.EqualTo(204));
        }

        await AnsweredAsync(_records[2], ErasureAnswer.Destroyed, 3);
        (await Hospital.GetAsync($"Observation/{_story.Laboratory[2]}", Doctor)).AssertIsOutcome(410);
        using var again = await Hospital.Client.DeleteAsync(hold);
        Assert.That((int)again.StatusCode, Is.EqualTo(404));
    }

    private async Task Who_the_patient_is_the_hospital_keeps()
    {
        var patient = (await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Demographics, CancellationToken.None)).Records.Single().Version.Record;
        Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Demographics, patient, CancellationToken.None), Is.EqualTo(EraseOutcome.Told));
        await AnsweredAsync(patient, ErasureAnswer.Held, 1);
        Assert.That((await ErasureOfAsync(patient)).Replies.Single(reply => reply.Answer == ErasureAnswer.Held).Ground, Is.EqualTo(HoldGround.Identity));
        Assert.That((await Hospital.GetAsync($"Patient/{_story.AtHospital}", Doctor)).Status, Is.EqualTo(200));
    }

    private async Task A_node_that_is_killed_between_its_two_databases_ends_it_after_the_start()
    {
        var record = (await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Medications, CancellationToken.None)).Records[0].Version.Record;
        var secrets = SecretsOf(record);
        var header = Read(Hospital, "records.db", "SELECT HeaderDigest FROM index_rows WHERE RecordId = $1", Convert.FromHexString(record.ToString()))!;
        using (var vault = new SqliteConnection($"Data Source={Path.Combine(VaultOf(Clinic), "vault.db")};Pooling=False"))
        {
            vault.Open();
            using (var lockIt = vault.CreateCommand())
            {
                lockIt.CommandText = "BEGIN IMMEDIATE";
                lockIt.ExecuteNonQuery();
            }

            Assert.That(await OfPatient.EraseAsync(_story.Relationship, Category.Medications, record, CancellationToken.None), Is.EqualTo(EraseOutcome.Told));
            await Eventually.BecomesTrueAsync(
                "the clinic has destroyed what is in records.db", () => Task.FromResult(Read(Clinic, "records.db", "SELECT HeaderDigest FROM erased_headers WHERE HeaderDigest = $1", header) is not null), 60);
            Clinic.Kill();
        }

        Assert.That(Read(Clinic, Path.Combine("vault", "vault.db"), "SELECT Wrapped FROM shares WHERE HeaderDigest = $1", header), Is.Not.Null, "the share is there still");
        await AnsweredAsync(record, ErasureAnswer.Destroyed, 2);
        await Clinic.StartAsync();
        await AnsweredAsync(record, ErasureAnswer.Destroyed, 3);
        foreach (var (node, file, bytes) in secrets)
        {
            Assert.That(IsIn(node, file, bytes), Is.False, $"{file} of {node.Name}");
        }

        Assert.That(await AnswersOfAsync(Clinic, record), Is.EqualTo(1), "it has said so once");
    }

    private async Task An_older_backup_of_the_vault_brings_nothing_back()
    {
        await Clinic.StopAsync();
        CopyVault(BackupOf(Clinic), VaultOf(Clinic));
        var shares = SharesOfErased(Clinic);
        Assert.That(shares, Is.Not.Empty, "the backup is from before an erasure");
        await Clinic.StartAsync();
        await Eventually.BecomesTrueAsync("what was erased is erased again", () => Task.FromResult(SharesOfErased(Clinic).Count == 0));
        await Eventually.BecomesTrueAsync("and is not left in the file", () => Task.FromResult(!shares.Exists(share => IsIn(Clinic, Path.Combine("vault", "vault.db"), share))));
    }

    private async Task Backups_are_gone_when_the_operator_says_that_there_are_none()
    {
        Assert.That((await OfPatient.ListAsync(CancellationToken.None)).SelectMany(erasure => erasure.Replies).Select(reply => reply.Answer), Has.None.EqualTo(ErasureAnswer.BackupsGone), "30 days have not passed");
        await Clinic.StopAsync();
        await Clinic.StartAsync(more: ["--backup-retention", "0:00:00"]);
        await AnsweredAsync(_records[0], ErasureAnswer.BackupsGone, 1);
        Assert.That((await ErasureOfAsync(_records[0])).Replies.Single(reply => reply.Answer == ErasureAnswer.BackupsGone).Organisation, Is.EqualTo(Clinic.Organisation));
    }

    private async Task A_wallet_from_its_words_finds_the_erasures_again()
    {
        using var phone = await Phone.ReplaceAsync(_story.Consortium, _story.Phone.Wallet.ToPhrase());
        Assert.That((await phone.Wallet.RestoreAsync(CancellationToken.None)).Source, Is.EqualTo(RestoreSource.Directory));
        var found = await phone.Wallet.Erasures.ListAsync(CancellationToken.None);
        Assert.That(found.Where(erasure => erasure.Category == Category.Laboratory).Select(erasure => erasure.Record), Is.EquivalentTo(_records.Select(record => (RecordId?)record)));
        Assert.That(found.Where(erasure => erasure.Category == Category.Laboratory).SelectMany(erasure => erasure.Silent), Is.Empty);
        var own = await phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None);
        Assert.That((own.Complete, own.Records.Count), Is.EqualTo((true, 0)), string.Join(", ", own.Findings));
    }

    private async Task To_erase_the_same_once_more_ends_nobody_s_export()
    {
        await Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "718-7", "2026-02-03", value: 9));
        var orders = new Orders();
        using var phone = await Phone.ReplaceAsync(_story.Consortium, _story.Phone.Wallet.ToPhrase(), orders.On);
        await phone.Wallet.RestoreAsync(CancellationToken.None);
        RecordId? record = null;
        await Eventually.BecomesTrueAsync("the wallet has the new record", async () =>
            (record = (await phone.Wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None)).Records.SingleOrDefault()?.Version.Record) is not null);
        var export = (await Hospital.BeginExportAsync($"Patient/$export?patient=Patient/{_story.AtHospital}&_type=Observation")).Path;
        Assert.That(await phone.Wallet.Erasures.EraseAsync(_story.Relationship, Category.Laboratory, record!.Value, CancellationToken.None), Is.EqualTo(EraseOutcome.Told));
        await AnsweredAsync(record.Value, ErasureAnswer.Destroyed, 3);
        Assert.That(await StatusAsync(export), Is.EqualTo(404), "it may have the record");

        export = (await Hospital.BeginExportAsync($"Patient/$export?patient=Patient/{_story.AtHospital}&_type=Patient")).Path;
        using var seed = WalletSeed.FromPhrase(_story.Phone.Wallet.ToPhrase())!;
        using var keys = new SubjectKeys(seed, _story.Relationship, Category.Laboratory);
        var order = ErasureOrder.TryParse(orders.Last)!;
        var again = new Erasure(Salt.Generate(), keys.Subject, order.Erasure.Headers);
        var entry = new ConsentEntries(keys.Subject, keys.Identity, _story.Consortium.Genesis.Digest).Erase(new Erased(again.Commitment, keys.Memo.Seal(again, record.Value)), DateTimeOffset.UtcNow.AddMinutes(9));
        Assert.That((await Hospital.SubmitAsync(entry.SignedBytes)).Answer!.Level, Is.EqualTo(CommitLevel.Final));
        using var told = await Hospital.Client.PostAsync("/wallet/erasures", new ByteArrayContent((order with { Erasure = again }).Encode()));
        Assert.That((int)told.StatusCode, Is.EqualTo(204));
        await Eventually.BecomesTrueAsync("all three say so of the second one too", async () =>
            (await OfPatient.ListAsync(CancellationToken.None)).Where(erasure => erasure.Record == record).Count(erasure => erasure.Replies.Count(reply => reply.Answer >= ErasureAnswer.Destroyed) >= 3) == 2, 60);
        Assert.That(await StatusAsync(export), Is.AnyOf(200, 202));
    }

    private async Task<int> StatusAsync(string path)
    {
        using var answer = await Hospital.Client.GetAsync(path);
        return (int)answer.StatusCode;
    }

    private async Task<int> HoldAsync(string path, string ground)
    {
        using var answer = await Hospital.Client.PutAsync(path, JsonContent.Create(new { ground }));
        return (int)answer.StatusCode;
    }

    private async Task<ErasureShown> ErasureOfAsync(RecordId record) => (await OfPatient.ListAsync(CancellationToken.None)).Single(erasure => erasure.Record == record);

    private Task AnsweredAsync(RecordId record, ErasureAnswer answer, int count) => Eventually.BecomesTrueAsync(
        $"{count} say {answer} of {record}", async () => (await ErasureOfAsync(record)).Replies.Count(reply => reply.Answer == answer || (answer == ErasureAnswer.Destroyed && reply.Answer == ErasureAnswer.BackupsGone)) == count, 60);

    /// <summary>What each node has that the record could be opened with, as it stands in its files.</summary>
    private List<(TestNode Node, string File, byte[] Bytes)> SecretsOf(RecordId record)
    {
        var id = Convert.FromHexString(record.ToString());
        var secrets = new List<(TestNode, string, byte[])>();
        var header = Read(Hospital, "records.db", "SELECT HeaderDigest FROM index_rows WHERE RecordId = $1", id)!;
        var digest = Read(Hospital, "records.db", "SELECT CiphertextDigest FROM versions WHERE HeaderDigest = $1", header)!;
        foreach (var node in _story.Consortium.Nodes)
        {
            var table = node == Hospital ? "versions" : "replicas";
            secrets.Add((node, "records.db", Read(node, "records.db", $"SELECT Ciphertext FROM {table} WHERE CiphertextDigest = $1", digest)!));
            secrets.Add((node, Path.Combine("vault", "vault.db"), Read(node, Path.Combine("vault", "vault.db"), "SELECT Wrapped FROM shares WHERE HeaderDigest = $1", header)!));
        }

        secrets.Add((Hospital, Path.Combine("vault", "vault.db"), Read(Hospital, Path.Combine("vault", "vault.db"), "SELECT Wrapped FROM wraps WHERE HeaderDigest = $1", header)!));
        secrets.Add((Hospital, "records.db", Read(Hospital, "records.db", "SELECT Sealed FROM versions WHERE HeaderDigest = $1", header)!));
        return secrets;
    }

    private static string VaultOf(TestNode node) => Path.Combine(node.Data, "vault");

    private static string BackupOf(TestNode node) => node.Data + ".vault-backup";

    private static void CopyVault(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(to, "vault.db*"))
        {
            File.Delete(file);
        }

        foreach (var file in Directory.GetFiles(from, "vault.db*"))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>Shares in the vault of what records.db says is erased.</summary>
    private static List<byte[]> SharesOfErased(TestNode node)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, "records.db")};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT HeaderDigest FROM erased_headers";
        using var rows = command.ExecuteReader();
        var shares = new List<byte[]>();
        while (rows.Read())
        {
            if (Read(node, Path.Combine("vault", "vault.db"), "SELECT Wrapped FROM shares WHERE HeaderDigest = $1", (byte[])rows[0]) is { } share)
            {
                shares.Add(share);
            }
        }

        return shares;
    }

    /// <summary>How often a member has signed on the ledger that the record is destroyed.</summary>
    private async Task<int> AnswersOfAsync(TestNode node, RecordId record)
    {
        var commitment = (await ErasureOfAsync(record)).Commitment;
        var size = (await Hospital.FindHealthAsync())!.Size;
        return (await Hospital.ReadLogAsync(size))
            .Select(Entry.TryParse)
            .OfType<Entry>()
            .Where(entry => entry.Type == ConsentEntryTypes.ErasureAnswered)
            .Select(entry => ErasureAnswered.TryParse(entry.Body))
            .Count(answer => answer is { Answer: ErasureAnswer.Destroyed } && answer.Commitment == commitment && answer.Organisation == node.Organisation);
    }

    private static byte[]? Read(TestNode node, string file, string sql, byte[] key)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, file)};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$1", key);
        return command.ExecuteScalar() as byte[];
    }

    private static bool IsIn(TestNode node, string file, byte[] bytes)
    {
        // The last of a ciphertext: its first part is all that an overflow page leaves in the row.
        var wanted = bytes.AsSpan(Math.Max(0, bytes.Length - 64));
        foreach (var path in Directory.GetFiles(Path.GetDirectoryName(Path.Combine(node.Data, file))!, Path.GetFileName(file) + "*").Where(path => !path.EndsWith("-shm", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            if (copy.GetBuffer().AsSpan(0, (int)copy.Length).IndexOf(wanted) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The way to the nodes, and the last order that went along it.</summary>
    private sealed class Orders
    {
        public ReadOnlyMemory<byte> Last { get; private set; }

        public IRoute On(IRoute inner) => new Way(this, inner);

        private sealed class Way(Orders orders, IRoute inner) : IRoute
        {
            public Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken)
            {
                if (request.Path == "/wallet/erasures")
                {
                    orders.Last = request.Body!.Value;
                }

                return inner.SendAsync(request, cancellationToken);
            }
        }
    }
}
