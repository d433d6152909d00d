using System.Text.Json.Nodes;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A subscription is one more door: through it goes that something new was granted, each look in the patient's log as what it is, and nothing after a revocation.</summary>
public sealed class SubscriptionDoorTests
{
    private const string Look = "Automatic look for subscriptions";

    private static readonly string[] Seldom = ["--shared-types", "none", "--subscription-interval", "01:00:00"];
    private static readonly string[] Often = ["--shared-types", "none", "--subscription-interval", "00:00:01"];

    [Test]
    public async Task Tells_that_a_granted_patient_has_something_new_until_the_grant_ends()
    {
        using var story = await ThreeOrganisations.MeetAsync("Subscribed", settings: Seldom);
        await using var ward = await Subscriber.StartAsync();
        await using var desk = await Subscriber.StartAsync();
        await using var bills = await Subscriber.StartAsync();
        await using var problems = await Subscriber.StartAsync();
        await story.ConnectAsync();
        await SubscribeAsync(story, ward, "Observation", ("X-Acting-Person", "Ward 3"));
        await SubscribeAsync(story, desk, "Observation", ("X-Acting-Person", "Desk"));
        await SubscribeAsync(story, bills, "Observation", ("X-Acting-Person", "Bills"), ("X-Purpose-Of-Use", "HPAYMT"));
        await SubscribeAsync(story, problems, "Condition", ("X-Acting-Person", "Ward 3"));

        // A new grant is something new, once; and one look is enough for all who have subscribed for the same purpose.
        var laboratory = (await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Laboratory))[0];
        await ToldAsync(ward, 2);
        await ToldAsync(desk, 2);
        var looks = await LooksAsync(story);
        Assert.That(looks.Select(seen => (seen.Kind, seen.Role, seen.Purpose, seen.Grant)), Is.EqualTo(new[] { (AccessKind.Searched, "subscription", (PurposeOfUse?)PurposeOfUse.Treatment, (GrantId?)laboratory) }), "nothing is opened");

        // What is not granted is not told, what is granted is; a stop of the node makes no difference.
        await story.Clinic.StopAsync();
        story.Clinic.Settings = Often;
        await story.Clinic.StartAsync();
        await story.Hospital.KeepAsync(Resources.Condition(story.AtHospital));
        await story.Hospital.KeepAsync(Resources.Observation(story.AtHospital, "718-7"));
        await ToldAsync(ward, 3);
        await ToldAsync(desk, 3);
        Assert.That(problems.All, Has.Count.EqualTo(1));
        await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Problems);
        await ToldAsync(problems, 2);

        await story.Phone.Wallet.RevokeAsync(laboratory, CancellationToken.None);
        await Eventually.BecomesTrueAsync("the clinic sees it no more", async () => (await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids.Count == 0);

        // What comes under the other grant tells that the node has looked wherever it may, and again.
        await story.Hospital.KeepAsync(Resources.Condition(story.AtHospital));
        await ToldAsync(problems, 3);
        var (before, looked) = (ward.All.Count, (await LooksAsync(story)).Count(seen => seen.Grant == laboratory));
        await story.Hospital.KeepAsync(Resources.Observation(story.AtHospital, "2345-7"));
        for (var told = 4; told <= 5; told++)
        {
            await story.Hospital.KeepAsync(Resources.Condition(story.AtHospital));
            await ToldAsync(problems, told);
        }

        Assert.That((ward.All.Count, desk.All.Count), Is.EqualTo((before, before)));
        looks = await LooksAsync(story);
        Assert.That(looks.Count(seen => seen.Grant == laboratory), Is.EqualTo(looked));
        Assert.That(looks.Select(seen => seen.Purpose), Is.All.EqualTo(PurposeOfUse.Treatment), "nobody looks for what was not granted");
        Assert.That(bills.All, Has.Count.EqualTo(1));
        Assert.That(((Subscriber[])[ward, desk, problems]).SelectMany(subscriber => subscriber.All).Select(received => received.Body), Is.All.Empty);
    }

    private static async Task SubscribeAsync(ThreeOrganisations story, Subscriber subscriber, string type, params (string, string)[] caller)
    {
        JsonObject subscription = subscriber.Subscription($"{type}?patient=Patient/{story.AtClinic}&_tag=urn:ehrledger:tag|foreign");
        var created = await story.Clinic.CreateAsync(subscription, caller);
        Assert.That(created.Status, Is.EqualTo(201), created.Text);
        await ToldAsync(subscriber, 1);
    }

    /// <summary>The first call asks whether the endpoint is there.</summary>
    private static Task ToldAsync(Subscriber subscriber, int times) => Eventually.BecomesTrueAsync($"{times} calls, not {subscriber.All.Count}", () => Task.FromResult(subscriber.All.Count >= times));

    private static async Task<List<AccessEvent>> LooksAsync(ThreeOrganisations story) =>
        [.. (await story.Phone.ReadLogAsync(story.Relationship)).Events.Where(seen => seen.Person == Look)];
}
