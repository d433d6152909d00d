using System.Globalization;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

/// <summary>
/// How many records a search opens for those that match: on the author's side and on the grantee's the same tokens narrow it. Over the records of Synthea's patients, each patient by himself, as each index is.
/// </summary>
public sealed class NarrowingTests
{
    /// <summary>What is opened beyond twice the matches, at most: around midnight and at the ends of periods one record makes the difference where few match.</summary>
    private const int Few = 2;

    private static readonly Dictionary<string, IReadOnlyList<Indexed>> Opened = [];

    private static IEnumerable<TestCaseData> Patients() => PublishedResources.Synthea().Where(file => !((string)file.Arguments[0]!).Contains("Information", StringComparison.Ordinal));

    [TestCaseSource(nameof(Patients))]
    public void A_code_opens_what_matches(string file)
    {
        foreach (var (type, parameter, value) in Values(file).Where(value => value.Value is SearchValue.Token { Code: not null }).Select(value => (value.Type, value.Parameter, (SearchValue.Token)value.Value)).Distinct())
        {
            foreach (var asked in value.System is { } system ? (string[])[$"{system}|{value.Code}", value.Code!] : [value.Code!])
            {
                var (opened, matching) = Count(file, type, (parameter, asked));
                Assert.That(opened, Is.EqualTo(matching), $"{type}?{parameter}={asked}");
            }
        }
    }

    [TestCaseSource(nameof(Patients))]
    public void A_range_of_dates_opens_about_what_matches(string file)
    {
        var (opened, matching) = (0, 0);
        foreach (var (type, parameter, days) in DaysOf(file))
        {
            foreach (var day in days)
            {
                string Text(string format) => day.ToString(format, CultureInfo.InvariantCulture);
                foreach (var asked in (string[][])[[Text("yyyy-MM-dd")], [Text("yyyy-MM")], [Text("yyyy")], ["ge" + Text("yyyy-MM-dd")], ["lt" + Text("yyyy-MM-dd")],
                    ["ge" + Text("yyyy-MM-dd"), "lt" + day.AddDays(45).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)],
                    ["gt" + Text("yyyy-MM"), "le" + day.AddMonths(30).ToString("yyyy-MM", CultureInfo.InvariantCulture)]])
                {
                    var (o, m) = Count(file, type, [.. asked.Select(text => (parameter, text))]);
                    Assert.That(o, Is.LessThanOrEqualTo((2 * m) + Few + AlwaysOpened(file, type, parameter)), $"{type}?{string.Join('&', asked.Select(text => $"{parameter}={text}"))}: {m} match");
                    (opened, matching) = (opened + o, matching + m);
                }
            }
        }

        TestContext.Out.WriteLine($"{opened} opened for {matching}");
        Assert.That(opened, Is.LessThanOrEqualTo(1.05 * matching));
    }

    [TestCaseSource(nameof(Patients))]
    public void A_code_in_a_range_of_dates_opens_about_what_matches(string file)
    {
        var (opened, matching) = (0, 0);
        var ofType = Load(file).Where(one => one.Resource is Observation { Effective: FhirDateTime, Code.Coding.Count: > 0 }).ToList();
        foreach (var observation in ofType.Where((_, i) => i % 7 == 0).Select(one => (Observation)one.Resource))
        {
            var coding = observation.Code!.Coding[0];
            var year = ((FhirDateTime)observation.Effective!).Value![..4];
            var (o, m) = Count(file, "Observation", ("code", $"{coding.System}|{coding.Code}"), ("date", year));
            Assert.That(o, Is.LessThanOrEqualTo((2 * m) + Few), $"{coding.Code} in {year}: {m} match");
            (opened, matching) = (opened + o, matching + m);
        }

        Assert.That(opened, Is.LessThanOrEqualTo(1.05 * matching));
    }

    private static (int Opened, int Matching) Count(string file, string type, params (string Name, string Value)[] criteria)
    {
        var query = SearchQuery.Parse(type, criteria, strict: true, PublishedResources.Server, PublishedResources.Now).Match(accepted: q => q, refused: issues => throw new AssertionException(issues[0].Diagnostics ?? "refused"));
        var plan = query.Plan();
        Assert.That(plan.NotNarrowed, Is.Empty);
        var candidates = Load(file).Where(one => plan.AllOf.All(group => group.Any(one.Tokens.Contains))).ToList();
        return (candidates.Count, candidates.Count(one => SearchEvaluator.Matches(one.Resource, query)));
    }

    /// <summary>Records whose date has an end that is open, or lies outside of what the tokens tell apart: every range opens them.</summary>
    private static int AlwaysOpened(string file, string type, string parameter) => Load(file).Count(one => one.Resource.TypeName == type && one.Tokens.Contains($"{parameter}|*"));

    private static IEnumerable<(string Type, string Parameter, IReadOnlyList<DateTime> Days)> DaysOf(string file) => Values(file)
        .Where(value => value.Value is SearchValue.Time { Span: { Start: > 0 } })
        .GroupBy(value => (value.Type, value.Parameter), value => new DateTime(((SearchValue.Time)value.Value).Span.Start, DateTimeKind.Utc).Date)
        .Select(group => (group.Key.Type, group.Key.Parameter, (IReadOnlyList<DateTime>)[.. group.Distinct().Order().Where((_, i) => i % 5 == 0)]));

    private static IEnumerable<(string Type, string Parameter, SearchValue Value)> Values(string file) =>
        from one in Load(file)
        from parameter in TokenTable.Parameters(one.Resource.TypeName)
        where parameter.Code is not ("encounter" or "patient" or "subject" or "identifier" or "name")
        from value in IndexValues.Extract(one.Resource, parameter)
        select (one.Resource.TypeName, parameter.Code, value);

    private static IReadOnlyList<Indexed> Load(string file)
    {
        lock (Opened)
        {
            return Opened.TryGetValue(file, out var known) ? known : Opened[file] =
                [.. PublishedResources.ResourcesOf(file).Skip(1).Select(resource => new Indexed(resource, SearchTokens.Describe(resource, PublishedResources.Server, PublishedResources.Now).ToHashSet(StringComparer.Ordinal)))];
        }
    }

    private sealed record Indexed(Resource Resource, HashSet<string> Tokens);
}
