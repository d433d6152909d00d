using EhrLedger.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Shell;

public sealed class PrintableTests
{
    [TestCase("plain", "plain")]
    [TestCase("two\nlines", "two lines")]
    [TestCase("\u001b[31mred\u001b[0m", "[31mred [0m")]
    [TestCase("abc\u202Ecba", "abc cba")]
    [TestCase("Brændvold", "Brændvold")]
    public void Lets_no_foreign_text_steer_the_terminal(string text, string shown) => Assert.That(Printable.Line(text), Is.EqualTo(shown));

    [Test]
    public void Cuts_what_is_too_long() => Assert.That(Printable.Line(new string('x', 1000), 10), Is.EqualTo("xxxxxxxxxx…"));

    [TestCase(-5, "0 s")]
    [TestCase(119, "119 s")]
    [TestCase(120, "2 min")]
    [TestCase(7200, "2 h")]
    [TestCase(200_000, "2 days")]
    public void Says_a_span_as_people_do(int seconds, string text) => Assert.That(Printable.Span(TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));

    [Test]
    public void Lists_names() => Assert.That(
        new[] { Printable.List([]), Printable.List(["North"]), Printable.List(["North", "East"]), Printable.List(["North", "East", "South"]) },
        Is.EqualTo(new[] { "nobody", "North", "North and East", "North, East and South" }));
}
