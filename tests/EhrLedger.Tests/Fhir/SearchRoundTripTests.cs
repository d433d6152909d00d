using System.Globalization;
using EhrLedger.Fhir.Search;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

/// <summary>Every search parameter that R4 has for a published resource finds it again by what stands in it, through the index's tokens and by the evaluator.</summary>
public sealed class SearchRoundTripTests
{
    private static IEnumerable<TestCaseData> Files() => PublishedResources.R4Examples().Concat(PublishedResources.Synthea().Where(file => ((string)file.Arguments[0]!).Contains("fhir", StringComparison.OrdinalIgnoreCase)).Take(1));

    [TestCaseSource(nameof(Files))]
    public void Finds_a_resource_by_each_of_its_values(string file)
    {
        foreach (var resource in Some(file))
        {
            var tokens = SearchTokens.Describe(resource, PublishedResources.Server, PublishedResources.Now);
            foreach (var definition in ModelInfo.SearchParameters.Where(p => p.Resource == resource.TypeName && p.Type != SearchParamType.Special))
            {
                var parameter = SearchParameters.Find(resource.TypeName, definition.Code!)!;
                var values = IndexValues.Extract(resource, parameter);
                if (values.Count == 0 && !IsMade(resource, definition))
                {
                    continue;
                }

                Assert.That(values, Is.Not.Empty, $"{resource.TypeName}.{definition.Code} is in {file}, and has no value");
                foreach (var (modifier, text) in values.Where(IsAskable).Select(Ask))
                {
                    var what = $"{resource.TypeName}?{parameter.Code}{modifier}={text}";
                    var result = SearchQuery.Parse(resource.TypeName, [(parameter.Code + modifier, text)], strict: true, PublishedResources.Server, PublishedResources.Now);
                    Assert.That(result, Is.InstanceOf<SearchQueryResult.Accepted>(), what);
                    var query = ((SearchQueryResult.Accepted)result).Query;
                    Assert.That(query.Criteria, Has.Count.EqualTo(1), what);
                    Assert.That(SearchEvaluator.Matches(resource, query), Is.True, what);
                    Assert.That(query.Plan().AllOf.All(group => group.Any(tokens.Contains)), Is.True, $"the plan loses it: {what}");
                }
            }
        }
    }

    [Test]
    public void Knows_all_parts_of_every_composite()
    {
        foreach (var definition in ModelInfo.SearchParameters.Where(p => p.Type == SearchParamType.Composite))
        {
            var parameter = SearchParameters.Find(definition.Resource!, definition.Code!)!;
            Assert.That(parameter.IsSearchable, Is.True, parameter.Code);
            Assert.That(parameter.Components, Has.Count.EqualTo(definition.Component!.Length).And.All.Matches<SearchComponent>(part => !part!.Parameter.Path.IsEmpty && !part.Parameter.Path.IsInterpreted), $"{definition.Resource}.{parameter.Code}");
        }
    }

    private static IEnumerable<Resource> Some(string file) => PublishedResources.ResourcesOf(file).GroupBy(resource => resource.TypeName).SelectMany(type => type.Take(40));

    /// <summary>Whether the interpreter of the SDK finds an element that has a value to search by.</summary>
    private static bool IsMade(Resource resource, SearchParamDefinition definition) => definition.Type == SearchParamType.Composite
        ? false
        : resource.Select(definition.Expression!).OfType<Base>().Any(element => element is not (SampledData or Narrative or Resource) && !(element is ResourceReference { Reference: ['#', ..] }) && element.EnumerateElements().Any(part => part.Key is "value" or "reference" or "coding" or "start" or "end" or "text" or "low" or "high"));

    /// <summary>A part of a composite is asked for by its code, so that text alone can't be.</summary>
    private static bool IsAskable(SearchValue value) => value is not SearchValue.Composite composite || composite.Parts.All(part => part.Any(one => one is not SearchValue.Token { Code: null }));

    private static (string Modifier, string Text) Ask(SearchValue value) => value switch
    {
        SearchValue.Token { Code: { } code, System: { } system } => ("", $"{Escape(system)}|{Escape(code)}"),
        SearchValue.Token { Code: { } code } => ("", Escape(code)),
        SearchValue.Token { Display: { } display } => (":text", Escape(display)),
        SearchValue.Token => (":missing", "false"), // a system, or an extension, without a code
        SearchValue.Reference { Target: { } target } => ("", Escape(target)),
        SearchValue.Reference reference => (":identifier", $"{Escape(reference.IdentifierSystem ?? "")}{(reference.IdentifierSystem is null ? "" : "|")}{Escape(reference.IdentifierValue ?? "")}"),
        SearchValue.Time { Span: { Start: 0 } span } => ("", "le" + Moment(span.End)),
        SearchValue.Time { Span: { End: DateSpan.Open } span } => ("", "ge" + Moment(span.Start)),
        SearchValue.Time { Span: var span } => ("", "ap" + Moment(span.Start)),
        SearchValue.Text text => text.Folded.Length == 0 ? (":missing", "false") : (":exact", Escape(text.Raw)),
        SearchValue.Quantity quantity => ("", Number(quantity.Low, quantity.High) + (quantity.Code is null ? "" : $"|{Escape(quantity.System ?? "")}|{Escape(quantity.Code)}")),
        SearchValue.Number number => ("", Number(number.Low, number.High)),
        SearchValue.Address address => ("", Escape(address.Uri)),
        SearchValue.Composite composite => ("", string.Join('$', composite.Parts.Select(part => Ask(part.OrderBy(one => one is SearchValue.Token { Code: null }).First()).Text))),
        _ => throw new InvalidOperationException("SearchValue is closed."),
    };

    private static string Number(decimal? low, decimal? high) => (low, high) switch
    {
        ({ } from, { } to) when from == to => from.ToString(CultureInfo.InvariantCulture),
        ({ } from, _) => "ge" + from.ToString(CultureInfo.InvariantCulture),
        (null, { } to) => "le" + to.ToString(CultureInfo.InvariantCulture),
        _ => "ne0",
    };

    private static string Moment(long ticks) => new DateTime(ticks).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static string Escape(string text) => new([.. text.SelectMany(c => c is '\\' or ',' or '|' or '$' ? new[] { '\\', c } : [c])]);
}
