using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Xml;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class FhirXmlTests
{
    private const string Namespace = "xmlns=\"http://hl7.org/fhir\"";

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.R4Examples))]
    public void Writes_a_published_resource_and_reads_the_same_again(string file)
    {
        var resource = PublishedResources.Parse(PublishedResources.Read(file));
        var json = FhirJson.Write(resource);

        var read = FhirXml.Parse(FhirXml.Write(resource)).Match(
            again => again, issues => throw new AssertionException(string.Join("; ", issues.Select(i => $"{i.Expression?.FirstOrDefault()} {i.Diagnostics}"))));

        Assert.That(PublishedResources.FirstDifference(Plain(JsonNode.Parse(json)), Plain(JsonNode.Parse(FhirJson.Write(read)))), Is.Null);
    }

    [TestCase("1.0")]
    [TestCase("1.00")]
    [TestCase("0.0000001")]
    [TestCase("-12345678901234567890.12345678")]
    public void Keeps_every_digit_of_a_decimal(string number) =>
        Assert.That(Json(Quantity(number)), Does.Contain($"\"value\":{number}"));

    [TestCase("0.1234567890123456789012345678901")]
    [TestCase("1e500")]
    [TestCase("1e-500")]
    [TestCase("99999999999999999999999999999999999")]
    [TestCase("NaN")]
    [TestCase("1,5")]
    public void Refuses_a_number_that_would_be_rounded(string number) => Assert.That(FhirXml.Parse(Bytes(Quantity(number))), Is.InstanceOf<ParsedResource.Refused>());

    [Test]
    public void Keeps_ends_of_lines_and_all_characters_of_a_string()
    {
        var patient = new Patient { Name = [new HumanName { Family = "a\nb\r\nc\td  e <&>\"' \u00e9 \U0001F600" }] };
        Assert.That(Json(Encoding.UTF8.GetString(FhirXml.Write(patient)!)), Is.EqualTo(Encoding.UTF8.GetString(FhirJson.Write(patient))));
    }

    [Test]
    public void Keeps_the_narrative_as_it_is()
    {
        const string div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">\n  <p>a  <b>b</b>\n c &lt; d</p> <br /> <!-- kept -->\n</div>";
        var xml = $"<Patient {Namespace}><text><status value=\"generated\"/>{div}</text><active value=\"true\"/></Patient>";
        Assert.That(((Patient)Parse(xml)).Text!.Div, Is.EqualTo(div));
        Assert.That(Encoding.UTF8.GetString(FhirXml.Write(Parse(xml))!), Does.Contain(div));
    }

    [Test]
    public void Says_where_XML_has_no_character_for_it() => Assert.That(FhirXml.Write(new Patient { Name = [new HumanName { Family = "a\u0001b" }] }), Is.Null);

    [Test]
    public void Leaves_out_comments_and_instructions() => Assert.That(
        Json($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?x y?><!-- a -->\n<Patient {Namespace}>\n  <!-- b --><active value=\"true\"/>\n</Patient>\n"), Is.EqualTo("""{"resourceType":"Patient","active":true}"""));

    private static IEnumerable<TestCaseData> Hostile()
    {
        yield return Case("empty", "");
        yield return Case("no XML", "hello");
        yield return Case("JSON", """{"resourceType":"Patient"}""");
        yield return Case("cut short", $"<Patient {Namespace}><active value=\"true\"/>");
        yield return Case("text behind", $"<Patient {Namespace}><active value=\"true\"/></Patient>x");
        yield return Case("two resources", $"<Patient {Namespace}><active value=\"true\"/></Patient><Patient {Namespace}><active value=\"true\"/></Patient>");
        yield return Case("no namespace", "<Patient><active value=\"true\"/></Patient>");
        yield return Case("another namespace", "<Patient xmlns=\"urn:x\"><active value=\"true\"/></Patient>");
        yield return Case("an unknown type", $"<Patience {Namespace}/>");
        yield return Case("an unknown element", $"<Patient {Namespace}><activity value=\"true\"/></Patient>");
        yield return Case("an unknown attribute", $"<Patient {Namespace}><active value=\"true\" x=\"y\"/></Patient>");
        yield return Case("an attribute twice", $"<Patient {Namespace}><active value=\"true\" value=\"false\"/></Patient>");
        yield return Case("an element twice", $"<Patient {Namespace}><active value=\"true\"/><active value=\"false\"/></Patient>");
        yield return Case("text in an element", $"<Patient {Namespace}>x<active value=\"true\"/></Patient>");
        yield return Case("an empty value", $"<Patient {Namespace}><active value=\"\"/></Patient>");
        yield return Case("a document type", $"<!DOCTYPE Patient><Patient {Namespace}><active value=\"true\"/></Patient>");
        yield return Case("an external entity", $"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><Patient {Namespace}><name><family value=\"a\"/><text value=\"&e;\"/></name></Patient>");
        yield return Case("an external document type", $"<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x.dtd\"><Patient {Namespace}><active value=\"true\"/></Patient>");
        yield return Case("a billion laughs", $"<!DOCTYPE x [<!ENTITY a \"ha\">{string.Concat(Enumerable.Range('b', 20).Select(c => $"<!ENTITY {(char)c} \"{string.Concat(Enumerable.Repeat($"&{(char)(c - 1)};", 10))}\">"))}]><Patient {Namespace}><name><family value=\"&u;\"/></name></Patient>");
        yield return Case("an entity in the narrative", $"<Patient {Namespace}><text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">a&nbsp;b</div></text></Patient>");
        yield return Case("a script", $"<Patient {Namespace}><text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div></text></Patient>");
        yield return Case("nested deeply", $"<Patient {Namespace}>{string.Concat(Enumerable.Repeat("<contained><Patient>", 50_000))}");
        yield return Case("a deep narrative", $"<Patient {Namespace}><text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">{string.Concat(Enumerable.Repeat("<b>", 50_000))}x{string.Concat(Enumerable.Repeat("</b>", 50_000))}</div></text></Patient>");
        yield return Case("too many nodes", $"<Patient {Namespace}>{string.Concat(Enumerable.Repeat("<active/>", 1_100_000))}</Patient>");
        yield return Case("another encoding", $"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Patient {Namespace}><active value=\"true\"/></Patient>");
        yield return Case("a character that XML forbids", $"<Patient {Namespace}><name><family value=\"a&#1;b\"/></name></Patient>");

        static TestCaseData Case(string name, string xml) => new TestCaseData(xml).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Hostile))]
    public void Refuses(string xml)
    {
        var issues = ((ParsedResource.Refused)FhirXml.Parse(Bytes(xml))).Issues;
        Assert.That(issues, Is.Not.Empty.And.Count.LessThanOrEqualTo(FhirJson.MaxIssues));
        Assert.That(issues.Select(issue => issue.Diagnostics), Has.None.Contains("/etc/").And.None.Contains("Exception"));
    }

    [Test]
    public void Refuses_bytes_that_are_no_utf8() =>
        Assert.That(FhirXml.Parse((byte[])[.. Bytes($"<Patient {Namespace}><name><family value=\"a"), 0xC3, 0x28, .. "\"/></name></Patient>"u8]), Is.InstanceOf<ParsedResource.Refused>());

    // The same XML has more than one text: how an empty element ends, which characters are escaped though they need not be. White space at the ends of a value means nothing to XML's readers.
    private static JsonNode? Plain(JsonNode? node)
    {
        foreach (var (name, value) in (node as JsonObject)?.ToList() ?? [])
        {
            if (name == "div" && value is JsonValue)
            {
                ((JsonObject)node!)[name] = XDocument.Parse((string)value!, LoadOptions.PreserveWhitespace).ToString(SaveOptions.DisableFormatting);
            }

            else if (value is JsonValue text && text.TryGetValue<string>(out var kept))
            {
                ((JsonObject)node!)[name] = kept.Trim();
            }

            Plain(value);
        }

        foreach (var item in node as JsonArray ?? [])
        {
            Plain(item);
        }

        return node;
    }

    private static string Quantity(string number) =>
        $"<Observation {Namespace}><status value=\"final\"/><code><text value=\"x\"/></code><valueQuantity><value value=\"{number}\"/></valueQuantity></Observation>";

    private static Resource Parse(string xml) => FhirXml.Parse(Bytes(xml)).Match(
        resource => resource, issues => throw new AssertionException(string.Join("; ", issues.Select(i => $"{i.Expression?.FirstOrDefault()} {i.Diagnostics}"))));

    private static string Json(string xml) => Encoding.UTF8.GetString(FhirJson.Write(Parse(xml)));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
