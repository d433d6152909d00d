using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>More granted records of one type than one search may open: single ones are found all the same, also by a node that remembers nothing.</summary>
public sealed class ManyRecordsTests
{
    private const int Many = 2_100;

    private ThreeOrganisations _story = null!;
    private string _record = "";
    private string _later = "";

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync();
        await _story.ConnectAsync();
        for (var written = 0; written < Many; written += 700)
        {
            var entries = Enumerable.Range(0, 700).Select(_ => Resources.Entry("POST", "Observation", Resources.Observation(_story.AtHospital, "99999-9"))).ToArray();
            Assert.That((await _story.Hospital.PostBundleAsync(Resources.Bundle("transaction", entries))).Status, Is.EqualTo(200));
        }

        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the clinic sees what is rare", async () => (await RareAsync()).Count == 2);
        _record = (await RareAsync())[0];

        // The first was sealed anew when the wallet took over, this one was the wallet's from the start.
        await _story.Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "11111-1"));
        await Eventually.BecomesTrueAsync("the clinic sees what came later", async () => (await FindAsync("11111-1")).Count == 1);
        _later = (await FindAsync("11111-1"))[0];
    }

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task Single_records_among_too_many_are_found()
    {
        await Every_page_has_what_it_was_to_have();
        await One_is_read_by_its_id();
        await One_is_read_by_its_id_after_a_restart_and_nobody_else_writes_it();
        await Reading_one_announces_that_one_alone();
    }

    private async Task Every_page_has_what_it_was_to_have()
    {
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Status, Is.EqualTo(403), "there are too many");
        var pages = await Clinic.ReadPagesAsync($"Observation?patient={_story.AtClinic}&code=718-7&_count=1");
        Assert.That(pages.Select(page => page.Count), Is.EqualTo(new[] { 1, 1 }));
    }

    private async Task One_is_read_by_its_id() => await IsReadAsync();

    private async Task One_is_read_by_its_id_after_a_restart_and_nobody_else_writes_it()
    {
        await Clinic.StopAsync();
        await Clinic.StartAsync();
        foreach (var id in (string[])[_record, "00112233445566778899aabbccddeeff"])
        {
            (await Clinic.UpdateAsync(Resources.Observation(_story.AtClinic).With("id", id))).AssertIsOutcome(405);
            (await Clinic.DeleteAsync($"Observation/{id}")).AssertIsOutcome(405);
            (await Clinic.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("DELETE", $"Observation/{id}")))).AssertIsOutcome(422);
            (await Clinic.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PUT", $"Observation/{id}", Resources.Observation(_story.AtClinic).With("id", id))))).AssertIsOutcome(422);
        }

        await IsReadAsync();
    }

    private async Task Reading_one_announces_that_one_alone()
    {
        var before = (await _story.Phone.ReadLogAsync(_story.Relationship)).Events.Count(seen => seen.Kind == AccessKind.Read);
        await IsReadAsync();
        var reads = (await _story.Phone.ReadLogAsync(_story.Relationship)).Events.Where(seen => seen.Kind == AccessKind.Read).ToList();
        Assert.That(reads, Has.Count.EqualTo(before + 3), "two by their ids, and one by a search for its id");
        Assert.That(reads.Select(read => read.Records.Count), Is.All.LessThanOrEqualTo(2));
    }

    private async Task IsReadAsync()
    {
        foreach (var id in (string[])[_record, _later])
        {
            var read = await Clinic.GetAsync($"Observation/{id}");
            Assert.That((read.Status, read.Status == 200 ? read.Id : read.Text), Is.EqualTo((200, id)));
        }

        Assert.That((await Clinic.GetAsync($"Observation?_id={_record}")).Ids, Is.EqualTo(new[] { _record }));
        (await Clinic.GetAsync($"Condition/{_record}")).AssertIsOutcome(404);
    }

    private Task<List<string>> RareAsync() => FindAsync("718-7");

    private async Task<List<string>> FindAsync(string code) => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&code={code}")).Ids;
}
