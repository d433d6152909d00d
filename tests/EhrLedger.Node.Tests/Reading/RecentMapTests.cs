using EhrLedger.Node.Reading;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Reading;

public sealed class RecentMapTests
{
    private const int Most = 100;
    private RecentMap<int, string> _map = null!;

    [SetUp]
    public void Begin() => _map = new RecentMap<int, string>(Most);

    [Test]
    public void Holds_no_more_than_it_may()
    {
        for (var i = 0; i < 10 * Most; i++)
        {
            _map.Set(i, $"{i}");
            Assert.That(_map.Count, Is.LessThanOrEqualTo(Most));
        }

        Assert.That(_map.TryGet(0, out _), Is.False);
        Assert.That(_map.TryGet((10 * Most) - 1, out var last), Is.True);
        Assert.That(last, Is.EqualTo("999"));
    }

    [Test]
    public void Keeps_what_is_asked_for_again_and_again()
    {
        for (var i = 0; i < 10 * Most; i++)
        {
            _map.Set(i, $"{i}");
            Assert.That(_map.TryGet(0, out var kept), Is.True);
            Assert.That(kept, Is.EqualTo("0"));
        }
    }

    [Test]
    public void The_newest_value_counts()
    {
        _map.Set(1, "old");
        for (var i = 2; i < Most; i++)
        {
            _map.Set(i, "");
        }

        _map.Set(1, "new");
        Assert.That(_map.TryGet(1, out var value) ? value : null, Is.EqualTo("new"));
    }

    [Test]
    public void What_is_heavy_leaves_less_room()
    {
        var map = new RecentMap<int, string>(Most, text => text.Length);
        map.Set(0, new string('x', Most));
        Assert.That(map.TryGet(0, out _), Is.False, "Heavier than a generation.");
        for (var i = 1; i < 1000; i++)
        {
            map.Set(i % 50, new string('x', 1 + (i % 40)));
            Assert.That(Enumerable.Range(0, 50).Sum(key => map.TryGet(key, out var text) ? text.Length : 0), Is.LessThanOrEqualTo(Most));
        }
    }
}
