using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Fhir;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>How long searches are kept, and how many.</summary>
public sealed class SearchSessionsTests
{
    private readonly Clock _clock = new();
    private SearchSessions _sessions = null!;

    [SetUp]
    public void Begin() => _sessions = new SearchSessions(_clock);

    [TearDown]
    public void End() => _sessions.Dispose();

    [Test]
    public void A_search_ends_after_an_hour()
    {
        var token = Keep(3);
        _clock.Now += SearchSessions.Lifetime - TimeSpan.FromSeconds(1);
        Assert.That(_sessions.Find(token), Is.Not.Null);
        Assert.That(_sessions.Next(token), Is.Not.Null);
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.That(_sessions.Find(token), Is.Null);
        Assert.That(_sessions.Count, Is.Zero);
    }

    [Test]
    public void What_has_ended_is_dropped_though_nobody_searches_any_more()
    {
        Keep(3);
        _clock.Now += SearchSessions.Lifetime;
        _clock.Tick();
        Assert.That(_sessions.Count, Is.Zero);
    }

    [Test]
    public void The_oldest_goes_when_there_are_too_many()
    {
        var tokens = Enumerable.Range(0, SearchSessions.MostSessions + 1).Select(_ => Keep(3)).ToList();
        Assert.That(_sessions.Count, Is.EqualTo(SearchSessions.MostSessions));
        Assert.That(_sessions.Find(tokens[0]), Is.Null);
        Assert.That(_sessions.Find(tokens[1]), Is.Not.Null);
    }

    [Test]
    public void The_oldest_goes_when_they_are_too_large_together()
    {
        var first = Keep(SearchSessions.MostMatches / 2);
        var second = Keep(SearchSessions.MostMatches / 2);
        Assert.That(_sessions.Count, Is.EqualTo(2));
        var third = Keep(SearchSessions.MostMatches + 1);
        Assert.That((_sessions.Find(first), _sessions.Find(second)), Is.EqualTo(((SearchSessions.Session?)null, (SearchSessions.Session?)null)));
        Assert.That(_sessions.Find(third), Is.Not.Null, "one alone may be larger");
        Keep(3);
        Assert.That(_sessions.Find(third), Is.Null);
        Assert.That(_sessions.Count, Is.EqualTo(1));
    }

    private string Keep(int matches)
    {
        var query = ((SearchQueryResult.Accepted)SearchQuery.Parse("Observation", [], strict: true, new ServerBase("http://127.0.0.1/fhir"), _clock.Now)).Query;
        return _sessions.Keep(query, new SearchSessions.Match[matches], 1, PurposeOfUse.Treatment);
    }

    /// <summary>Time goes when a test says so; the timer rings likewise.</summary>
    private sealed class Clock : TimeProvider
    {
        private TimerCallback? _ring;

        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = callback;
            return new Silent();
        }

        public void Tick() => _ring!(null);

        private sealed class Silent : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
