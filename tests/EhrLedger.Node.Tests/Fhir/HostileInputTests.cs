using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Input that is made to cost: each is limited and answered, and the node goes on.</summary>
[NonParallelizable]
public sealed class HostileInputTests
{
    private const string Form = "application/x-www-form-urlencoded";

    private static TestNode Node => OneNode.Node;

    [TearDown]
    public async Task The_node_goes_on() => Assert.That((await Node.GetAsync("metadata")).Status, Is.EqualTo(200));

    private static IEnumerable<TestCaseData> Bodies()
    {
        yield return Case("a key of a choice twice", """{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","valueInteger":1}""");
        yield return Case("a key twice within", """{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}""");
        yield return Case("a key twice, once escaped", """{"resourceType":"Patient","active":true,"\u0061ctive":false}""");
        yield return Case("a long number", """{"resourceType":"Patient","multipleBirthInteger":NUMBER}""".Replace("NUMBER", new string('9', 1_000_000), StringComparison.Ordinal));
        yield return Case("a large number", """{"resourceType":"Patient","multipleBirthInteger":99999999999999999999}""");
        yield return Case("a huge exponent", """{"resourceType":"Patient","multipleBirthInteger":1e2147483648}""");
        yield return Case("a million unknown elements", $$"""{"resourceType":"Patient"{{string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $",\"x{i}\":1"))}}}""");
        yield return Case("a million empty objects", $$"""{"resourceType":"Patient","name":[{{string.Join(',', Enumerable.Repeat("{}", 1_000_000))}}]}""");
        yield return Case(
            "a deep narrative",
            """{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">DEEP</div>"}}""".Replace(
                "DEEP", string.Concat(Enumerable.Repeat("<b>", 500_000)) + string.Concat(Enumerable.Repeat("</b>", 500_000)), StringComparison.Ordinal));
        yield return Case("an entity in the narrative", """{"resourceType":"Patient","text":{"status":"generated","div":"<!DOCTYPE div [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><div xmlns=\"http://www.w3.org/1999/xhtml\">&b;</div>"}}""");

        static TestCaseData Case(string name, string body) => new TestCaseData(body).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Bodies))]
    public async Task Is_refused_as_a_body(string body) => (await Node.CallAsync(HttpMethod.Post, "/fhir/Patient", body)).AssertIsOutcome(400);

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [TestCase("gzip, gzip")]
    [TestCase("nonsense")]
    public async Task A_packed_body_is_refused_unopened(string coding)
    {
        // Ten thousand to one.
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(new byte[64 << 20]);
        }

        foreach (var (path, type) in ((string, string)[])[("/fhir/Patient", "application/fhir+json"), ("/fhir/Patient", "application/fhir+xml"), ("/fhir/Patient/_search", Form), ("/fhir/Patient/$validate", "application/fhir+json")])
        {
            var content = new ByteArrayContent(packed.ToArray());
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
            (await Node.SendAsync(HttpMethod.Post, path, content)).AssertIsOutcome(415);
        }
    }

    [Test]
    public async Task A_body_that_says_identity_is_as_it_is()
    {
        var content = new StringContent(Resources.Patient("Identity").ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/fhir+json"));
        content.Headers.TryAddWithoutValidation("Content-Encoding", "identity");
        Assert.That((await Node.SendAsync(HttpMethod.Post, "/fhir/Patient", content)).Status, Is.EqualTo(201));
    }

    [Test]
    public async Task A_form_has_limits()
    {
        (await SearchAsync(string.Join('&', Enumerable.Repeat("family=x", 200)))).AssertIsOutcome(400);
        (await SearchAsync(string.Join('&', Enumerable.Repeat("a", 100_000)))).AssertIsOutcome(400);
        (await SearchAsync($"family={new string('x', 300_000)}")).AssertIsOutcome(413);
        (await SearchAsync(new string('&', 300_000))).AssertIsOutcome(413);
        (await SearchAsync("family=x", "multipart/form-data; boundary=x")).AssertIsOutcome(415);
        (await SearchAsync([.. "family="u8, 0xFF, 0xFE])).AssertIsOutcome(400);
        Assert.That((await SearchAsync("family=%FF%FE%zz%")).Status, Is.EqualTo(200));
        Assert.That((await SearchAsync($"family={new string('x', 100_000)}")).Ids, Is.Empty);
    }

    [Test]
    public async Task A_form_finds_what_a_URL_finds()
    {
        var id = await Node.RegisterPatientAsync("For m+&=%");
        Assert.That((await SearchAsync($"_id={id}&family=For+m%2B%26%3D%25&family:exact=For%20m%2B%26%3D%25")).Ids, Is.EqualTo(new[] { id }));
        Assert.That((await Node.GetAsync($"Patient?_id={id}&family=For+m%2B%26%3D%25")).Ids, Is.EqualTo(new[] { id }));
    }

    [TestCase(17_000, true)]
    [TestCase(100_000, false)]
    public async Task An_over_long_URL_is_refused(int length, bool hasOutcome)
    {
        foreach (var path in (string[])["Patient?family=", "Patient/", "Patient/x/$everything?start="])
        {
            var reply = await Node.GetAsync(path + new string('x', length));
            Assert.That(reply.Status, Is.EqualTo(414));
            Assert.That(reply.Text.Length > 0, Is.EqualTo(hasOutcome));
        }
    }

    private static Task<FhirReply> SearchAsync(string form, string type = Form) => SearchAsync(Encoding.UTF8.GetBytes(form), type);

    private static Task<FhirReply> SearchAsync(byte[] form, string type = Form)
    {
        var content = new ByteArrayContent(form);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return Node.SendAsync(HttpMethod.Post, "/fhir/Patient/_search", content);
    }
}
