using System.Text.Json.Nodes;
using System.Text;
using EhrLedger.Fhir.Json;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class FhirJsonTests
{
    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.All))]
    public void Writes_a_published_resource_as_it_was_read(string file)
    {
        var json = PublishedResources.Read(file);

        var written = FhirJson.Write(PublishedResources.Parse(json));

        Assert.That(PublishedResources.FirstDifference(JsonNode.Parse(json), JsonNode.Parse(written)), Is.Null);
    }

    [TestCase("1.0")]
    [TestCase("1.00")]
    [TestCase("0.0000001")]
    [TestCase("-12345678901234567890.12345678")]
    [TestCase("100")]
    public void Keeps_every_digit_of_a_decimal(string number)
    {
        var written = FhirJson.Write(PublishedResources.Parse<Observation>(Observation($"\"valueQuantity\":{{\"value\":{number}}}")));

        Assert.That(Encoding.UTF8.GetString(written), Does.Contain($"\"value\":{number}}}"));
    }

    [TestCase("2015-02-07T13:28:17.239+02:00")]
    [TestCase("2015-02-07T13:28:17.000Z")]
    [TestCase("2015-02-07T13:28:17.123456789Z")]
    public void Keeps_an_instant_as_written(string instant)
    {
        var written = FhirJson.Write(PublishedResources.Parse<Observation>(Observation($"\"issued\":\"{instant}\"")));

        Assert.That(Encoding.UTF8.GetString(written), Does.Contain(instant));
    }

    [TestCase("", "Structure")]
    [TestCase("hello", "Structure")]
    [TestCase("[]", "Structure")]
    [TestCase("1", "Structure")]
    [TestCase("{}", "Structure")]
    [TestCase("""{"resourceType":"Patient" """, "Structure")]
    [TestCase("""{"resourceType":"Patient","active":true} x""", "Structure")]
    [TestCase("""{"resourceType":"Patient","active":true}{}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","active":true,}""", "Structure")]
    [TestCase("""{"resourceType":"Patient",/* */"active":true}""", "Structure")]
    [TestCase("""{"resourceType":"Foo","id":"a"}""", "Value")]
    [TestCase("""{"resourceType":"patient","id":"a"}""", null)]
    [TestCase("""{"resourceType":7,"id":"a"}""", null)]
    [TestCase("""{"id":"a"}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","foo":1}""", "Value")]
    [TestCase("""{"resourceType":"Patient","id":"a","id":"b"}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","resourceType":"Patient","active":true}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","contained":[{"resourceType":"Patient","resourceType":"Patient","id":"a"}]}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","birthDate":"2020-13-45"}""", "Value")]
    [TestCase("""{"resourceType":"Patient","birthDate":["2020-01-01"]}""", "Value")]
    [TestCase("""{"resourceType":"Patient","name":{"family":"a"}}""", null)]
    [TestCase("""{"resourceType":"Patient","active":"true"}""", null)]
    [TestCase("""{"resourceType":"Patient","gender":"xx"}""", "CodeInvalid")]
    [TestCase("""{"resourceType":"Patient","id":"a b"}""", "Value")]
    [TestCase("""{"resourceType":"Patient","id":""}""", "Value")]
    [TestCase("""{"resourceType":"Patient","name":[{}]}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","active":null}""", "Structure")]
    [TestCase("""{"resourceType":"Observation"}""", null)]
    [TestCase("""{"resourceType":"Observation","status":"final"}""", "Required")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e500}}""", "Value")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e-500}}""", "Value")]
    [TestCase("""{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":0.1234567890123456789012345678901}}""", "Value")]
    [TestCase("""{"resourceType":"Patient","name":[{"family":"\ud800"}]}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","name":[{"family":"\ude00\ud83d"}]}""", "Structure")]
    [TestCase("""{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>"}}""", "Value")]
    [TestCase("""{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"}}""", null)]
    public void Refuses_what_is_no_valid_resource(string json, string? code)
    {
        var parsed = FhirJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.That(parsed, Is.InstanceOf<ParsedResource.Refused>());
        var issues = ((ParsedResource.Refused)parsed).Issues;
        Assert.That(issues, Is.Not.Empty);
        Assert.That(issues.All(i => i.Severity == OperationOutcome.IssueSeverity.Error && i.Diagnostics is { Length: > 10 }), Is.True);
        if (code is not null)
        {
            Assert.That(issues.Select(i => i.Code.ToString()), Does.Contain(code));
        }
    }

    [Test]
    public void Refuses_bytes_that_are_no_utf8() =>
        Assert.That(FhirJson.Parse([.. """{"resourceType":"Patient","name":[{"family":" """u8, 0xFF, 0xFE, .. "\"}]}"u8]), Is.InstanceOf<ParsedResource.Refused>());

    [Test]
    public void Refuses_deep_nesting_by_name()
    {
        var deep = new StringBuilder("""{"resourceType":"Questionnaire","status":"draft","item":[""");
        for (var i = 0; i < 10_000; i++)
        {
            deep.Append("""{"linkId":"a","type":"group","item":[""");
        }

        var issues = ((ParsedResource.Refused)FhirJson.Parse(Encoding.UTF8.GetBytes(deep.ToString()))).Issues;

        Assert.That(issues.Single().Code, Is.EqualTo(OperationOutcome.IssueType.TooLong));
    }

    [TestCase("<b>", "</b>")]
    [TestCase("\\u003cb>", "</b>")]
    public void Refuses_a_deep_narrative_before_it_costs(string open, string close)
    {
        var div = $"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">{string.Concat(Enumerable.Repeat(open, 500_000))}x{string.Concat(Enumerable.Repeat(close, 500_000))}</div>";

        var issues = ((ParsedResource.Refused)FhirJson.Parse(Encoding.UTF8.GetBytes($"{{\"resourceType\":\"Patient\",\"text\":{{\"status\":\"generated\",\"div\":\"{div}\"}}}}"))).Issues;

        Assert.That(issues.Single().Code, Is.EqualTo(OperationOutcome.IssueType.TooLong));
    }

    [TestCase("<!DOCTYPE")]
    [TestCase("\\u003c!DOC\\u0054YPE")]
    public void Refuses_a_narrative_that_brings_entities(string start)
    {
        var entities = string.Concat(Enumerable.Range('b', 8).Select(c => $"<!ENTITY {(char)c} '{string.Concat(Enumerable.Repeat($"&{(char)(c - 1)};", 10))}'>"));
        var div = $"{start} div [<!ENTITY a 'ha'>{entities}]><div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">&i;</div>";

        Assert.That(FhirJson.Parse(Encoding.UTF8.GetBytes($"{{\"resourceType\":\"Patient\",\"text\":{{\"status\":\"generated\",\"div\":\"{div}\"}}}}")), Is.InstanceOf<ParsedResource.Refused>());
    }

    [Test]
    public void Takes_a_long_narrative()
    {
        var div = $"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">{string.Concat(Enumerable.Repeat("<p>x</p>", 200_000))}</div>";

        Assert.That(FhirJson.Parse(Encoding.UTF8.GetBytes($"{{\"resourceType\":\"Patient\",\"text\":{{\"status\":\"generated\",\"div\":\"{div}\"}}}}")), Is.InstanceOf<ParsedResource.Accepted>());
    }

    [Test]
    public void Names_the_element_but_not_its_value()
    {
        var issues = ((ParsedResource.Refused)FhirJson.Parse("""{"resourceType":"Patient","birthDate":"19720431x","gender":"Müller"}"""u8)).Issues;

        Assert.That(issues.SelectMany(i => i.Expression ?? []), Is.EquivalentTo(new[] { "Patient.birthDate", "Patient.gender" }));
        Assert.That(issues.Select(i => i.Diagnostics), Has.None.Contains("19720431x").And.None.Contains("Müller"));
    }

    [Test]
    public void Skips_a_byte_order_mark() =>
        Assert.That(FhirJson.Parse([0xEF, 0xBB, 0xBF, .. """{"resourceType":"Patient","active":true}"""u8]), Is.InstanceOf<ParsedResource.Accepted>());

    [Test]
    public void Accepts_a_surrogate_pair_that_is_escaped() =>
        Assert.That(PublishedResources.Parse<Patient>("""{"resourceType":"Patient","name":[{"family":"\ud83d\ude00"}]}""").Name[0].Family, Is.EqualTo("😀"));

    [Test]
    public void Pretty_and_compact_mean_the_same()
    {
        var resource = PublishedResources.Parse<Observation>(Observation("\"valueQuantity\":{\"value\":1.50}"));

        var pretty = FhirJson.Write(resource, pretty: true);

        Assert.That(pretty, Does.Contain((byte)'\n').And.No.Contains((byte)'\r'));
        Assert.That(PublishedResources.FirstDifference(JsonNode.Parse(pretty), JsonNode.Parse(FhirJson.Write(resource))), Is.Null);
    }

    [Test]
    public void Never_throws_on_mutated_input([Values(1, 2, 3, 4)] int seed)
    {
        _ = PublishedData.PathOf("r4-examples");
        var random = new Random(seed);
        var sources = PublishedResources.R4Examples().Select(c => (string)c.Arguments[0]!).Where((_, i) => i % 40 == seed).Select(PublishedResources.Read).ToArray();
        for (var round = 0; round < 400; round++)
        {
            var json = sources[random.Next(sources.Length)].ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                json[random.Next(json.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[],:\"\\0e-nu"[random.Next(13)];
            }

            var parsed = FhirJson.Parse(json.AsSpan(0, random.Next(4) == 0 ? random.Next(json.Length) : json.Length));
            if (parsed is ParsedResource.Accepted accepted)
            {
                var written = FhirJson.Write(accepted.Resource);
                Assert.That(PublishedResources.FirstDifference(JsonNode.Parse(json), JsonNode.Parse(written)), Is.Null);
            }
        }
    }

    [Test]
    public void Works_on_many_threads_at_once()
    {
        var files = PublishedResources.R4Examples().Take(60).Select(c => PublishedResources.Read((string)c.Arguments[0]!)).ToArray();
        var alone = files.Select(f => FhirJson.Write(PublishedResources.Parse(f))).ToArray();

        Parallel.For(0, 600, i => Assert.That(FhirJson.Write(PublishedResources.Parse(files[i % files.Length])), Is.EqualTo(alone[i % files.Length])));
    }

    private static string Observation(string element) =>
        $$"""{"resourceType":"Observation","status":"final","code":{"text":"x"},{{element}}}""";
}
