using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>Too few custodians release: whether those that are missing are silent, or one of them refuses, decides what the clinic is told.</summary>
public sealed class RefusalTests
{
    [Test]
    public async Task One_that_refuses_among_silent_ones_is_a_denial_and_looks_like_nothing_being_there()
    {
        await using var fourth = await FakePeer.StartAsync();
        using var story = await ThreeOrganisations.MeetAsync(impostor: fourth.Address);
        await story.ConnectAsync();
        await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Laboratory);
        var search = $"Observation?patient={story.AtClinic}";
        var granted = (await story.Clinic.GetAsync(search)).Ids[0];
        await ThreeOrganisations.LoseSharesAsync(story.Insurer);
        await Eventually.BecomesTrueAsync("the clinic's entries are final again", async () => (await story.Clinic.GetAsync($"Observation/{granted}")).Status == 503 && (await story.Clinic.GetAsync("Observation/00112233445566778899aabbccddeeff")).Status == 404);
        (await story.Clinic.GetAsync(search)).AssertIsOutcome(503);

        fourth.Answer = context =>
        {
            context.Response.StatusCode = context.Request.Path == "/custody/releases" ? StatusCodes.Status403Forbidden : StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
        var denied = await story.Clinic.GetAsync($"Observation/{granted}");
        var never = await story.Clinic.GetAsync("Observation/00112233445566778899aabbccddeeff");
        denied.AssertIsOutcome(404);
        Assert.That(denied.Text, Is.EqualTo(never.Text));
        var found = await story.Clinic.GetAsync(search);
        Assert.That((found.Ids, found.Warnings), Is.EqualTo((new List<string>(), new List<string>())));
    }
}
