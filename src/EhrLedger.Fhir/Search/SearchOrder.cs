using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// The order that <c>_sort</c> asks for: dates by their start (or end, downwards), strings without case and accents, tokens by code, references and URIs by their text, numbers by their value,
/// quantities by their value in base units, with what can't be converted into each other one group after the other. Of several values the least counts, downwards the greatest.
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
        SearchValue.Quantity quantity => Of(quantity, (descending ? quantity.High ?? quantity.Low : quantity.Low ?? quantity.High) ?? 0),
        SearchValue.Number number => new Place((descending ? number.High ?? number.Low : number.Low ?? number.High) ?? 0, string.Empty),
        SearchValue.Address address => new Place(0, address.Uri),
        _ => new Place(0, string.Empty),
    };

    private static Place Of(SearchValue.Quantity quantity, decimal value) =>
        quantity is { System: UcumUnit.System, Code: { } code } && UcumUnit.Find(code) is { } unit
            ? new Place(0, string.Empty) { Group = unit.Dimension, InBase = unit.ToBase(value) }
            : new Place(value, string.Empty) { Group = $"{quantity.System}|{quantity.Code ?? quantity.Unit}" };

    private readonly record struct Place(decimal Number, string Text) : IComparable<Place>
    {
        /// <summary>What is commensurable; null for other kinds of values.</summary>
        internal string? Group { get; init; }

        /// <summary>Base units of UCUM reach farther than a decimal: a mole per litre is 6e26 per cubic metre.</summary>
        internal double InBase { get; init; }

        public int CompareTo(Place other)
        {
            var order = string.CompareOrdinal(Group, other.Group);
            order = order != 0 ? order : InBase.CompareTo(other.InBase);
            order = order != 0 ? order : Number.CompareTo(other.Number);
            return order != 0 ? order : string.CompareOrdinal(Text, other.Text);
        }
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
