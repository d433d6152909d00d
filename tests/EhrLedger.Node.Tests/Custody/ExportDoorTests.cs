using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>An export is one more door: through it goes what a patient has granted, each read of it in the patient's log, and nothing after a revocation.</summary>
public sealed class ExportDoorTests
{
    [Test]
    public async Task Only_what_is_granted_goes_out_and_ends_with_the_grant()
    {
        using var story = await ThreeOrganisations.MeetAsync("Exported");
        (string, string)[] doctor = [("X-Acting-Person", "Dr Bulk")];
        var path = $"Patient/$export?patient=Patient/{story.AtClinic}";
        await story.ConnectAsync();
        Assert.That((await story.Clinic.ExportAsync(path, doctor)).Names(), Is.EqualTo(new[] { $"Patient/{story.AtClinic}" }));
        var grants = await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the clinic sees it", async () => (await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids.Count == 3);

        var lines = await story.Clinic.ExportAsync(path, doctor);
        Assert.That(lines.Select(line => (string)line["resourceType"]!).Order(), Is.EqualTo(new[] { "Observation", "Observation", "Observation", "Patient" }));
        foreach (var hidden in (string[])[story.AtHospital, story.Diagnosis, .. story.Prescriptions])
        {
            Assert.That(lines.Select(line => line.ToJsonString()), Has.None.Contains(hidden));
        }

        Assert.That((await story.Clinic.ExportAsync(path, [.. doctor, ("X-Purpose-Of-Use", "HPAYMT")])).Names(), Is.EqualTo(new[] { $"Patient/{story.AtClinic}" }), "for another purpose nothing is granted");
        await story.Phone.Wallet.RevokeAsync(grants[0], CancellationToken.None);
        await Eventually.BecomesTrueAsync("the clinic sees it no more", async () => (await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids.Count == 0);
        Assert.That((await story.Clinic.ExportAsync(path, doctor)).Names(), Is.EqualTo(new[] { $"Patient/{story.AtClinic}" }));
    }
}
