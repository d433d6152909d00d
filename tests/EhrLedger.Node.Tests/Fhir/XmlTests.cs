using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>XML beside JSON on every call, read with nothing but the platform's own XML.</summary>
[NonParallelizable]
public sealed class XmlTests
{
    private const string Xml = "application/fhir+xml";
    private static readonly XNamespace Fhir = "http://hl7.org/fhir";
    private static readonly XNamespace Xhtml = "http://www.w3.org/1999/xhtml";

    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task A_record_written_in_XML_is_the_same_in_JSON()
    {
        var patient = await Node.RegisterPatientAsync("Xml");
        var created = await SendAsync(HttpMethod.Post, "Observation", Observation(patient, "12.50"));
        Assert.That((created.Status, created.ContentType), Is.EqualTo((201, "application/fhir+xml; charset=utf-8")), created.Text);
        var id = Value(XDocument.Parse(created.Text).Root!, "id");
        var json = await Node.GetAsync($"Observation/{id}");
        Assert.That(json.ContentType, Is.EqualTo("application/fhir+json; charset=utf-8"));
        Assert.That(json.Text, Does.Contain("\"value\":12.50,"));
        Assert.That((string)json.Json["text"]!["div"]!, Is.EqualTo("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a  <b>b</b></p></div>"));
        var xml = await Node.GetAsync($"Observation/{id}", ("Accept", Xml));
        Assert.That((xml.Text, xml.ETag, xml.LastModified), Is.EqualTo((created.Text, created.ETag, json.LastModified)));

        var updated = await SendAsync(HttpMethod.Put, $"Observation/{id}", xml.Text.Replace("12.50", "13.5", StringComparison.Ordinal), ("If-Match", "W/\"1\""));
        Assert.That((updated.Status, updated.ETag), Is.EqualTo((200, "W/\"2\"")), updated.Text);
        Assert.That((decimal)(await Node.GetAsync($"Observation/{id}")).Json["valueQuantity"]!["value"]!, Is.EqualTo(13.5m));
        Assert.That((await Node.GetAsync($"Observation/{id}/_history/1?_format=xml")).Text, Is.EqualTo(created.Text));
    }

    [Test]
    public async Task JSON_is_the_same_bytes_whether_or_not_it_is_asked_for()
    {
        var created = await Node.CreateAsync(Resources.Patient("Bytes"));
        foreach (var accept in (string[])["application/fhir+json", "application/json", "text/json", "*/*", "application/*", "application/fhir+xml;q=0.5, application/fhir+json", "application/fhir+json; fhirVersion=4.0", "application/json, application/xml"])
        {
            var reply = await Node.GetAsync($"Patient/{created.Id}", ("Accept", accept));
            Assert.That((reply.Status, reply.Text, reply.ContentType), Is.EqualTo((200, created.Text, "application/fhir+json; charset=utf-8")), accept);
        }
    }

    [TestCase("application/fhir+xml", null)]
    [TestCase("application/xml", null)]
    [TestCase("text/xml", null)]
    [TestCase("application/fhir+json;q=0.1, application/fhir+xml;q=0.9", null)]
    [TestCase("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", null)]
    [TestCase(null, "xml")]
    [TestCase(null, "text/xml")]
    [TestCase(null, "application/xml")]
    [TestCase(null, "application/fhir+xml")]
    [TestCase(null, "application/fhir%2Bxml")]
    [TestCase("application/fhir+json", "xml")]
    [TestCase("text/plain", "xml")]
    public async Task XML_is_asked_for_by(string? accept, string? format)
    {
        var id = await Node.RegisterPatientAsync("Asking");
        var reply = await Node.GetAsync($"Patient/{id}{(format is null ? "" : $"?_format={format}")}", accept is null ? [] : [("Accept", accept)]);
        Assert.That((reply.Status, reply.ContentType), Is.EqualTo((200, "application/fhir+xml; charset=utf-8")), reply.Text);
        Assert.That(Value(XDocument.Parse(reply.Text).Root!, "id"), Is.EqualTo(id));
    }

