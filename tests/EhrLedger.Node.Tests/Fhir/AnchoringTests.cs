using EhrLedger.Consent.Records;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>What the ledger gets to see of the author's writes and reads.</summary>
[NonParallelizable]
public sealed class AnchoringTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Every_version_stands_in_a_final_entry()
    {
        var patient = await Node.RegisterPatientAsync("Anchored");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id));
        await Node.DeleteAsync($"Observation/{id}");
        var book = await AuthorsBook.OpenAsync(Node);
        Assert.That(book.Versions.Where(version => version.Id == id).Select(version => version.Header.Record.Version), Is.EquivalentTo(new[] { 1, 2, 3 }));
        Assert.That(book.Versions.Count(version => version.Id == patient), Is.EqualTo(1));
    }

    [Test]
    public async Task A_transaction_stands_in_one_entry()
    {
        var before = (await AuthorsBook.OpenAsync(Node)).Batches.Count(batch => batch.Type == EntryType.RecordsAnchored);
        var patient = await Node.RegisterPatientAsync("OneEntry");
        var bundle = Resources.Bundle("transaction", [.. Enumerable.Range(0, 50).Select(_ => Resources.Entry("POST", "Observation", Resources.Observation(patient)))]);
        Assert.That((await Node.PostBundleAsync(bundle)).Status, Is.EqualTo(200));
        Assert.That((await AuthorsBook.OpenAsync(Node)).Batches.Count(batch => batch.Type == EntryType.RecordsAnchored), Is.EqualTo(before + 2));
    }

    [Test]
    public async Task Every_read_is_logged_with_who_and_what_for()
    {
        var patient = await Node.RegisterPatientAsync("Reads");
        var observation = await Node.KeepAsync(Resources.Observation(patient));
        var condition = await Node.KeepAsync(Resources.Condition(patient));
        var person = $"Dr {Guid.NewGuid():N}";
        (string, string)[] caller = [("X-Acting-Person", person), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "HOPERAT")];

        await Node.GetAsync($"Observation/{observation}", caller);
        await Node.GetAsync($"Observation/{observation}/_history/1", caller);
        await Node.GetAsync($"Condition?patient={patient}", caller);
        await Node.GetAsync($"Immunization?patient={patient}", caller);

        var book = await AuthorsBook.OpenAsync(Node);
        var rows = book.Reads.Where(read => read.Person == person).ToList();
        Assert.That(rows, Has.All.Matches<ReadRow>(row => row!.Role == "physician" && row.Purpose.Code == "HOPERAT"));
        var records = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        Assert.That(
            rows.Where(row => row.Level == ReadLevel.Opened).SelectMany(row => row!.Records).Select(record => records[record]),
            Is.EquivalentTo(new[] { observation, observation, condition }));

        // A search that names the patient is a read of each of the patient's subjects, hit or not.
        Assert.That(rows.Where(row => row.Level == ReadLevel.Named).GroupBy(row => row.QueryDigest).Select(query => query.Count()), Is.EquivalentTo(new[] { 2, 3 }));
        Assert.That(rows.Select(row => row.QueryDigest).Distinct().Count(), Is.EqualTo(4));
    }

    [Test]
    public async Task What_no_one_was_shown_is_not_logged()
    {
        var patient = await Node.RegisterPatientAsync("Unread");
        await Node.KeepAsync(Resources.Observation(patient));
        var before = (await AuthorsBook.OpenAsync(Node)).Reads.Count;
        await Node.GetAsync("Observation/not-there");
        await Node.GetAsync($"Observation?patient={patient}&date=nonsense");
        await Node.GetAsync("Practitioner?identifier=x");
        Assert.That((await AuthorsBook.OpenAsync(Node)).Reads, Has.Count.EqualTo(before));
    }
}
