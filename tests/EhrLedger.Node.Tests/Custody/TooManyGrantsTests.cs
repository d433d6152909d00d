using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A clinic with more grants than it may ask under for an id that it does not know.</summary>
public sealed class TooManyGrantsTests
{
    private const string Unknown = "00112233445566778899aabbccddeeff";
    private const int More = 65;

    [Test]
    public async Task Every_question_for_an_unknown_record_is_too_costly_alike()
    {
        using var story = await ThreeOrganisations.MeetAsync();
        await story.ConnectAsync();
        var categories = Enum.GetValues<Category>();
        for (var granted = 0; granted < More; granted += categories.Length)
        {
            await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, categories);
        }

        await Eventually.BecomesTrueAsync("the clinic holds them all", async () => (await story.Clinic.GetAsync($"Observation/{Unknown}")).Status == 403);
        string[] questions = [$"Observation/{Unknown}", $"Observation/{Unknown}/$meta", $"Encounter/{Unknown}/$everything"];
        foreach (var question in questions)
        {
            var alone = await story.Clinic.GetAsync(question);
            alone.AssertIsOutcome(403);
            Assert.That((string?)alone.Json["issue"]![0]!["code"], Is.EqualTo("too-costly"));
        }

        var entries = (await story.Clinic.PostBundleAsync(Resources.Bundle("batch", [.. questions.Select(question => Resources.Entry("GET", question))]))).Json["entry"]!.AsArray();
        Assert.That(entries.Select(entry => (string?)entry!["response"]!["status"]), Is.All.EqualTo("403 Forbidden"));
    }
}