    [TestCase("text/plain", null)]
    [TestCase("image/png", null)]
    [TestCase("application/fhir+turtle", null)]
    [TestCase("application/fhir+json;q=0", null)]
    [TestCase("application/fhir+json; fhirVersion=3.0", null)]
    [TestCase(";;", null)]
    [TestCase(null, "ttl")]
    [TestCase(null, "html")]
    [TestCase("application/fhir+json", "text/plain")]
    public async Task What_there_is_not_is_not_acceptable_and_nothing_is_done(string? accept, string? format)
    {
        var name = $"F{Guid.NewGuid():N}";
        (string, string)[] headers = accept is null ? [] : [("Accept", accept)];
        var query = format is null ? "" : $"?_format={format}";
        (await Node.CallAsync(HttpMethod.Post, $"/fhir/Patient{query}", Resources.Patient(name).ToJsonString(), headers)).AssertIsOutcome(406);
        (await Node.GetAsync($"Patient/x{query}", headers)).AssertIsOutcome(406);
        Assert.That((await Node.GetAsync($"Patient?family={name}")).Ids, Is.Empty);
    }

    [Test]
    public async Task Searches_and_their_pages_are_XML_and_stay_so()
    {
        var patient = await Node.RegisterPatientAsync("Pages");
        var ids = new HashSet<string> { await Node.KeepAsync(Resources.Observation(patient)), await Node.KeepAsync(Resources.Observation(patient)) };
        var seen = new HashSet<string>();
        for (var next = $"/fhir/Observation?patient={patient}&_count=1&_format=xml&_pretty=true"; next is not null;)
        {
            var reply = await Node.CallAsync(HttpMethod.Get, next, null);
            Assert.That((reply.Status, reply.ContentType), Is.EqualTo((200, "application/fhir+xml; charset=utf-8")), reply.Text);
            Assert.That(reply.Text, Does.Contain("\n  <"));
            var bundle = XDocument.Parse(reply.Text).Root!;
            Assert.That(bundle.Name, Is.EqualTo(Fhir + "Bundle"));
            seen.UnionWith(bundle.Elements(Fhir + "entry").Select(entry => Value(entry.Element(Fhir + "resource")!.Elements().Single(), "id")));
            next = bundle.Elements(Fhir + "link").Where(link => Value(link, "relation") == "next").Select(link => Value(link, "url")).SingleOrDefault();
        }

        Assert.That(seen, Is.EquivalentTo(ids));
    }

    [Test]
    public async Task A_form_may_ask_for_XML()
    {
        var patient = await Node.RegisterPatientAsync("Form");
        var reply = await PostFormAsync($"_id={patient}&_format=xml");
        Assert.That((reply.Status, reply.ContentType), Is.EqualTo((200, "application/fhir+xml; charset=utf-8")), reply.Text);
        (await PostFormAsync($"_id={patient}&_format=html")).AssertIsOutcome(406);
    }

    [Test]
    public async Task A_transaction_goes_in_and_out_as_XML()
    {
        var bundle = new XElement(
            Fhir + "Bundle",
            One("type", "transaction"),
            new XElement(
                Fhir + "entry",
                One("fullUrl", "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"),
                new XElement(Fhir + "resource", new XElement(Fhir + "Patient", new XElement(Fhir + "name", One("family", "Xml")))),
                new XElement(Fhir + "request", One("method", "POST"), One("url", "Patient"))),
            new XElement(
                Fhir + "entry",
                new XElement(Fhir + "resource", XElement.Parse(Observation("x", "1").Replace("Patient/x", "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", StringComparison.Ordinal))),
                new XElement(Fhir + "request", One("method", "POST"), One("url", "Observation"))));
        var reply = await SendAsync(HttpMethod.Post, "", bundle.ToString(SaveOptions.DisableFormatting));
        Assert.That(reply.Status, Is.EqualTo(200), reply.Text);
        var answers = XDocument.Parse(reply.Text).Root!.Elements(Fhir + "entry").Select(entry => entry.Element(Fhir + "response")!).ToList();
        Assert.That(answers.Select(answer => Value(answer, "status")), Is.All.EqualTo("201 Created"));
        Assert.That((await Node.GetAsync($"Observation?patient={Value(answers[0], "location").Split('/')[1]}")).Ids, Has.Count.EqualTo(1));
    }

    [TestCase("Observation/none", 404)]
    [TestCase("Observance/none", 404)]
    [TestCase("Observation?date=yesterday", 400)]
    [TestCase("Observation?code=LONG", 414)]
    public async Task Errors_come_in_the_form_that_was_asked_for(string path, int status) =>
        AssertIsXmlOutcome(await Node.GetAsync(path.Replace("LONG", new string('x', 17_000), StringComparison.Ordinal), ("Accept", Xml)), status);

