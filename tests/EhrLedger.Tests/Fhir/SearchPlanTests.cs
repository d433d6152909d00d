using EhrLedger.Fhir.Search;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class SearchPlanTests
{
    [TestCase("code=http://loinc.org|2339-0", "code|http://loinc.org|2339-0 code|**")]
    [TestCase("code=2339-0,1-1", "code||2339-0 code||1-1 code|**")]
    [TestCase("patient=p1", "patient|Group/p1 patient|Patient/p1 patient|**")]
    [TestCase("subject:Patient=p1", "patient|Patient/p1 subject|**")]
    [TestCase("date=2020-03-05", "date|* date|2020-03-05 date|2020-03* date|2020* date|**")]
    [TestCase("date=ge2020-03-05&date=lt2020-03-07", "date|* date|2020-03-05 date|2020-03-06 date|2020-03* date|2020* date|**")]
    public void Asks_the_index_for_one_of_few_tokens(string query, string tokens)
    {
        var plan = SearchQueryTests.Parse("Observation", query).Plan();

        Assert.That(plan.AllOf, Has.Count.EqualTo(2));
        Assert.That(plan.AllOf[0], Is.EqualTo(new[] { "_type|Observation" }));
        Assert.That(plan.AllOf[1], Is.EquivalentTo(tokens.Split(' ')));
        Assert.That(plan.NotNarrowed, Is.Empty);
    }

    [TestCase("code:not=1-1", "code")]
    [TestCase("code:missing=true", "code")]
    [TestCase("code:text=gl", "code")]
    [TestCase("code=http://loinc.org|", "code")]
    [TestCase("code=2339-0,http://loinc.org|", "code")]
    [TestCase("date=ne2020", "date")]
    [TestCase("date=ge0001", "date")]
    [TestCase("value-quantity=5", "value-quantity")]
    public void Says_what_it_cannot_narrow(string query, string left)
    {
        var plan = SearchQueryTests.Parse("Observation", query).Plan();

        Assert.That(plan.NotNarrowed, Is.EqualTo(new[] { left }));
        Assert.That(plan.OpensWholeType, Is.True);
    }

    [Test]
    public void Narrows_names_by_their_first_letters()
    {
        Assert.That(SearchQueryTests.Parse("Patient", "family=Müll").Plan().AllOf[1], Is.EquivalentTo(new[] { "name|mull", "name|**" }));
        Assert.That(SearchQueryTests.Parse("Patient", "name=Lüdenscheidt").Plan().AllOf[1], Is.EquivalentTo(new[] { "name|ludensch", "name|**" }));
        Assert.That(SearchQueryTests.Parse("Patient", "name=Li").Plan().NotNarrowed, Is.EqualTo(new[] { "name" }));
        Assert.That(SearchQueryTests.Parse("Patient", "name:contains=Müller").Plan().NotNarrowed, Is.EqualTo(new[] { "name" }));
    }

    [Test]
    public void A_synthea_observation_has_twelve_tokens_and_two_for_each_further_coding()
    {
        foreach (var observation in PublishedResources.Synthea().SelectMany(c => PublishedResources.ResourcesOf((string)c.Arguments[0]!)).OfType<Observation>())
        {
            var further = observation.Code!.Coding.Count + observation.Category.Sum(c => c.Coding.Count) - 2;

            Assert.That(SearchTokens.Describe(observation, PublishedResources.Server, PublishedResources.Now), Has.Count.LessThanOrEqualTo(12 + (2 * further)));
        }
    }

    [Test]
    public void A_resource_with_too_many_values_is_found_all_the_same()
    {
        var observation = new Observation { Identifier = [.. Enumerable.Range(0, 1000).Select(i => new Identifier("urn:x", $"{i}"))] };
        var tokens = SearchTokens.Describe(observation, PublishedResources.Server, PublishedResources.Now);
        var query = SearchQueryTests.Parse("Observation", "identifier=urn:x|777");

        Assert.That(tokens, Has.Count.LessThan(5));
        Assert.That(SearchEvaluator.Matches(observation, query), Is.True);
        Assert.That(query.Plan().AllOf.All(g => g.Any(tokens.Contains)), Is.True);
    }

    /// <summary>The rule that the sealed index stands on, over every published resource and queries made from its own values.</summary>
    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Whatever_matches_has_a_token_of_every_group(string file)
    {
        var random = new Random(file.Length);
        var matches = 0;
        foreach (var resource in PublishedResources.ResourcesOf(file).Where((_, i) => i < 300))
        {
            var tokens = SearchTokens.Describe(resource, PublishedResources.Server, PublishedResources.Now);
            foreach (var value in IndexValues.Extract(resource))
            {
                foreach (var (name, text) in Queries(value, random))
                {
                    if (SearchQuery.Parse(resource.TypeName, [(name, text)], strict: true, PublishedResources.Server, PublishedResources.Now.AddDays(random.Next(400)))
                        is not SearchQueryResult.Accepted { Query: var query })
                    {
                        continue;
                    }

                    if (SearchEvaluator.Matches(resource, query))
                    {
                        matches++;
                        Assert.That(query.Plan().AllOf.All(g => g.Any(tokens.Contains)), Is.True, $"{resource.TypeName}?{name}={text}");
                    }
                }
            }
        }

        Assert.That(matches, Is.GreaterThan(0));
    }

    private static IEnumerable<(string Name, string Value)> Queries(IndexValue value, Random random)
    {
        static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
        switch (value.Value)
        {
            case SearchValue.Token { Code: { } code } token:
                yield return (value.Parameter, Escape(code));
                yield return (value.Parameter, $"{Escape(token.System ?? "")}|{Escape(code)}");
                yield return (value.Parameter, $"nothing,{Escape(code)}");
                yield return (value.Parameter + ":not", "nothing");
                break;
            case SearchValue.Reference { Target: { } target } reference:
                yield return (value.Parameter, Escape(target));
                if (reference.Literal is { } literal)
                {
                    yield return (value.Parameter, literal.Id);
                    yield return ($"{value.Parameter}:{literal.Type}", literal.Id);
                    yield return (value.Parameter, $"{PublishedResources.Server}/{literal.Relative}");
                }

                break;
            case SearchValue.Text { Raw: var raw, Folded: var folded }:
                yield return (value.Parameter, Escape(raw));
                yield return (value.Parameter, folded[..random.Next(folded.Length + 1)]);
                yield return (value.Parameter + ":exact", Escape(raw));
                break;
            case SearchValue.Time { Span: var span }:
                var near = new DateTime(Math.Clamp(span.Start + random.NextInt64(-400, 400) * TimeSpan.TicksPerDay / (random.Next(3) == 0 ? 1 : 100), 0, DateTime.MaxValue.Ticks));
                foreach (var format in (string[])["yyyy", "yyyy-MM", "yyyy-MM-dd", "yyyy-MM-ddTHH:mm"])
                {
                    foreach (var prefix in (string[])["", "ge", "le", "gt", "lt", "sa", "eb", "ap", "ne"])
                    {
                        yield return (value.Parameter, prefix + near.ToString(format, System.Globalization.CultureInfo.InvariantCulture));
                    }
                }

                break;
            default:
                break;
        }
    }
}
