using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>
/// An author that is cut off from the news: it writes while there is no sequencer, is away while the patient revokes, and comes back with what it wrote in its outbox. The ledger gets that after
/// the epoch had ended.
/// </summary>
public sealed class MissedRevocationTests
{
    [Test]
    public async Task What_the_ledger_got_too_late_is_sealed_again_for_those_whose_grant_stays()
    {
        using var story = await ThreeOrganisations.MeetAsync("Missed");
        var atInsurer = await MissAsync(story);

        // The author has no key of the new epoch yet: it knows what it has to do, and waits, also over a restart.
        await story.Hospital.StartAsync();
        await Eventually.BecomesTrueAsync("what came too late is marked", () => Task.FromResult(Count(story.Hospital, "records.db", "SELECT COUNT(*) FROM versions WHERE Ended = 1") == 3));
        Assert.That((await ReadFinalAsync(story)).Findings.Count(finding => finding.Kind == FindingKind.EndedEpoch), Is.EqualTo(3));
        Assert.That(await ValuesAsync(story.Insurer, atInsurer), Is.EqualTo(new[] { 3 }));
        story.Hospital.Kill();
        await story.Hospital.StartAsync();

        Assert.That(await story.Phone.Wallet.ResumeAsync(CancellationToken.None), "the author has the key");
        await IsSealedAgainAsync(story, atInsurer);
    }

    [Test]
    public async Task It_does_not_matter_whether_the_key_comes_before_the_ledger_has_the_rows()
    {
        using var story = await ThreeOrganisations.MeetAsync("Missed");
        var atInsurer = await MissAsync(story);
        await story.Hospital.StartAsync();
        await Eventually.BecomesTrueAsync("the author has the key", () => story.Phone.Wallet.ResumeAsync(CancellationToken.None));
        await IsSealedAgainAsync(story, atInsurer);
    }

    private static IEnumerable<int> Moments => Sample.Of(0, 150);

    [Test]
    public async Task It_is_finished_after_a_kill([ValueSource(nameof(Moments))] int milliseconds)
    {
        using var story = await ThreeOrganisations.MeetAsync("Missed");
        await MissAsync(story, more: 600);
        await story.Hospital.StartAsync();
        await Eventually.BecomesTrueAsync("what came too late is marked", () => Task.FromResult(Count(story.Hospital, "records.db", "SELECT COUNT(*) FROM versions WHERE Ended = 1") == 603));
        Assert.That(await story.Phone.Wallet.ResumeAsync(CancellationToken.None), "the author has the key");
        await Task.Delay(milliseconds);
        story.Hospital.Kill();
        await story.Hospital.StartAsync();

        await Eventually.BecomesTrueAsync("all is sealed again", () => Task.FromResult(Count(story.Hospital, "records.db", "SELECT COUNT(*) FROM versions WHERE Ended = 1") == 0));
        var book = await AuthorsBook.OpenAsync(story.Hospital);
        Assert.That(book.Superseded, Has.Count.EqualTo(603));
        await Eventually.BecomesTrueAsync("the old wraps and shares are destroyed", () => Task.FromResult(KeysOf(story.Hospital, book.Superseded) == 0));
        Assert.That(KeysOf(story.Hospital, book.Versions.Select(version => version.Row)), Is.EqualTo(2 * book.Versions.Count));
        var records = await ReadFinalAsync(story);
        Assert.That(records.Complete, string.Join("; ", records.Findings.Take(3)));
        Assert.That(records.Records.Select(record => record.Version).ToList(), Is.Unique.And.Count.EqualTo(606));
    }

    /// <summary>Up to where the hospital is down with a new, a changed and a deleted record in its outbox, and the clinic's grant has ended without it.</summary>
    private static async Task<string> MissAsync(ThreeOrganisations story, int more = 0)
    {
        await story.ConnectAsync();
        var atInsurer = await story.Insurer.RegisterPatientAsync("Missed");
        var ends = (await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Laboratory)).Single();
        await story.Phone.GrantAsync(story.Relationship, story.Insurer, atInsurer, Category.Laboratory);
        await Eventually.BecomesTrueAsync("both read", async () =>
            (await ValuesAsync(story.Insurer, atInsurer)).SequenceEqual([1, 2, 3]) && (await ValuesAsync(story.Clinic, story.AtClinic)).SequenceEqual([1, 2, 3]));

