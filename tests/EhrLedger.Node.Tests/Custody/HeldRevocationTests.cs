using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Granting;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A revocation that reaches custodians while there is no sequencer that could log it.</summary>
public sealed class HeldRevocationTests
{
    [Test]
    public async Task Custodians_that_hold_a_revocation_refuse_after_a_restart_though_the_ledger_has_none()
    {
        using var story = await ThreeOrganisations.MeetAsync("Held");
        await story.ConnectAsync();
        var grants = await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Laboratory, Category.Medications);
        await Eventually.BecomesTrueAsync("the clinic reads", async () => (await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids.Count == 3);
        var ends = (await story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Category == Category.Laboratory).Id;
        Assert.That(grants, Does.Contain(ends));

        story.Insurer.Kill();
        Assert.That(await story.Phone.Wallet.RevokeAsync(ends, CancellationToken.None), Is.EqualTo(RevokeOutcome.Waiting));
        foreach (var custodian in (TestNode[])[story.Hospital, story.Clinic])
        {
            Assert.That(Held(custodian), Is.EqualTo(1));
            custodian.Kill();
            await custodian.StartAsync();
        }

        // The custodians answer: the other grant is as good as ever.
        await story.Insurer.StartAsync();
        await Eventually.BecomesTrueAsync("the clinic reads prescriptions", async () => (await story.Clinic.GetAsync($"MedicationRequest?patient={story.AtClinic}")).Ids.Count == 2);
        Assert.That((await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids, Is.Empty);
        Assert.That((await story.Insurer.ReadLogAsync((await story.Insurer.FindHealthAsync())!.Size)).Select(bytes => Entry.TryParse(bytes)!.Type), Does.Not.Contain(ConsentEntryTypes.Revoked));

        Assert.That(await story.Phone.Wallet.ResumeAsync(CancellationToken.None), "the revocation is logged at last");
        await story.Hospital.BecomesFinalAsync((await story.Insurer.FindHealthAsync())!.Size);
        story.Hospital.Kill();
        await story.Hospital.StartAsync();
        Assert.That(Held(story.Hospital), Is.Zero, "the ledger says it by itself");
        Assert.That((await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids, Is.Empty);
    }

    private static long Held(TestNode node)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, "records.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM held_revocations";
        return (long)command.ExecuteScalar()!;
    }
}
