using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Patch;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class PatchTests
{
    private const string Patient = """
        {"resourceType":"Patient","id":"p","meta":{"versionId":"3","lastUpdated":"2024-01-02T03:04:05.678Z"},"name":[{"family":"a","given":["b","c"],"_given":[null,{"id":"gc"}]},{"family":"d"}],"gender":"male","birthDate":"1970-01-02","multipleBirthInteger":2,"contact":[{"name":{"text":"t"}}]}
        """;

    [TestCase("""[{"op":"replace","path":"/birthDate","value":"1971"}]""", "birthDate", "\"1971\"")]
    [TestCase("""[{"op":"add","path":"/name/0/given/-","value":"z"}]""", "name/0/given", """["b","c","z"]""")]
    [TestCase("""[{"op":"add","path":"/active","value":true}]""", "active", "true")]
    [TestCase("""[{"op":"remove","path":"/name/0"}]""", "name", """[{"family":"d"}]""")]
    [TestCase("""[{"op":"move","from":"/name/1","path":"/name/0"}]""", "name/0/family", "\"d\"")]
    [TestCase("""[{"op":"copy","from":"/name/1/family","path":"/name/1/text"}]""", "name/1/text", "\"d\"")]
    [TestCase("""[{"op":"test","path":"/gender","value":"male"},{"op":"replace","path":"/gender","value":"female"}]""", "gender", "\"female\"")]
    [TestCase("""[{"op":"replace","path":"/meta","value":{"tag":[{"code":"x"}]}}]""", "meta", """{"tag":[{"code":"x"}]}""")]
    public void A_json_patch_changes(string patch, string at, string expected) => Assert.That(Find(Accept(Json(patch)), at)!.ToJsonString(), Is.EqualTo(expected));

    [TestCase("{}")]
    [TestCase("")]
    [TestCase("[")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("[null]")]
    [TestCase("[1]")]
    [TestCase("""[{"op":"bogus","path":"/a","value":1}]""")]
    [TestCase("""[{"op":"ADD","path":"/a","value":1}]""")]
    [TestCase("""[{"path":"/a","value":1}]""")]
    [TestCase("""[{"op":"add","value":1}]""")]
    [TestCase("""[{"op":"add","path":"/a"}]""")]
    [TestCase("""[{"op":"add","path":"","value":{}}]""")]
    [TestCase("""[{"op":"add","path":"a","value":1}]""")]
    [TestCase("""[{"op":"add","path":"/name/01","value":1}]""")]
    [TestCase("""[{"op":"add","path":"/a~2","value":1}]""")]
    [TestCase("""[{"op":"copy","path":"/a"}]""")]
    [TestCase("""[{"op":"move","path":"/a","from":"b"}]""")]
    [TestCase("""[{"op":"add","op":"remove","path":"/a","value":1}]""")]
    [TestCase("""[{"op":1,"path":2}]""")]
    public void What_is_no_json_patch_is_not_read(string text)
    {
        var (patch, issue) = JsonPatch.Parse(Encoding.UTF8.GetBytes(text));
        Assert.That(patch, Is.Null);
        Assert.That(issue!.Diagnostics, Is.Not.Empty);
    }

    [TestCase("""[{"op":"test","path":"/gender","value":"female"}]""", "Patient.gender")]
    [TestCase("""[{"op":"remove","path":"/active"}]""", "Patient.active")]
    [TestCase("""[{"op":"replace","path":"/name/7/family","value":"x"}]""", "Patient.name[7].family")]
    [TestCase("""[{"op":"add","path":"/name/99999999999","value":{}}]""", "Patient.name[99999999999]")]
    [TestCase("""[{"op":"add","path":"/gender/x","value":1}]""", "Patient.gender.x")]
    [TestCase("""[{"op":"move","from":"/name","path":"/name/0"}]""", "Patient.name[0]")]
    [TestCase("""[{"op":"replace","path":"/id","value":"q"}]""", "Patient.id")]
    [TestCase("""[{"op":"remove","path":"/id"}]""", "Patient.id")]
    [TestCase("""[{"op":"replace","path":"/meta/versionId","value":"9"}]""", "Patient.meta.versionId")]
    [TestCase("""[{"op":"replace","path":"/meta/lastUpdated","value":"2024-01-02T03:04:05.679Z"}]""", "Patient.meta.lastUpdated")]
    [TestCase("""[{"op":"replace","path":"/gender","value":"unheard"}]""", "Patient.gender")]
    [TestCase("""[{"op":"add","path":"/nonsense","value":"x"}]""", "Patient")]
    [TestCase("""[{"op":"add","path":"/active","value":"\ud800"}]""", null)]
    [TestCase("""[{"op":"replace","path":"/resourceType","value":"Group"}]""", null)]
    public void A_json_patch_that_does_not_fit_is_refused_and_says_where(string patch, string? expression)
    {
        var issues = Refuse(Json(patch));
        Assert.That(issues[0].Diagnostics, Is.Not.Empty.And.Not.Contains("male"));
        if (expression is not null)
        {
            Assert.That(issues[0].Expression.Single(), Does.StartWith(expression));
        }
    }

    [Test]
    public void Copies_cannot_make_a_mountain()
    {
        var doubling = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""{"op":"copy","from":"/name","path":"/name/0/x{{i}}"}"""));
        Assert.That(Refuse(Json($"[{doubling}]"))[0].Diagnostics, Does.Contain("too large").Or.Contain("does not fit").Or.Contain("nested"));
        var many = string.Join(',', Enumerable.Repeat("""{"op":"copy","from":"/name/0","path":"/name/-"}""", 51));
        Assert.That(JsonPatch.Parse(Encoding.UTF8.GetBytes($"[{many}]")).Patch, Is.Null);
    }

    [Test]
    public void Adds_by_path()
    {
        var patched = Accept(Path(
            Operation("add", "Patient", name: "deceased", value: """ "valueBoolean": true """),
            Operation("add", "Patient.name[0]", name: "given", value: """ "valueString": "z" """),
            Operation("add", "Patient", name: "maritalStatus", value: """ "valueCodeableConcept": {"text":"m"} """),
            Operation("add", "Patient", name: "communication", value: """ "part": [{"name":"language","valueCodeableConcept":{"text":"de"}},{"name":"preferred","valueBoolean":true}] """),
            Operation("add", "Patient.birthDate", name: "extension", value: """ "valueString": "x" """, raw: """ "part":[{"name":"url","valueUri":"urn:x"},{"name":"value","valueString":"y"}] """)));
        Assert.That(Find(patched, "deceasedBoolean")!.ToJsonString(), Is.EqualTo("true"));
        Assert.That(Find(patched, "name/0/given")!.ToJsonString(), Is.EqualTo("""["b","c","z"]"""));
        Assert.That(Find(patched, "name/0/_given/1/id")!.ToJsonString(), Is.EqualTo("\"gc\""));
        Assert.That(Find(patched, "communication")!.ToJsonString(), Is.EqualTo("""[{"language":{"text":"de"},"preferred":true}]"""));
        Assert.That(Find(patched, "_birthDate/extension/0")!.ToJsonString(), Is.EqualTo("""{"url":"urn:x","valueString":"y"}"""));
    }

    [Test]
    public void Inserts_replaces_moves_and_deletes_by_path()
    {
        var patched = Accept(Path(
            Operation("insert", "Patient.name", value: """ "valueHumanName": {"family":"first"} """, index: 0),
            Operation("replace", "Patient.gender", value: """ "valueCode": "female" """),
            Operation("replace", "Patient.name.where(family='d').family", value: """ "valueString": "e" """),
            Operation("replace", "Patient.multipleBirth", value: """ "valueBoolean": true """),
            Operation("move", "Patient.name", source: 2, destination: 1),
            Operation("delete", "Patient.contact[0]"),
            Operation("delete", "Patient.photo[0]"),
            Operation("delete", "Patient.name[2].given[0]")));
        Assert.That(Find(patched, "name")!.ToJsonString(), Is.EqualTo("""[{"family":"first"},{"family":"e"},{"family":"a","given":["c"],"_given":[{"id":"gc"}]}]"""));
        Assert.That(Find(patched, "gender")!.ToJsonString(), Is.EqualTo("\"female\""));
        Assert.That(Find(patched, "multipleBirthBoolean")!.ToJsonString(), Is.EqualTo("true"));
        Assert.That(Find(patched, "contact"), Is.Null);
    }

    private static IEnumerable<TestCaseData> Unfit() => new (string Name, string Operation)[]
    {
        ("the path leads nowhere", Operation("replace", "Patient.active", value: """ "valueBoolean": true """)),
        ("the path leads to several", Operation("delete", "Patient.name")),
        ("the path leads to several parents", Operation("add", "Patient.name", name: "text", value: """ "valueString": "x" """)),
        ("the resource itself", Operation("delete", "Patient")),
        ("no such element", Operation("add", "Patient", name: "nonsense", value: """ "valueString": "x" """)),
        ("there already", Operation("add", "Patient", name: "gender", value: """ "valueCode": "male" """)),
        ("another type", Operation("replace", "Patient.name[0]", value: """ "valueQuantity": {"value":1} """)),
        ("no choice of the element's", Operation("add", "Patient", name: "deceased", value: """ "valueQuantity": {"value":1} """)),
        ("not of the value set", Operation("replace", "Patient.gender", value: """ "valueCode": "unheard" """)),
        ("a number for a text", Operation("replace", "Patient.birthDate", value: """ "valueInteger": 3 """)),
        ("behind the end", Operation("insert", "Patient.name", value: """ "valueHumanName": {"family":"x"} """, index: 3)),
        ("a part of a list", Operation("insert", "Patient.name[0]", value: """ "valueHumanName": {"family":"x"} """, index: 0)),
        ("moved behind the end", Operation("move", "Patient.name", source: 0, destination: 2)),
        ("moved from nowhere", Operation("move", "Patient.photo", source: 0, destination: 0)),
        ("the id", Operation("replace", "Patient.id", value: """ "valueId": "q" """)),
        ("the version", Operation("replace", "Patient.meta.versionId", value: """ "valueId": "9" """)),
        ("an unknown part", Operation("add", "Patient", name: "contact", value: """ "part": [{"name":"nonsense","valueString":"x"}] """)),
    }.Select(one => new TestCaseData(one.Operation).SetArgDisplayNames(one.Name));

    [TestCaseSource(nameof(Unfit))]
    public void What_does_not_fit_is_refused(string operation)
    {
        var issues = Refuse(Path(operation));
        Assert.That(issues, Is.Not.Empty);
        Assert.That(issues[0].Diagnostics, Is.Not.Empty);
        Assert.That(issues[0].Expression, Is.Not.Empty);
    }

    private static IEnumerable<TestCaseData> Malformed() => new (string Name, string Operation)[]
    {
        ("no type", """{"name":"operation","part":[{"name":"path","valueString":"Patient.name"}]}"""),
        ("an unknown type", Operation("test", "Patient.name")),
        ("another parameter", """{"name":"x","valueString":"y"}"""),
        ("an unknown part", """{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name"},{"name":"why","valueString":"x"}]}"""),
        ("a part twice", """{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name"},{"name":"path","valueString":"Patient.id"}]}"""),
        ("no path", """{"name":"operation","part":[{"name":"type","valueCode":"delete"}]}"""),
        ("no FHIRPath", Operation("delete", "Patient.(")),
        ("a variable", Operation("delete", "%resource.name")),
        ("what repeats", Operation("delete", "Patient.repeat(children())")),
        ("what compares texts", Operation("delete", "Patient.name.where(family.matches('(a+)+$'))")),
        ("what leaves the resource", Operation("delete", "Patient.managingOrganization.resolve()")),
        ("a path without end", Operation("delete", "Patient" + string.Concat(Enumerable.Repeat(".name", 200)))),
        ("no name", Operation("add", "Patient", value: """ "valueString": "x" """)),
        ("no value", Operation("replace", "Patient.gender")),
        ("no index", Operation("insert", "Patient.name", value: """ "valueHumanName": {"family":"x"} """)),
        ("a negative index", Operation("insert", "Patient.name", value: """ "valueHumanName": {"family":"x"} """, index: -1)),
        ("no destination", Operation("move", "Patient.name", source: 0)),
    }.Select(one => new TestCaseData(one.Operation).SetArgDisplayNames(one.Name));

    [TestCaseSource(nameof(Malformed))]
    public void What_is_no_patch_is_not_read(string operation)
    {
        var (patch, issue) = FhirPathPatch.Parse(ParametersOf(operation));
        Assert.That(patch, Is.Null);
        Assert.That(issue!.Expression.Single(), Does.StartWith("Parameters.parameter"));
    }

    [Test]
    public void An_empty_patch_is_none() => Assert.That(FhirPathPatch.Parse(new Parameters()).Patch, Is.Null);

    private static JsonPatch Json(string text)
    {
        var (patch, issue) = JsonPatch.Parse(Encoding.UTF8.GetBytes(text));
        Assert.That(patch, Is.Not.Null, issue?.Diagnostics);
        return patch!;
    }

    private static FhirPathPatch Path(params string[] operations)
    {
        var (patch, issue) = FhirPathPatch.Parse(ParametersOf(operations));
        Assert.That(patch, Is.Not.Null, issue?.Diagnostics);
        return patch!;
    }

    private static Parameters ParametersOf(params string[] operations) =>
        (Parameters)PublishedResources.Parse(Encoding.UTF8.GetBytes($$"""{"resourceType":"Parameters","parameter":[{{string.Join(',', operations)}}]}"""));

    private static string Operation(string type, string path, string? name = null, string? value = null, int? index = null, int? source = null, int? destination = null, string? raw = null)
    {
        var parts = new List<string> { $$"""{"name":"type","valueCode":"{{type}}"}""", $$"""{"name":"path","valueString":"{{path}}"}""" };
        void Add(string part, string? content)
        {
            if (content is not null)
            {
                parts.Add($$"""{"name":"{{part}}",{{content}}}""");
            }
        }

        Add("name", name is null ? null : $"\"valueString\":\"{name}\"");
        Add("value", raw ?? value);
        Add("index", index is null ? null : $"\"valueInteger\":{index}");
        Add("source", source is null ? null : $"\"valueInteger\":{source}");
        Add("destination", destination is null ? null : $"\"valueInteger\":{destination}");
        return $$"""{"name":"operation","part":[{{string.Join(',', parts)}}]}""";
    }

    private static JsonNode Accept(ResourcePatch patch) => patch.Apply(Encoding.UTF8.GetBytes(Patient)).Match(
        resource => JsonNode.Parse(FhirJson.Write(resource))!,
        issues => throw new AssertionException(string.Join("; ", issues.Select(issue => $"{issue.Diagnostics} {issue.Expression.FirstOrDefault()}"))));

    private static IReadOnlyList<OperationOutcome.IssueComponent> Refuse(ResourcePatch patch) => patch.Apply(Encoding.UTF8.GetBytes(Patient)).Match(
        resource => throw new AssertionException(Encoding.UTF8.GetString(FhirJson.Write(resource))), issues => issues);

    private static JsonNode? Find(JsonNode? from, string at) =>
        at.Split('/').Aggregate(from, (node, step) => node is JsonArray list ? list[int.Parse(step, null)] : node?[step]);
}
