using EhrLedger.Fhir.Search;
using FsCheck.Fluent;
using FsCheck;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class DateSpanTests
{
    [TestCase("2020", "2020-01-01T00:00:00", "2021-01-01T00:00:00")]
    [TestCase("2020-02", "2020-02-01T00:00:00", "2020-03-01T00:00:00")]
    [TestCase("2020-02-29", "2020-02-29T00:00:00", "2020-03-01T00:00:00")]
    [TestCase("2020-12-31T23:59", "2020-12-31T23:59:00", "2021-01-01T00:00:00")]
    [TestCase("2020-12-31T23:59:59Z", "2020-12-31T23:59:59", "2021-01-01T00:00:00")]
    [TestCase("2020-12-31T23:59:59.5+02:00", "2020-12-31T21:59:59.5", "2020-12-31T21:59:59.6")]
    [TestCase("2016-12-31T23:59:60Z", "2016-12-31T23:59:59", "2017-01-01T00:00:00")]
    public void Is_what_the_precision_leaves_open(string text, string start, string end)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;

        Assert.That(DateSpan.Parse(text), Is.EqualTo(new DateSpan(DateTime.Parse(start, culture).Ticks, DateTime.Parse(end, culture).Ticks)));
    }

    [TestCase("")]
    [TestCase("20")]
    [TestCase("0000")]
    [TestCase("2020-")]
    [TestCase("2020-13")]
    [TestCase("2021-02-29")]
    [TestCase("2020-02-29T")]
    [TestCase("2020-02-29T24:00")]
    [TestCase("2020-02-29T10:00:00.")]
    [TestCase("2020-02-29T10:00:00+15:00")]
    [TestCase("2020-02-29 10:00")]
    [TestCase("٢٠٢٠")]
    public void Refuses_what_is_no_date(string text) => Assert.That(DateSpan.Parse(text), Is.Null);

    [Test]
    public void Never_throws_on_any_text() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
    {
        _ = DateSpan.Parse(text);
        return true;
    }).QuickCheckThrowOnFailure();

    [TestCase("9999")]
    [TestCase("0001-01-01T00:00:00+14:00")]
    [TestCase("9999-12-31T23:59:59.9999999-14:00")]
    public void Survives_the_ends_of_the_calendar(string text) => Assert.That(DateSpan.Parse(text)!.Value.Start, Is.LessThan(DateSpan.Parse(text)!.Value.End));
}

public sealed class DateCoverTests
{
    private static readonly DateTimeOffset Now = PublishedResources.Now;

    [TestCase("2020-03-05", "2020 2020-03 2020-03-05")]
    [TestCase("2020-03", "2020 2020-03 2020-03*")]
    [TestCase("2020", "2020 2020*")]
    [TestCase("1850-03-05", "*")]
    [TestCase("2099", "*")]
    public void Describes_a_date_by_its_day_month_and_year(string date, string tokens)
    {
        var described = new HashSet<string>();
        DateCover.Describe(DateSpan.Parse(date)!.Value, Now, t => described.Add(t));

        Assert.That(described, Is.EquivalentTo(tokens.Split(' ')));
    }

    [Test]
    public void Asks_for_the_smallest_cover_of_a_range()
    {
        var asked = DateCover.Ask(new DateSpan(DateSpan.Parse("2019-12-31")!.Value.Start, DateSpan.Parse("2021-02-01")!.Value.End), Now);

        Assert.That(asked, Is.EquivalentTo(new[] { "*", "2019-12-31", "2019-12*", "2019*", "2020", "2021-01", "2021*", "2021-02-01", "2021-02*" }));
    }

    [Test]
    public void An_open_range_up_to_now_takes_a_few_dozen_tokens() =>
        Assert.That(DateCover.Ask(new DateSpan(DateSpan.Parse("2015-05-17")!.Value.Start, DateSpan.Open), Now), Has.Count.LessThan(50));

    [Test]
    public void Stretches_that_overlap_share_a_token()
    {
        var random = new Random(42);
        var overlaps = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var value = Stretch(random);
            var asked = Stretch(random);
            var tokens = new HashSet<string>();
            DateCover.Describe(value, Now, t => tokens.Add(t));
            Assert.That(tokens, Has.Count.InRange(1, 20));
            if (!value.Overlaps(asked))
            {
                continue;
            }

            overlaps++;
            // The question comes later than the record, by up to two years.
            if (DateCover.Ask(asked, Now.AddDays(random.Next(700))) is { } query)
            {
                Assert.That(tokens.Overlaps(query), Is.True, $"{value} {asked}");
            }
        }

        Assert.That(overlaps, Is.GreaterThan(2_000));
    }

    [Test]
    public void A_day_far_from_the_range_shares_none()
    {
        var tokens = new HashSet<string>();
        DateCover.Describe(DateSpan.Parse("2020-03-05")!.Value, Now, t => tokens.Add(t));

        Assert.That(tokens.Overlaps(DateCover.Ask(DateSpan.Parse("2020-03-06")!.Value, Now)!), Is.False);
        Assert.That(tokens.Overlaps(DateCover.Ask(DateSpan.Parse("2020-04")!.Value, Now)!), Is.False);
        Assert.That(tokens.Overlaps(DateCover.Ask(DateSpan.Parse("2021")!.Value, Now)!), Is.False);
    }

    private static DateSpan Stretch(Random random)
    {
        var start = new DateTime(random.Next(10) == 0 ? random.Next(1, 9990) : random.Next(1995, 2030), random.Next(1, 13), random.Next(1, 29)).Ticks
            + random.NextInt64(TimeSpan.TicksPerDay);
        return random.Next(8) switch
        {
            0 => new DateSpan(0, start + 1),
            1 => new DateSpan(start, DateSpan.Open),
            2 => new DateSpan(start, start + 1),
            3 => new DateSpan(start, start + random.NextInt64(1, 40 * TimeSpan.TicksPerDay)),
            4 => new DateSpan(start, start + random.NextInt64(1, 4000 * TimeSpan.TicksPerDay)),
            _ => DateSpan.Parse(new DateTime(start).ToString(random.Next(3) switch { 0 => "yyyy", 1 => "yyyy-MM", _ => "yyyy-MM-dd" }, null))!.Value,
        };
    }
}
