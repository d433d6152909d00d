using EhrLedger.Node.Smart.Launch;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

public sealed class LaunchContextsTests
{
    [Test]
    public void A_launch_ends_after_five_minutes()
    {
        var clock = new Clock();
        var launches = new LaunchContexts(clock);
        var launch = launches.Add("app", new LaunchContext("1", null))!;
        clock.Now += TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1);
        Assert.That(launches.Find(launch, "app"), Is.Not.Null);
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.That(launches.Find(launch, "app"), Is.Null);
        Assert.That(launches.TryUse(launch, "app"), Is.False);
    }

    [Test]
    public void What_waits_has_a_bound_and_what_has_ended_makes_room()
    {
        var clock = new Clock();
        var launches = new LaunchContexts(clock);
        var count = 0;
        while (count < 20_000 && launches.Add("app", new LaunchContext("1", null)) is not null)
        {
            count++;
        }

        Assert.That(count, Is.EqualTo(10_000));
        clock.Now += LaunchContexts.Lifetime;
        Assert.That(launches.Add("app", new LaunchContext("1", null)), Is.Not.Null);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
