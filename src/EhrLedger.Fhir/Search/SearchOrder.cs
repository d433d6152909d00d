using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// The order that <c>_sort</c> asks for: dates by their start (or end, downwards), strings without case and accents, tokens by code, references and URIs by their text, numbers and
/// quantities by their value, whatever the unit. Of several values the least counts, downwards the greatest.
/// </summary>
internal static class SearchOrder
{
    /// <summary>Stable. What has no value comes last in either direction.</summary>
    internal static IReadOnlyList<T> Sort<T>(IEnumerable<T> found, Func<T, Resource> resource, IReadOnlyList<SortKey> keys)
    {
        IOrderedEnumerable<T>? ordered = null;
        foreach (var key in keys)
        {
            Place? PlaceOf(T item) => Find(resource(item), key);
            var comparer = new Direction(key.Descending);
            ordered = ordered is null ? found.OrderBy(PlaceOf, comparer) : ordered.ThenBy(PlaceOf, comparer);
        }

        return [.. ordered ?? found];
    }

    private static Place? Find(Resource resource, SortKey key)
    {
        Place? found = null;
        foreach (var value in IndexValues.Extract(resource, key.Parameter))
        {
            var place = Of(value, key.Descending);
            var better = found is not { } known ? 1 : key.Descending ? place.CompareTo(known) : known.CompareTo(place);
            found = better > 0 ? place : found;
        }

        return found;
    }

    private static Place Of(SearchValue value, bool descending) => value switch
    {
        SearchValue.Time time => new Place(descending ? time.Span.End : time.Span.Start, string.Empty),
        SearchValue.Text text => new Place(0, text.Folded),
        SearchValue.Token token => new Place(0, $"{token.Code ?? token.Display}\n{token.System}"),
        SearchValue.Reference reference => new Place(0, reference.Literal?.Relative ?? reference.Target ?? reference.IdentifierValue ?? string.Empty),
        SearchValue.Quantity quantity => new Place((descending ? quantity.High ?? quantity.Low : quantity.Low ?? quantity.High) ?? 0, string.Empty),
        SearchValue.Number number => new Place((descending ? number.High ?? number.Low : number.Low ?? number.High) ?? 0, string.Empty),
        SearchValue.Address address => new Place(0, address.Uri),
        _ => new Place(0, string.Empty),
    };

    private readonly record struct Place(decimal Number, string Text) : IComparable<Place>
    {
        public int CompareTo(Place other) => Number.CompareTo(other.Number) is var byNumber and not 0 ? byNumber : string.CompareOrdinal(Text, other.Text);
    }

    private sealed class Direction(bool descending) : IComparer<Place?>
    {
        public int Compare(Place? x, Place? y) => (x, y) switch
        {
            (null, null) => 0,
            (null, _) => 1,
            (_, null) => -1,
            ({ } left, { } right) => descending ? right.CompareTo(left) : left.CompareTo(right),
        };
    }
}