        story.Insurer.Kill();
        var logged = AuthorsBook.CountBatches(story.Hospital);
        await story.Hospital.KeepAsync(Resources.Observation(story.AtHospital, "718-7", "2026-01-01", value: 4));
        Assert.That((await story.Hospital.UpdateAsync(Resources.Observation(story.AtHospital, "718-7", "2024-01-02", value: 10).With("id", story.Laboratory[0]))).Status, Is.EqualTo(200));
        Assert.That((await story.Hospital.DeleteAsync($"Observation/{story.Laboratory[1]}")).Status, Is.EqualTo(204));
        if (more > 0)
        {
            var bundle = Resources.Bundle("transaction", [.. Enumerable.Range(0, more).Select(i => Resources.Entry("POST", "Observation", Resources.Observation(story.AtHospital, value: i)))]);
            Assert.That((await story.Hospital.PostBundleAsync(bundle)).Status, Is.EqualTo(200));
        }

        Assert.That(AuthorsBook.CountBatches(story.Hospital), Is.GreaterThan(logged), "there is something that the sequencer, which is down, can't have");
        story.Hospital.Kill();
        await story.Insurer.StartAsync();
        Assert.That(await story.Phone.Wallet.RevokeAsync(ends, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        return atInsurer;
    }

    private static async Task IsSealedAgainAsync(ThreeOrganisations story, string atInsurer)
    {
        await Eventually.BecomesTrueAsync("whose grant stays reads it", async () => (await ValuesAsync(story.Insurer, atInsurer)).SequenceEqual([3, 4, 10]));
        Assert.That(await ValuesAsync(story.Clinic, story.AtClinic), Is.Empty, "whose grant has ended does not");
        Assert.That((await story.Hospital.GetAsync($"Observation?patient={story.AtHospital}")).Ids, Has.Count.EqualTo(3));

        var records = await ReadFinalAsync(story);
        Assert.That(records.Complete, string.Join("; ", records.Findings));
        Assert.That(records.Findings.Where(finding => finding.Kind != FindingKind.LateArrival), Is.Empty);
        Assert.That(records.Records.Select(record => record.Version).ToList(), Is.Unique.And.Count.EqualTo(6));
        Assert.That(records.Records.Where(record => record.Current).Select(record => record.Number), Is.EquivalentTo(new[] { 2, 6, 7 }), "one of before, and two that were sealed again");
        var log = await story.Phone.ReadLogAsync(story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));

        var book = await AuthorsBook.OpenAsync(story.Hospital);
        Assert.That(book.Superseded, Has.Count.EqualTo(3));
        Assert.That(Count(story.Hospital, "records.db", "SELECT COUNT(*) FROM versions WHERE Ended = 1"), Is.Zero);
        Assert.That(KeysOf(story.Hospital, book.Versions.Select(version => version.Row)), Is.EqualTo(2 * book.Versions.Count), "a wrap and a share of each");
        await Eventually.BecomesTrueAsync("the old wraps and shares are destroyed", () => Task.FromResult(KeysOf(story.Hospital, book.Superseded) == 0));
    }

    private static long KeysOf(TestNode author, IEnumerable<WriteRow> rows)
    {
        var headers = string.Join(", ", rows.Select(row => $"x'{row.Header}'"));
        return Count(
            author, Path.Combine("vault", "vault.db"), $"SELECT (SELECT COUNT(*) FROM wraps WHERE HeaderDigest IN ({headers})) + (SELECT COUNT(*) FROM shares WHERE HeaderDigest IN ({headers}))");
    }

    private static async Task<List<double>> ValuesAsync(TestNode grantee, string patient)
    {
        var found = await grantee.GetAsync($"Observation?patient={patient}");
        return [.. found.Matches.Select(match => (double)match["valueQuantity"]!["value"]!).Order()];
    }

    private static async Task<OwnRecords> ReadFinalAsync(ThreeOrganisations story)
    {
        OwnRecords? records = null;
        await Eventually.BecomesTrueAsync("all rows are final", async () =>
        {
            records = await story.Phone.Wallet.ReadRecordsAsync(story.Relationship, Category.Laboratory, CancellationToken.None);
            return records.Findings.All(finding => finding.Kind != FindingKind.RowNotFinalYet);
        });
        return records!;
    }

    private static long Count(TestNode node, string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, file)};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
