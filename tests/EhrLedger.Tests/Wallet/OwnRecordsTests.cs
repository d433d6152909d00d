using System.Text;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Tests.Client.World;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class OwnRecordsTests
{
    [Test]
    public async Task The_patient_reads_everything_without_any_custodian()
    {
        await using var world = await WalletWorld.ConnectAsync();
        var first = await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.WriteAsync(Category.Laboratory, WalletWorld.Sodium);
        world.Consortium.Handler.Down["clinic"] = 0;
        world.Consortium.Handler.Down["insurer"] = 0;
        world.Consortium.Handler.Instead = request => request.Path.StartsWith("/custody", StringComparison.Ordinal) ? throw new InvalidOperationException() : null;
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        var record = records.Records.Single();
        Assert.Multiple(() =>
        {
            Assert.That(records.Findings, Is.Empty);
            Assert.That(records.Complete, Is.True);
            Assert.That(record.Version, Is.EqualTo(first));
            Assert.That(Encoding.UTF8.GetString(record.Content.Span), Is.EqualTo(WalletWorld.Aspirin));
            Assert.That(record.AnchoredAt, Is.Not.Null);
            Assert.That(record.Glance().Title, Is.EqualTo("Aspirin 100 mg"));
            Assert.That(record.Glance().Date, Is.EqualTo("2026-03-01"));
        });
    }

    [Test]
    public async Task Rows_that_were_read_meanwhile_do_not_seem_to_be_cut_off()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await using var subjects = world.Wallet.ReadSubjectsAsync([(0, Category.Laboratory), (0, Category.Medications)], default).GetAsyncEnumerator();
        Assert.That(await subjects.MoveNextAsync(), "and the rows of the second one have been asked for");

        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(await subjects.MoveNextAsync());
        Assert.That(subjects.Current.Records.Findings, Is.Empty);
        Assert.That(subjects.Current.Records.Records, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Records_of_every_epoch_open()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.Wallet.RevokeAsync(await world.GrantAsync(), default);
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings, Is.Empty);
        Assert.That(records.Records, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_record_sealed_under_an_ended_epoch_is_a_finding_and_opens_all_the_same()
    {
        await using var world = await MissAsync();
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.EndedEpoch));
        Assert.That(records.Records, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_record_that_its_author_sealed_again_is_shown_once_and_no_row_is_missed()
    {
        await using var world = await MissAsync();
        await TellAsync(world);
        var subject = world.Subject(Category.Medications);
        await world.Consortium.Hospital.Author.SealAgainAsync(subject, 0, WalletWorld.Aspirin);
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.Multiple(() =>
        {
            Assert.That(records.Findings, Is.Empty);
            Assert.That(records.Complete, Is.True);
            Assert.That(records.Records.Single().Version, Is.EqualTo(subject.Writes[0].Header.Record));
            Assert.That(records.Records.Single().Number, Is.EqualTo(1));
            Assert.That(Encoding.UTF8.GetString(records.Records.Single().Content.Span), Is.EqualTo(WalletWorld.Aspirin));
        });
    }

    [Test]
    public async Task An_old_row_that_is_given_whole_beside_the_new_one_is_not_shown_twice()
    {
        await using var world = await MissAsync();
        await TellAsync(world);
        var subject = world.Subject(Category.Medications);
        var old = subject.Writes[0];
        await world.Consortium.Hospital.Author.SealAgainAsync(subject, 0, WalletWorld.Aspirin);
        subject.Writes[0] = old;
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings, Is.Empty);
        Assert.That(records.Records.Single().Number, Is.EqualTo(1));
    }

    [Test]
    public async Task A_row_is_replaced_by_nothing_less_than_the_same_version()
    {
        await using var world = await MissAsync();
        await TellAsync(world);
        var writes = world.Subject(Category.Medications).Writes;
        await world.WriteAsync(Category.Medications, WalletWorld.Sodium);
        writes[0] = writes[0] with { Current = false, Halves = null };
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.NotOpenable));
        Assert.That(records.Complete, Is.False);
    }

    [Test]
    public async Task A_row_whose_epoch_had_not_ended_can_t_be_replaced()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.GrantAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.Consortium.Hospital.Author.SealAgainAsync(world.Subject(Category.Medications), 0, WalletWorld.Sodium);
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.NotOpenable));
        Assert.That(records.Complete, Is.False);
    }

    [Test]
    public async Task A_record_of_an_ended_epoch_is_granted_only_once_it_is_sealed_again()
    {
        await using var world = await MissAsync();
        await TellAsync(world);
        var subject = world.Subject(Category.Medications);
        var order = world.Order(false) with { Records = [subject.Writes[0].Header.Record.Record] };
        Assert.That(await world.Wallet.GrantAsync(order, default), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.RecordsNotAvailable)));
        await world.Consortium.Hospital.Author.SealAgainAsync(subject, 0, WalletWorld.Aspirin);
        var outcome = (GrantOutcome.Ordered)await world.Wallet.GrantAsync(order with { Invitation = world.Order(false).Invitation }, default);
        await world.Consortium.SettleAsync();
        Assert.That(world.Consortium.Clinic.Grantee.Grants[outcome.Grants[0]].Access.Records.Select(record => record.Header.Digest), Is.EqualTo(new[] { subject.Writes[1].Header.Digest }));
    }

    [Test]
    public async Task A_row_that_is_left_out_is_missed()
    {
        await using var world = await WalletWorld.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        }

        var writes = world.Subject(Category.Medications).Writes;
        var hidden = writes[1];
        writes.RemoveAt(1);
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Select(finding => finding.Kind), Is.EqualTo(new[] { FindingKind.RowMissing }));
        writes.Insert(1, hidden);
        Assert.That((await world.Wallet.ReadRecordsAsync(0, Category.Medications, default)).Findings, Is.Empty);
        writes.RemoveAt(2);
        Assert.That((await world.Wallet.ReadRecordsAsync(0, Category.Medications, default)).Findings.Single().Kind, Is.EqualTo(FindingKind.RowsCut));
    }

    [Test]
    public async Task A_row_that_its_batch_does_not_hold_is_not_believed()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        await world.WriteAsync(Category.Medications, WalletWorld.Sodium);
        var writes = world.Subject(Category.Medications).Writes;
        writes[1] = writes[1] with { Batch = 0 };
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.RowNotInLog));
        Assert.That(records.Records[1].AnchoredAt, Is.Null);
    }

    [Test]
    public async Task A_row_whose_batch_is_still_in_the_outbox_says_so()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.Consortium.Hospital.Author.WriteAsync(world.Subject(Category.Medications), WalletWorld.Aspirin, anchor: false);
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.RowNotFinalYet));
        Assert.That(records.Records, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_late_arrival_is_told_and_takes_nothing_from_completeness()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.Consortium.Hospital.Author.WriteAsync(world.Subject(Category.Medications), WalletWorld.Aspirin, backdated: TimeSpan.FromMinutes(5));
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.LateArrival));
        Assert.That(records.Complete, Is.True);
    }

    [Test]
    public async Task A_wrong_ciphertext_is_a_lie_and_another_nodes_copy_is_taken()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        foreach (var (digest, blob) in world.Consortium.Hospital.Blobs)
        {
            world.Consortium.Clinic.Blobs[digest] = blob;
        }

        world.Consortium.Handler.Changed = (request, reply) =>
            request.Node == "hospital" && request.Path.StartsWith("/records/ciphertexts", StringComparison.Ordinal) ? WorldReply.Ok([1, 2, 3]) : reply;
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Complete, Is.True);
        Assert.That(world.Alarms.Raised.Single().Kind, Is.EqualTo(AlarmKind.LyingPeer));
        Assert.That(world.Alarms.Raised.Single().Detail, Does.StartWith("hospital"));
    }

    [Test]
    public async Task A_ciphertext_that_nobody_has_is_a_finding()
    {
        await using var world = await WalletWorld.ConnectAsync();
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        world.Consortium.Hospital.Blobs.Clear();
        var records = await world.Wallet.ReadRecordsAsync(0, Category.Medications, default);
        Assert.That(records.Records, Is.Empty);
        Assert.That(records.Findings.Single().Kind, Is.EqualTo(FindingKind.NotOpenable));
    }

    /// <summary>A grant was revoked, and the author, who has not heard of it, seals a record under the epoch that has ended.</summary>
    private static async Task<WalletWorld> MissAsync()
    {
        var world = await WalletWorld.ConnectAsync();
        var grant = await world.GrantAsync();
        world.Consortium.Handler.Instead = request => request.Path == "/wallet/epochs" ? WorldHandler.Respond(WorldReply.Problem(503, "away")) : null;
        await world.Wallet.RevokeAsync(grant, default);
        await world.WriteAsync(Category.Medications, WalletWorld.Aspirin);
        return world;
    }

    private static async Task TellAsync(WalletWorld world)
    {
        world.Consortium.Handler.Instead = _ => null;
        Assert.That(await world.Wallet.ResumeAsync(default), "the author has the key of the new epoch");
    }
}
