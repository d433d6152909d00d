using EhrLedger.Node.Fhir;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Tests.Harness;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>How long searches are kept, and how many.</summary>
public sealed class SearchSessionsTests
{
    private const int MostSessions = 5;
    private const int MostMatches = 100;

    private readonly Clock _clock = new();
    private TestFolder _folder = null!;
    private TestNode _node = null!;
    private SqliteFile _file = null!;
    private StorageKeys _keys = null!;
    private SearchSessions _sessions = null!;

    [SetUp]
    public async Task BeginAsync()
    {
        _folder = new TestFolder();
        _node = new TestNode(_folder, "Alone", 0);
        var path = _folder["records.db"];
        await using (var schema = new RecordDbContext(new DbContextOptionsBuilder<RecordDbContext>().UseSqlite($"Data Source={path};Pooling=False").Options))
        {
            await schema.Database.MigrateAsync();
        }

        _file = new SqliteFile(path);
        _keys = new StorageKeys(_node.Keys.Root);
        _sessions = new SearchSessions(_file, _keys, _clock, MostSessions, MostMatches);
    }

    [TearDown]
    public void End()
    {
        _sessions.Dispose();
        _keys.Dispose();
        _file.Dispose();
        _node.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void A_search_ends_after_an_hour()
    {
        var token = Keep(3);
        _clock.Now += SearchSessions.Lifetime - TimeSpan.FromSeconds(1);
        Assert.That(_sessions.Find(token), Is.Not.Null);
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.That(_sessions.Find(token), Is.Null);
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
        var tokens = Enumerable.Range(0, MostSessions + 1).Select(_ => Keep(3)).ToList();
        Assert.That(_sessions.Count, Is.EqualTo(MostSessions));
        Assert.That(_sessions.Find(tokens[0]), Is.Null);
        Assert.That(_sessions.Find(tokens[1]), Is.Not.Null);
    }

    [Test]
    public void The_oldest_goes_when_they_are_too_large_together()
    {
        var first = Keep(MostMatches / 2);
        var second = Keep(MostMatches / 2);
        Assert.That(_sessions.Count, Is.EqualTo(2));
        var third = Keep(MostMatches + 1);
        Assert.That((_sessions.Find(first), _sessions.Find(second)), Is.EqualTo(((KeptPage?)null, (KeptPage?)null)));
        Assert.That(_sessions.Find(third), Is.Not.Null, "one alone may be larger");
        Keep(3);
        Assert.That(_sessions.Find(third), Is.Null);
        Assert.That(_sessions.Count, Is.EqualTo(1));
    }

    [Test]
    public void A_page_comes_back_as_it_was_kept()
    {
        var kept = SearchOf(3) with { Owner = "Dr Li\nTREAT", Parameters = [("code", "a,b"), ("date", "ge2024")], LedgerSize = 77 };
        var name = _sessions.Keep(kept);
        var page = _sessions.Find(_sessions.TokenOf(name, 2))!;
        Assert.That((page.Page, page.Search with { Parameters = [], Matches = [] }), Is.EqualTo((2, kept with { Parameters = [], Matches = [] })));
        Assert.That(page.Search.Parameters, Is.EqualTo(kept.Parameters));
        Assert.That(page.Search.Matches.Select(Written), Is.EqualTo(kept.Matches.Select(Written)));
        Assert.That(_sessions.Find(""), Is.Null);
        Assert.That(_sessions.Find(_sessions.TokenOf(new byte[16], 0)), Is.Null);
    }

    private string Keep(int matches) => _sessions.TokenOf(_sessions.Keep(SearchOf(matches)), 1);

    private static string Written(SearchSession.Match match) => $"{match.Type}/{match.Id} {match.Version} {string.Join(' ', match.Told)}";

    private static SearchSession SearchOf(int matches) => new(
        new SearchScope("Observation"), [], DateTimeOffset.UnixEpoch, 1, "", 1,
        [.. Enumerable.Range(0, matches).Select(i => new SearchSession.Match("Observation", $"{i}", i % 2 == 0 ? 1u : null, i % 3 == 0 ? [i, i + 1] : []))]);

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
