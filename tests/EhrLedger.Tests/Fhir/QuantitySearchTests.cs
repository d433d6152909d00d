using System.Globalization;
using EhrLedger.Fhir.Search;
using FsCheck;
using FsCheck.Fluent;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class QuantitySearchTests
{
    private const string Ucum = "http://unitsofmeasure.org";

    /// <summary>Commensurable in each row, each with what one of it is in the row's first.</summary>
    private static readonly (string Unit, decimal Worth)[][] Families =
    [
        [("mg", 1), ("g", 1000), ("kg", 1_000_000), ("ug", 0.001m), ("ng", 0.000001m)],
        [("umol/L", 1), ("mmol/L", 1000), ("mol/m3", 1000), ("nmol/mL", 1), ("mmol/dL", 10_000)],
        [("10*9/L", 1), ("10*3/uL", 1), ("/nL", 1), ("10*6/mL", 1), ("10*3{cells}/uL", 1), ("{cells}/nL", 1)],
        [("mL/min", 1), ("mL/min/{1.73_m2}", 1), ("L/min", 1000), ("uL/min", 0.001m)],
        [("m[IU]/mL", 1), ("[iU]/L", 1), ("k[IU]/L", 1000), ("u[iU]/uL", 1)],
        [("%", 1), ("1", 100), ("{ratio}", 100), ("g/g", 100), ("mg/g", 0.1m)],
    ];

    [TestCase("0.0054", "g", "5.4|http://unitsofmeasure.org|mg", true)]
    [TestCase("0.0054", "g", "5.4||mg", true)]
    [TestCase("0.0054", "g", "5.40||mg", true)]
    [TestCase("0.0054", "g", "5.5||mg", false)]
    [TestCase("0.0054", "g", "ne5.5||mg", true)]
    [TestCase("0.0054", "g", "ge5.4||mg", true)]
    [TestCase("0.0054", "g", "gt5.4||mg", false)]
    [TestCase("0.0054", "g", "le5.4||mg", true)]
    [TestCase("0.0054", "g", "lt5.4||mg", false)]
    [TestCase("0.0054", "g", "ap5.8||mg", true)]
    [TestCase("0.0054", "g", "5.4|urn:other|mg", false)]
    [TestCase("0.0054", "g", "5.4||mL", false)]
    [TestCase("0.00544", "g", "5.4||mg", true)]
    [TestCase("0.00546", "g", "5.4||mg", false)]
    [TestCase("0.00546", "g", "5.46||mg", true)]
    [TestCase("0.00544", "g", "5.40||mg", false)]
    [TestCase("100", "mg", "1e-1||g", true)]
    [TestCase("149", "mg", "1e-1||g", true)]
    [TestCase("151", "mg", "1e-1||g", false)]
    [TestCase("7.2", "10*3/uL", "7.2||10*9/L", true)]
    [TestCase("7.2", "10*9/L", "7.2||10*3/uL", true)]
    [TestCase("5600", "umol/L", "5.6||mmol/L", true)]
    [TestCase("120", "mm[Hg]", "16.0||kPa", true)]
    [TestCase("60", "/min", "ge1||Hz", true)]
    [TestCase("60", "/min", "le1||Hz", true)]
    [TestCase("1", "[in_i]", "ge2.54||cm", true)]
    [TestCase("1", "[in_i]", "le2.54||cm", true)]
    [TestCase("45", "%", "0.45||1", true)]
    [TestCase("5", "[IU]/L", "5||m[iU]/mL", true)]
    public void Converts_what_UCUM_can_convert(string value, string unit, string asked, bool found) => Expect(value, unit, Ucum, asked, found);

    [TestCase("37", "Cel", "37||Cel", true)]
    [TestCase("37", "Cel", "98.6||[degF]", false, Description = "A scale with a zero of its own stays as written.")]
    [TestCase("310.15", "K", "37||Cel", false)]
    [TestCase("7.4", "[pH]", "7.4||[pH]", true)]
    [TestCase("5", "[IU]/L", "5||[arb'U]/L", false, Description = "Arbitrary units are commensurable with nothing else.")]
    [TestCase("5", "[IU]/L", "5||/L", false)]
    [TestCase("5", "[CFU]/mL", "5||[PFU]/mL", false)]
    [TestCase("3", "{score}", "3||{score}", true)]
    [TestCase("3", "{cells}/uL", "3||1", false)]
    [TestCase("5", "mg/(kg.d)", "5||mg/(kg.d)", true)]
    [TestCase("5", "tablet", "5||tablet", true)]
    [TestCase("5", "tablet", "5||mg", false)]
    [TestCase("5", "mg", "5||tablet", false)]
    public void Leaves_the_rest_as_written(string value, string unit, string asked, bool found) => Expect(value, unit, Ucum, asked, found);

    [TestCase("urn:other", "0.0054", "g", "5.4||mg")]
    [TestCase(null, "0.0054", "g", "5.4||mg")]
    public void Converts_only_what_says_that_it_is_UCUM(string? system, string value, string unit, string asked) => Expect(value, unit, system, asked, found: false);

    [Test]
    public void Compares_a_unit_of_people_as_written() =>
        Expect(Matches(new Quantity { Value = 5.4m, Unit = "Milligramm", Code = "g", System = Ucum }, "5.4||Milligramm"), true);

    [TestCase("code-value-quantity=http://loinc.org|1-1$5.4||mg", true)]
    [TestCase("code-value-quantity=http://loinc.org|1-1$gt5.4||mg", false)]
    [TestCase("code-value-quantity=http://loinc.org|2-2$5.4||mg", false)]
    [TestCase("combo-code-value-quantity=1-1$ge5400|http://unitsofmeasure.org|ug", true)]
    public void Converts_in_composites_too(string query, bool found) =>
        Expect(SearchEvaluator.Matches(Observation("a", new Quantity { Value = 0.0054m, Code = "g", System = Ucum }), Parse(query)), found);

    [TestCase("value-quantity", "b,c,a,e,d")]
    [TestCase("-value-quantity", "d,e,a,c,b")]
    public void Sorts_by_what_the_units_are_worth(string key, string order)
    {
        Observation[] found =
        [
            Observation("a", Of(0.2m, "g")), Observation("b", Of(5, "mg")), Observation("c", Of(90_000, "ug")),
            Observation("d", Of(1, "mol/L")), Observation("e", Of(900_000, "umol/L")),
        ];

        var sorted = SearchEvaluator.Sort(found, o => o, Parse($"_sort={key}")).Select(o => o.Id);

        Assert.That(string.Join(',', sorted), Is.EqualTo(order));
    }

    [Test]
    public void Finds_a_value_in_whatever_unit_it_is_asked_for() => Prop.ForAll((int value, byte places, ushort choice) =>
    {
        var units = Families[choice % Families.Length];
        var (from, to) = (units[choice / 7 % units.Length], units[choice / 49 % units.Length]);
        var stored = new decimal(Math.Abs(value % 1_000_000) + 1, 0, 0, value < 0, (byte)(places % 5));
        var asked = (stored * from.Worth / to.Worth).ToString(CultureInfo.InvariantCulture);
        return Matches(Of(stored, from.Unit), $"{asked}||{to.Unit}") && Matches(Of(stored, from.Unit), $"ge{asked}||{to.Unit}") && Matches(Of(stored, from.Unit), $"le{asked}||{to.Unit}")
            && Matches(Of(decimal.Parse(asked, CultureInfo.InvariantCulture), to.Unit), $"{stored.ToString(CultureInfo.InvariantCulture)}||{from.Unit}")
            && !Matches(Of(stored, from.Unit), $"gt{asked}||{to.Unit}") && !Matches(Of(stored, from.Unit), $"ne{asked}||{to.Unit}");
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Never_throws_on_any_unit() => Prop.ForAll(ArbMap.Default.ArbFor<string>(), ArbMap.Default.ArbFor<string>(), (one, other) =>
    {
        _ = Matches(Of(5, one ?? string.Empty), $"5||{Escaped(other)}");
        return true;
    }).QuickCheckThrowOnFailure();

    [TestCase("m99999")]
    [TestCase("m32767")]
    [TestCase("10*400")]
    [TestCase("10*-400")]
    [TestCase("10*300.10*300")]
    [TestCase("[pi]32767")]
    [TestCase("{{{{")]
    [TestCase("}{")]
    [TestCase("/")]
    [TestCase("m//s")]
    [TestCase(".m")]
    [TestCase("m.")]
    [TestCase("m s")]
    [TestCase("µg")]
    public void Bears_a_hostile_unit(string unit) => Expect(Matches(Of(5, unit), "5||mg") || Matches(Of(5, "mg"), $"5||{unit}"), false);

    [Test]
    public void Takes_a_long_unit_as_written()
    {
        var deep = string.Concat(Enumerable.Repeat("(", 1_000_000)) + "m";
        var wide = string.Join('.', Enumerable.Repeat("km", 1_000_000));

        Expect(Matches(Of(5, deep), "5||mg") || Matches(Of(5, wide), "5||mg"), false);
        Expect(Matches(Of(5, wide), $"5||{wide}"), true);
    }

    [Test]
    public void Bears_numbers_that_no_conversion_holds()
    {
        Expect(Matches(Of(decimal.MaxValue, "kg"), "gt1||ng"), true);
        Expect(Matches(Of(decimal.MinValue, "kg"), "lt1||ng"), true);
        Expect(Matches(Of(0.0000000000000000000000000001m, "ng"), "le1||kg"), true);
    }

    [Test]
    public void Keeps_few_of_very_many_units()
    {
        for (var i = 0; i < 6000; i++)
        {
            Expect(Matches(Of(5, $"nonsense{i}"), "5||mg"), false);
        }

        Expect(Matches(Of(0.005m, "g"), "5||mg"), true);
    }

    [Test]
    public void Holds_for_many_threads_at_once() => Assert.That(
        Enumerable.Range(0, 2000).AsParallel().WithDegreeOfParallelism(8).All(i => Matches(Of(0.005m, $"g{{n{i % 50}}}"), $"5||mg{{m{i % 70}}}")), Is.True);

    private static void Expect(string value, string unit, string? system, string asked, bool found) =>
        Expect(Matches(new Quantity { Value = decimal.Parse(value, CultureInfo.InvariantCulture), Unit = unit, Code = unit, System = system }, asked), found);

    private static void Expect(bool found, bool expected) => Assert.That(found, Is.EqualTo(expected));

    private static bool Matches(Quantity quantity, string asked) => SearchEvaluator.Matches(Observation("a", quantity), Parse($"value-quantity={Uri.EscapeDataString(asked)}"));

    private static string Escaped(string? text) => (text ?? string.Empty).Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);

    private static Quantity Of(decimal value, string unit) => new() { Value = value, Unit = unit, Code = unit, System = Ucum };

    private static Observation Observation(string id, Quantity quantity) =>
        new() { Id = id, Status = ObservationStatus.Final, Code = new CodeableConcept("http://loinc.org", "1-1"), Value = quantity };

    private static SearchQuery Parse(string query) => SearchQueryTests.Parse("Observation", query);
}
