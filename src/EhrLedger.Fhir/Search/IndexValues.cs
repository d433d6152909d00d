using System.Collections.Concurrent;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>Finds the values of search parameters in a resource. Pure; the cost of an Observation is some ten microseconds.</summary>
public static class IndexValues
{
    private const string SpecialValues = "http://terminology.hl7.org/CodeSystem/special-values";

    // Which code system a bound code element stands in; a fact of the specification, so this is a cache and no state.
    private static readonly ConcurrentDictionary<(Type Element, string Code), string?> Systems = new();

    /// <summary>The values of every parameter of the resource's type.</summary>
    public static IReadOnlyList<IndexValue> Extract(Resource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        var values = new List<IndexValue>(32);
        var found = new List<Base>(8);
        var kept = new List<SearchValue>(8);
        foreach (var parameter in SearchParameters.For(resource.TypeName).Values)
        {
            kept.Clear();
            Extract(resource, parameter, found, kept);
            foreach (var value in kept)
            {
                values.Add(new IndexValue(parameter.Code, value));
            }
        }

        return values;
    }

    /// <summary>The values of one parameter, which is of the resource's own type.</summary>
    public static IReadOnlyList<SearchValue> Extract(Resource resource, SearchParameter parameter)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(parameter);
        var values = new List<SearchValue>(4);
        Extract(resource, parameter, new List<Base>(4), values);
        return values;
    }

    internal static void Extract(Resource resource, SearchParameter parameter, List<Base> scratch, List<SearchValue> values)
    {
        if (parameter.Path.IsEmpty)
        {
            return;
        }

        scratch.Clear();
        parameter.Path.Collect(resource, scratch);
        foreach (var element in scratch)
        {
            if (parameter.Kind == SearchParamType.Composite)
            {
                AddComposite(resource, element, parameter, values);
            }
            else
            {
                Add(parameter.Kind, element, values);
            }
        }
    }

    private static void Add(SearchParamType kind, Base element, List<SearchValue> values)
    {
        switch (kind)
        {
            case SearchParamType.Token:
                AddTokens(element, values);
                break;
            case SearchParamType.Reference:
                AddReference(element, values);
                break;
            case SearchParamType.Date:
                AddDate(element, values);
                break;
            case SearchParamType.String:
                AddText(element, values);
                break;
            case SearchParamType.Quantity:
                AddQuantity(element, values);
                break;
            case SearchParamType.Number:
                AddNumber(element, values);
                break;
            case SearchParamType.Uri:
                if (element is PrimitiveType { JsonValue: string { Length: > 0 } uri })
                {
                    values.Add(new SearchValue.Address(uri));
                }

                break;
            case SearchParamType.Composite or SearchParamType.Special:
                break; // made of other parameters, or of their own rules: not by one element's value
        }
    }

    /// <summary>Parts belong together only within one element: a component's code and that component's value.</summary>
    private static void AddComposite(Resource resource, Base element, SearchParameter parameter, List<SearchValue> values)
    {
        var parts = new List<IReadOnlyList<SearchValue>>(parameter.Components.Count);
        var found = new List<Base>(2);
        foreach (var component in parameter.Components)
        {
            found.Clear();
            component.Parameter.Path.Collect(component.FromResource ? resource : element, found);
            var part = new List<SearchValue>(2);
            foreach (var item in found)
            {
                Add(component.Parameter.Kind, item, part);
            }

            if (part.Count == 0)
            {
                return;
            }

            parts.Add(part);
        }

        if (parts.Count > 0)
        {
            values.Add(new SearchValue.Composite(parts));
        }
    }

    private static void AddTokens(Base element, List<SearchValue> values)
    {
        switch (element)
        {
            case CodeableConcept concept:
                foreach (var coding in concept.Coding)
                {
                    values.Add(new SearchValue.Token(coding.System, coding.Code, coding.Display ?? concept.Text));
                }

                if (concept.Text is { } text && !concept.Coding.Exists(coding => (coding.Display ?? text) == text))
                {
                    values.Add(new SearchValue.Token(null, null, text));
                }

                break;
            case Coding coding:
                values.Add(new SearchValue.Token(coding.System, coding.Code, coding.Display));
                break;
            case Identifier identifier:
                values.Add(new SearchValue.Token(identifier.System, identifier.Value, identifier.Type?.Text)
                {
                    Types = identifier.Type is { } type ? [.. type.Coding.Select(coding => (coding.System, coding.Code))] : [],
                });
                break;
            case ContactPoint { Value: { Length: > 0 } contact }:
                values.Add(new SearchValue.Token(null, contact, null));
                break;
            case PrimitiveType { JsonValue: bool flag }:
                values.Add(new SearchValue.Token(SpecialValues, flag ? "true" : "false", null));
                break;
            case PrimitiveType { JsonValue: string { Length: > 0 } code } primitive:
                values.Add(new SearchValue.Token(SystemOf(primitive, code), code, null));
                break;
            default:
                break;
        }
    }

    private static string? SystemOf(PrimitiveType element, string code)
    {
        if (element is not ICoded coded || element.GetType() == typeof(Code))
        {
            return null;
        }

        // Only codes of enumerations come here, so what a sender can make the cache hold is bounded by the specification.
        var key = (element.GetType(), code);
        return Systems.TryGetValue(key, out var known) ? known : Systems.GetOrAdd(key, coded.ToCodings().FirstOrDefault()?.System);
    }

    private static void AddReference(Base element, List<SearchValue> values)
    {
        switch (element)
        {
            case ResourceReference reference when reference.Reference is { Length: > 0 } || reference.Identifier is not null:
                values.Add(new SearchValue.Reference(
                    reference.Reference, FhirReference.Parse(reference.Reference), reference.Identifier?.System, reference.Identifier?.Value));
                break;
            case PrimitiveType { JsonValue: string { Length: > 0 } uri }:
                values.Add(new SearchValue.Reference(uri, FhirReference.Parse(uri), null, null));
                break;
            case Resource { Id: { Length: > 0 } id } bundled:
                var target = $"{bundled.TypeName}/{id}";
                values.Add(new SearchValue.Reference(target, FhirReference.Parse(target), null, null));
                break;
            default:
                break;
        }
    }

    private static void AddDate(Base element, List<SearchValue> values)
    {
        DateSpan? span = element switch
        {
            Period period when period.Start is not null || period.End is not null => DateSpan.OfPeriod(period.Start, period.End),
            Timing timing => OfTiming(timing),
            Date or FhirDateTime or Instant => DateSpan.Parse(((PrimitiveType)element).JsonValue as string),
            _ => null,
        };
        if (span is { } found)
        {
            values.Add(new SearchValue.Time(found));
        }
    }

    /// <summary>The outer limits of a schedule; how it repeats in between does not matter to search (FHIR R4 §3.1.1.4.6).</summary>
    private static DateSpan? OfTiming(Timing timing)
    {
        DateSpan? all = timing.Repeat?.Bounds is Period bounds ? DateSpan.OfPeriod(bounds.Start, bounds.End) : null;
        foreach (var at in timing.EventElement)
        {
            if (DateSpan.Parse(at.JsonValue as string) is { } span)
            {
                all = all is { } known ? new DateSpan(Math.Min(known.Start, span.Start), Math.Max(known.End, span.End)) : span;
            }
        }

        return all;
    }

    private static void AddText(Base element, List<SearchValue> values)
    {
        switch (element)
        {
            case HumanName name:
                Add(name.Family);
                AddAll(name.GivenElement);
                Add(name.Text);
                AddAll(name.PrefixElement);
                AddAll(name.SuffixElement);
                break;
            case Address address:
                AddAll(address.LineElement);
                Add(address.City);
                Add(address.District);
                Add(address.State);
                Add(address.PostalCode);
                Add(address.Country);
                Add(address.Text);
                break;
            case Annotation annotation:
                Add(annotation.Text);
                break;
            case PrimitiveType { JsonValue: string text }:
                Add(text);
                break;
            default:
                break;
        }

        void AddAll(List<FhirString> parts)
        {
            foreach (var part in parts)
            {
                Add(part.Value);
            }
        }

        void Add(string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                values.Add(new SearchValue.Text(text, TextFold.Fold(text)));
            }
        }
    }

    private static void AddQuantity(Base element, List<SearchValue> values)
    {
        switch (element)
        {
            case Quantity { Value: { } value } quantity:
                var below = quantity.Comparator is Quantity.QuantityComparator.LessThan or Quantity.QuantityComparator.LessOrEqual;
                var above = quantity.Comparator is Quantity.QuantityComparator.GreaterThan or Quantity.QuantityComparator.GreaterOrEqual;
                values.Add(new SearchValue.Quantity(below ? null : value, above ? null : value, quantity.System, quantity.Code, quantity.Unit));
                break;
            case Money { Value: { } amount } money:
                values.Add(new SearchValue.Quantity(amount, amount, "urn:iso:std:iso:4217", (money.CurrencyElement?.JsonValue as string), null));
                break;
            case Hl7.Fhir.Model.Range range when (range.Low ?? range.High) is { } end:
                values.Add(new SearchValue.Quantity(range.Low?.Value, range.High?.Value, end.System, end.Code, end.Unit));
                break;
            default:
                break;
        }
    }

    private static void AddNumber(Base element, List<SearchValue> values)
    {
        switch (element)
        {
            case FhirDecimal { Value: { } value }:
                values.Add(new SearchValue.Number(value, value));
                break;
            case PrimitiveType { JsonValue: int whole }:
                values.Add(new SearchValue.Number(whole, whole));
                break;
            case Hl7.Fhir.Model.Range range when range.Low?.Value is not null || range.High?.Value is not null:
                values.Add(new SearchValue.Number(range.Low?.Value, range.High?.Value));
                break;
            default:
                break;
        }
    }
}
