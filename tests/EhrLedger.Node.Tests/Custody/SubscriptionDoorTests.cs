using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A subscription is one more door: through it goes that something new was granted, each look in the patient's log as what it is, and nothing after a revocation.</summary>
public sealed class SubscriptionDoorTests
{
    private const string Look = "Automatic look for subscriptions";
    private static readonly (string, string)[] Ward = [("X-Acting-Person", "Ward 3")];

    [Test]
    public async Task Tells_that_a_granted_patient_has_something_new_until_the_grant_ends()
    {
        using var story = await ThreeOrganisations.MeetAsync("Subscribed", settings: ["--shared-types", "none", "--subscription-interval", "00:00:01"]);
        await using var subscriber = await Subscriber.StartAsync();
        await story.ConnectAsync();
        var criteria = $"Observation?patient=Patient/{story.AtClinic}&_tag=urn:ehrledger:tag|foreign";
        var created = await story.Clinic.CreateAsync(subscriber.Subscription(criteria), Ward);
        Assert.That(created.Status, Is.EqualTo(201), created.Text);
        await Eventually.BecomesTrueAsync("it is active", () => Task.FromResult(subscriber.All.Count == 1));

        // A new grant is something new, once.
        var grants = await story.Phone.GrantAsync(story.Relationship, story.Clinic, story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the grant is told", () => Task.FromResult(subscriber.All.Count == 2));

        // What is not granted is not told, what is granted is.
        await story.Hospital.KeepAsync(Resources.Condition(story.AtHospital));
        await story.Hospital.KeepAsync(Resources.Observation(story.AtHospital, "718-7"));
        await Eventually.BecomesTrueAsync("the new one is told", () => Task.FromResult(subscriber.All.Count == 3));
        Assert.That(subscriber.All.Select(received => received.Body), Is.All.Empty);

        var log = await story.Phone.ReadLogAsync(story.Relationship);
        var looks = log.Events.Where(seen => seen.Person == Look).ToList();
        Assert.That(looks, Is.Not.Empty);
        Assert.That(looks.Select(seen => (seen.Kind, seen.Role)).Distinct(), Is.EqualTo(new[] { (AccessKind.Searched, "subscription") }), "nothing is opened");

        await story.Phone.Wallet.RevokeAsync(grants[0], CancellationToken.None);
        await Eventually.BecomesTrueAsync("the clinic sees it no more", async () => (await story.Clinic.GetAsync($"Observation?patient={story.AtClinic}")).Ids.Count == 0);
        var before = subscriber.All.Count;
        var looked = (await story.Phone.ReadLogAsync(story.Relationship)).Events.Count(seen => seen.Person == Look);
        await story.Hospital.KeepAsync(Resources.Observation(story.AtHospital, "2345-7"));

        Assert.That(subscriber.All, Has.Count.EqualTo(before));
        Assert.That((await story.Phone.ReadLogAsync(story.Relationship)).Events.Count(seen => seen.Person == Look), Is.EqualTo(looked).Or.EqualTo(looked + 1));
    }
}
