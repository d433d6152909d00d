using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Custody;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>The operations as a grantee has them: what was granted and no more, all of it in the patient's log.</summary>
public sealed class GrantedOperationTests
{
    private static readonly (string, string) Doctor = ("X-Acting-Person", "Dr Everything");

    [Test]
    public async Task A_grantee_s_operations_show_what_was_granted_and_no_more()
    {
        using var story = await ThreeOrganisations.MeetAsync("Operations");
        await story.ConnectAsync();
        var clinic = story.Clinic;
        var ask = $"Patient/{story.AtClinic}/$everything";
        var own = await clinic.KeepAsync(Resources.Condition(story.AtClinic));
        Assert.That(Types(await clinic.GetAsync(ask, Doctor)), Is.EquivalentTo(new[] { "Patient", "Condition" }));

        await story.Phone.GrantAsync(story.Relationship, clinic, story.AtClinic, Category.Laboratory, Category.Medications);
        FhirReply? all = null;
        await Eventually.BecomesTrueAsync("all that was granted is shown", async () => (all = await clinic.GetAsync(ask, Doctor)).Ids.Count == 7);
        Assert.That(Types(all!), Is.EquivalentTo(new[] { "Patient", "Condition", "Observation", "Observation", "Observation", "MedicationRequest", "MedicationRequest" }));
        Assert.That(all!.Matches.Where(match => (string?)match["resourceType"] != "Patient").Select(match => (string?)match["subject"]!["reference"]), Is.All.EqualTo($"Patient/{story.AtClinic}"));
        Assert.That(all.Text, Does.Not.Contain(story.AtHospital).And.Not.Contain(story.Diagnosis));

        Assert.That(Types(await clinic.GetAsync($"{ask}?_type=Observation&start=2024-03-01", Doctor)), Is.EqualTo(new[] { "Observation", "Observation" }));
        var pages = await clinic.ReadPagesAsync($"{ask}?_count=3");
        Assert.That(pages.Select(page => page.Count), Is.EqualTo(new[] { 3, 3, 1 }));
        Assert.That(pages.SelectMany(page => page), Is.EquivalentTo(all.Ids));
        Assert.That(Types(await clinic.GetAsync(ask, Doctor, ("X-Purpose-Of-Use", "HPAYMT"))), Is.EquivalentTo(new[] { "Patient", "Condition" }));

        var granted = (string)all.Matches.First(match => (string?)match["resourceType"] == "Observation")["id"]!;
        var meta = await clinic.GetAsync($"Observation/{granted}/$meta", Doctor);
        Assert.That((string?)meta.Json["parameter"]![0]!["valueMeta"]!["tag"]![0]!["code"], Is.EqualTo("foreign"), meta.Text);
        (await clinic.CallAsync(HttpMethod.Post, $"/fhir/Observation/{granted}/$meta-add", """{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}""")).AssertIsOutcome(405);
        (await clinic.GetAsync($"Observation/{granted}/$validate", Doctor)).AssertIsOutcome(404);

        // The patient sees every one of the records that were shown, and by whom.
        var log = await story.Phone.ReadLogAsync(story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));
        var reads = log.Events.Where(seen => seen.Organisation == clinic.Organisation && seen.Kind == AccessKind.Read && seen.Person == "Dr Everything").ToList();
        Assert.That(reads.SelectMany(seen => seen.Records).Distinct().Count(), Is.EqualTo(5));
        Assert.That(own, Is.Not.Empty);
    }

    private static List<string> Types(FhirReply reply) => [.. reply.Matches.Select(match => (string)match["resourceType"]!)];
}
