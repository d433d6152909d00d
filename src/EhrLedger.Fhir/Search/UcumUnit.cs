using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Fhir.Metrics;

namespace EhrLedger.Fhir.Search;

/// <summary>A unit of UCUM as a multiple of base units: what commensurable units are compared by. The units themselves are the ones of Fhir.Metrics.</summary>
/// <param name="Dimension">Base units with their exponents, such as <c>g1 m-3</c>; empty for plain numbers. Units of one dimension can be converted into each other.</param>
/// <param name="Significand">Of the multiple, which is Significand · 10^<paramref name="Exponent"/>; good for 15 digits.</param>
/// <param name="Exponent">Of the multiple.</param>
internal sealed record UcumUnit(string Dimension, decimal Significand, int Exponent)
{
    /// <summary>The code system of UCUM in FHIR.</summary>
    internal const string System = "http://unitsofmeasure.org";

    /// <summary>Characters; longer texts are not looked at. UCUM's own codes with annotation stay far below.</summary>
    private const int MaxLength = 100;

    /// <summary>Digits of a converted value that count: the library calculates with 15.</summary>
    private const int Digits = 13;

    /// <summary>Units that are kept; a text costs half a millisecond to read, so a hostile record must not push out others one by one.</summary>
    private const int MaxKnown = 4096;

    // Facts of UCUM, so these are caches and no state.
    private static readonly Lazy<(SystemOfUnits Units, IReadOnlyDictionary<string, string> Arbitrary)> Table = new(Load);
    private static readonly ConcurrentDictionary<string, UcumUnit?> Known = new(StringComparer.Ordinal);
    private static int count;

    /// <summary>Reads a unit's code. Never throws; safe for several threads.</summary>
    /// <returns>Null for what is not UCUM, for units with a zero or scale of their own (<c>Cel</c>, <c>[degF]</c>, <c>[pH]</c>, <c>B</c>), and for what the library does not read: brackets around a term, numbers as factors.</returns>
    internal static UcumUnit? Find(string code)
    {
        if (code.Length > MaxLength)
        {
            return null;
        }

        if (Known.TryGetValue(code, out var unit))
        {
            return unit;
        }

        if (Interlocked.Increment(ref count) > MaxKnown)
        {
            Known.Clear();
            Interlocked.Exchange(ref count, 1);
        }

        return Known.GetOrAdd(code, Read(code));
    }

    /// <summary>A value in this unit as a value in another one of the same dimension. What no decimal holds becomes the largest or smallest one: beyond whatever is asked.</summary>
    internal decimal Convert(decimal value, UcumUnit to)
    {
        // Powers of ten keep every digit; only then may a value not be rounded.
        var factor = Significand / to.Significand;
        try
        {
            return factor == 1 ? Shift(value, Exponent - to.Exponent) : Rounded(Shift(value * factor, Exponent - to.Exponent));
        }
        catch (OverflowException)
        {
            return value < 0 ? decimal.MinValue : decimal.MaxValue;
        }
    }

    /// <summary>A value in base units, for sorting.</summary>
    internal double ToBase(decimal value) => (double)value * (double)Significand * Math.Pow(10, Exponent);

    private static UcumUnit? Read(string code)
    {
        if (WithoutAnnotations(code) is not { } plain)
        {
            return null;
        }

        try
        {
            var (units, arbitrary) = Table.Value;
            var metric = units.Metric(plain);

            // What is arbitrary (an international unit, a colony) is commensurable with itself only; the library would make it 1.
            var own = metric.Axes.Where(axis => arbitrary.ContainsKey(axis.Unit.Symbol)).ToList();
            var factor = units.Canonical(new Quantity(Exponential.One, new Metric([.. metric.Axes.Except(own, ReferenceEqualityComparer.Instance).Cast<Metric.Axis>()])));
            var value = new Quantity(factor.Value, new Metric(own)).UnPrefixed().Value;
            var dimension = factor.Metric.Axes.Select(axis => (axis.Unit.Symbol, axis.Exponent)).Concat(own.Select(axis => (Symbol: arbitrary[axis.Unit.Symbol], axis.Exponent)))
                .Where(axis => axis.Symbol != "1")
                .GroupBy(axis => axis.Symbol, axis => axis.Exponent, StringComparer.Ordinal)
                .Select(axis => (Symbol: axis.Key, Exponent: axis.Sum()))
                .Where(axis => axis.Exponent != 0)
                .OrderBy(axis => axis.Symbol, StringComparer.Ordinal)
                .Select(axis => string.Create(CultureInfo.InvariantCulture, $"{axis.Symbol}{axis.Exponent}"));
            return value.Significand > 0 ? new UcumUnit(string.Join(' ', dimension), value.Significand, value.Exponent) : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or ArithmeticException or InvalidCastException or InvalidOperationException)
        {
            return null; // the library's ways to say that it is no unit
        }
    }

    /// <summary>Takes out annotations, which mean nothing, or the number one where they stand for a term; the library takes "{cells}/uL" for a plain one.</summary>
    /// <returns>Null for what can't be UCUM: other characters, terms that are missing, and brackets.</returns>
    private static string? WithoutAnnotations(string code)
    {
        var plain = new StringBuilder(code.Length);
        var terms = 0;
        for (var i = 0; i < code.Length; i++)
        {
            var atTerm = plain.Length == 0 || plain[^1] is '.' or '/';
            switch (code[i])
            {
                case '{':
                    var end = code.IndexOf('}', i);
                    if (end < 0 || code.AsSpan(i + 1, end - i - 1).Contains('{'))
                    {
                        return null;
                    }

                    if (atTerm)
                    {
                        plain.Append('1');
                        terms++;
                    }

                    i = end;
                    break;
                case '.' or '/' when atTerm && (plain.Length > 0 || code[i] == '.'):
                    return null;
                case <= ' ' or > '~' or '}' or '(' or ')':
                    return null;
                default:
                    terms += atTerm && code[i] is not '/' ? 1 : 0;
                    plain.Append(code[i]);
                    break;
            }
        }

        return terms > 0 && plain[^1] is not ('.' or '/') ? plain.ToString() : null;
    }

    private static decimal Shift(decimal value, int digits)
    {
        for (; digits > 0 && value != 0; digits--)
        {
            value *= 10;
        }

        for (; digits < 0 && value != 0; digits++)
        {
            value /= 10;
        }

        return value;
    }

    private static decimal Rounded(decimal value)
    {
        if (value == 0)
        {
            return value;
        }

        var places = Digits - 1 - (int)Math.Floor(Math.Log10((double)Math.Abs(value)));
        return places is >= 0 and <= 28 ? Math.Round(value, places) : value;
    }

    private static (SystemOfUnits Units, IReadOnlyDictionary<string, string> Arbitrary) Load()
    {
        // The library's own table says which units are arbitrary; it only does not keep it. [IU] is another name of [iU].
        using var table = typeof(UCUM).Assembly.GetManifestResourceStream("Fhir.Metrics.Data.ucum-essence.xml")
            ?? throw new InvalidOperationException("Fhir.Metrics has no table of units.");
        var arbitrary = XDocument.Load(table).Root!.Elements()
            .Where(unit => (string?)unit.Attribute("isArbitrary") == "yes")
            .Select(unit => (Code: (string)unit.Attribute("Code")!, Of: (string?)unit.Elements().First(e => e.Name.LocalName == "value").Attribute("Unit")))
            .ToDictionary(unit => unit.Code, unit => unit.Of is null or "1" ? unit.Code : unit.Of, StringComparer.Ordinal);
        return (UCUM.Load(), arbitrary);
    }
}