    [Test]
    public async Task What_is_sent_and_what_is_asked_for_are_two_things()
    {
        AssertIsXmlOutcome(await Node.CallAsync(HttpMethod.Post, "/fhir/Patient", "no JSON", ("Accept", Xml)), 400);
        var reply = await SendAsync(HttpMethod.Post, "Patient", "<Patient xmlns=\"http://hl7.org/fhir\"><active value=\"true\"/></Patient>", ("Accept", "application/json"));
        Assert.That((reply.Status, (bool)reply.Json["active"]!), Is.EqualTo((201, true)));
    }

    [Test]
    public async Task What_XML_can_t_carry_comes_as_JSON()
    {
        var reply = await Node.CallAsync(HttpMethod.Post, "/fhir/Patient", Resources.Patient("a\\u0001b").ToJsonString().Replace("\\\\u0001", "\\u0001", StringComparison.Ordinal), ("Accept", Xml));
        Assert.That((reply.Status, reply.ContentType), Is.EqualTo((201, "application/fhir+json; charset=utf-8")), reply.Text);
    }

    private static IEnumerable<TestCaseData> Hostile()
    {
        const string open = "<Patient xmlns=\"http://hl7.org/fhir\">";
        yield return Case("no XML", "hello");
        yield return Case("an external entity", $"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>{open}<name><family value=\"a\"/><text value=\"&e;\"/></name></Patient>");
        yield return Case("a billion laughs", $"<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>{open}<name><family value=\"&c;\"/></name></Patient>");
        yield return Case("nested deeply", open + string.Concat(Enumerable.Repeat("<contained><Patient>", 100_000)));
        yield return Case("too many nodes", $"{open}{string.Concat(Enumerable.Repeat("<active/>", 1_100_000))}</Patient>");
        yield return Case("an unknown element", $"{open}<activity value=\"true\"/></Patient>");

        static TestCaseData Case(string name, string xml) => new TestCaseData(xml).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Hostile))]
    public async Task Is_refused_as_a_body(string xml) => AssertIsXmlOutcome(await SendAsync(HttpMethod.Post, "Patient", xml), 400);

    [Test]
    public async Task The_statement_names_both_and_can_be_had_in_both()
    {
        var reply = await Node.GetAsync("metadata?_format=xml");
        Assert.That(XDocument.Parse(reply.Text).Root!.Elements(Fhir + "format").Select(format => (string)format.Attribute("value")!), Is.EqualTo(new[] { "application/fhir+json", "application/fhir+xml" }));
    }

    private static void AssertIsXmlOutcome(FhirReply reply, int status)
    {
        Assert.That((reply.Status, reply.ContentType), Is.EqualTo((status, "application/fhir+xml; charset=utf-8")), reply.Text);
        var outcome = XDocument.Parse(reply.Text).Root!;
        Assert.That(outcome.Name, Is.EqualTo(Fhir + "OperationOutcome"));
        Assert.That(Value(outcome.Element(Fhir + "issue")!, "severity"), Is.EqualTo("error"));
        reply.AssertTellsNothing();
    }

    private static Task<FhirReply> SendAsync(HttpMethod method, string path, string xml, params (string Name, string Value)[] headers) => Node.SendAsync(
        method, $"/fhir/{path}", new StringContent(xml, Encoding.UTF8, new MediaTypeHeaderValue(Xml)), headers.Length > 0 && headers[0].Name == "Accept" ? headers : [("Accept", Xml), .. headers]);

    private static Task<FhirReply> PostFormAsync(string form) =>
        Node.SendAsync(HttpMethod.Post, "/fhir/Patient/_search", new StringContent(form, Encoding.UTF8, new MediaTypeHeaderValue("application/x-www-form-urlencoded")));

    private static string Observation(string patient, string value) => new XElement(
        Fhir + "Observation",
        new XElement(Fhir + "text", One("status", "generated"), new XElement(Xhtml + "div", new XAttribute("xmlns", Xhtml.NamespaceName), new XElement(Xhtml + "p", "a  ", new XElement(Xhtml + "b", "b")))),
        One("status", "final"),
        new XElement(Fhir + "code", new XElement(Fhir + "coding", One("system", "http://loinc.org"), One("code", "718-7"))),
        new XElement(Fhir + "subject", One("reference", $"Patient/{patient}")),
        new XElement(Fhir + "valueQuantity", One("value", value), One("unit", "g/dL"))).ToString(SaveOptions.DisableFormatting);

    private static XElement One(string name, string value) => new(Fhir + name, new XAttribute("value", value));

    private static string Value(XElement parent, string name) => (string)parent.Element(Fhir + name)!.Attribute("value")!;
}
