using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Whatever comes in: an OperationOutcome with the right status, nothing of the node's insides, and nothing written.</summary>
[NonParallelizable]
public sealed class BadInputTests
{
    private static string _patient = "";

    private static TestNode Node => OneNode.Node;

    [OneTimeSetUp]
    public async Task RegisterAsync() => _patient = await Node.RegisterPatientAsync("BadInput");

    [TearDown]
    public async Task NothingWasWrittenAsync() =>
        Assert.That((await Node.GetAsync($"Observation?patient={_patient}")).Ids, Is.Empty);

    private static IEnumerable<TestCaseData> Bodies()
    {
        var good = Resources.Observation("PATIENT", when: "2024-05-06").ToJsonString();
        yield return Case("empty", "");
        yield return Case("white space", "  \n ");
        yield return Case("no JSON", "hello");
        yield return Case("cut short", good[..^20]);
        yield return Case("text behind", good + "x");
        yield return Case("two resources", good + good);
        yield return Case("an array", $"[{good}]");
        yield return Case("a string", "\"Observation\"");
        yield return Case("null", "null");
        yield return Case("no type", good.Replace("\"resourceType\":\"Observation\",", "", StringComparison.Ordinal));
        yield return Case("an unknown type", good.Replace("\"Observation\"", "\"Observance\"", StringComparison.Ordinal));
        yield return Case("a type twice", good.Replace("\"status\"", "\"resourceType\":\"Observation\",\"status\"", StringComparison.Ordinal));
        yield return Case("a key twice", good.Replace("\"status\"", "\"status\":\"amended\",\"status\"", StringComparison.Ordinal));
        yield return Case("an unknown element", good.Replace("\"status\"", "\"statusCode\"", StringComparison.Ordinal));
        yield return Case("an unknown code", good.Replace("\"final\"", "\"finished\"", StringComparison.Ordinal));
        yield return Case("a bad date", good.Replace("2024-05-06", "2024-02-31", StringComparison.Ordinal));
        yield return Case("a date that is none", good.Replace("2024-05-06", "yesterday", StringComparison.Ordinal));
        yield return Case("a number that is none", good.Replace("12.5", "\"12.5\"", StringComparison.Ordinal));
        yield return Case("an endless number", good.Replace("12.5", "1" + new string('0', 400), StringComparison.Ordinal));
        yield return Case("an infinite number", good.Replace("12.5", "1e999", StringComparison.Ordinal));
        yield return Case("an object where a list should be", good.Replace("\"category\":[{", "\"category\":{\"x\":{", StringComparison.Ordinal));
        yield return Case("nested deeply", $$"""{"resourceType":"Observation","extension":{{string.Concat(Enumerable.Repeat("[{\"url\":\"u\",\"extension\":", 5_000))}}1{{string.Concat(Enumerable.Repeat("}]", 5_000))}}}""");
        yield return Case("open brackets", new string('[', 1_000_000));
        yield return Case("half a character", good.Replace("final", "fin\\ud800al", StringComparison.Ordinal));
        yield return Case("a comment", good.Replace("{\"resourceType\"", "{/* x */\"resourceType\"", StringComparison.Ordinal));
        yield return Case("no status", good.Replace("\"status\":\"final\",", "", StringComparison.Ordinal));

        static TestCaseData Case(string name, string body) => new TestCaseData(body).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Bodies))]
    public async Task Is_refused_as_a_body(string body) =>
        (await Node.CallAsync(HttpMethod.Post, "/fhir/Observation", body.Replace("PATIENT", _patient, StringComparison.Ordinal))).AssertIsOutcome(400);

    [Test]
    public async Task Invalid_UTF8_is_refused()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("{\"resourceType\":\"Patient\",\"name\":[{\"family\":\""), 0xC3, 0x28, 0xFF, .. Encoding.UTF8.GetBytes("\"}]}")];
        foreach (var bytes in (byte[][])[body, Encoding.Unicode.GetBytes(Resources.Observation(_patient).ToJsonString()), [0xFF, 0xFE, 0x00]])
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
            (await Node.SendAsync(HttpMethod.Post, "/fhir/Observation", content)).AssertIsOutcome(400);
        }
    }

    [TestCase("text/plain")]
    [TestCase("application/fhir+turtle")]
    [TestCase("application/fhir+json; fhirVersion=3.0")]
    [TestCase("application/fhir+xml; charset=iso-8859-1")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("multipart/form-data")]
    [TestCase(null)]
    public async Task Another_content_type_is_refused(string? type)
    {
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Post, "/fhir/Observation"), (HttpMethod.Put, "/fhir/Observation/x"), (HttpMethod.Post, "/fhir")])
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Resources.Observation(_patient).ToJsonString()));
            content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
            (await Node.SendAsync(method, path, content)).AssertIsOutcome(415);
        }
    }

    [TestCase("application/fhir+json; charset=utf-8; fhirVersion=4.0")]
    [TestCase("application/json")]
    [TestCase("Application/FHIR+JSON")]
    public async Task The_content_types_of_FHIR_are_taken(string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Resources.Patient("Types").ToJsonString()));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        Assert.That((await Node.SendAsync(HttpMethod.Post, "/fhir/Patient", content)).Status, Is.EqualTo(201));
    }

    [Test]
    public async Task A_body_beyond_the_limit_is_refused_whether_announced_or_not()
    {
        var big = Resources.Observation(_patient).With("note", new JsonArray(new JsonObject { ["text"] = new string('x', 17 << 20) })).ToJsonString();
        (await Node.CallAsync(HttpMethod.Post, "/fhir/Observation", big)).AssertIsOutcome(413);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/fhir/Observation") { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(big))) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
        request.Headers.TransferEncodingChunked = true;
        using var response = await Node.Client.SendAsync(request);
        Assert.That((int)response.StatusCode, Is.EqualTo(413));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("OperationOutcome"));
    }

    [Test]
    public async Task A_large_record_within_the_limit_is_kept()
    {
        var patient = await Node.RegisterPatientAsync("Large");
        var text = string.Concat(Enumerable.Range(0, 1_000_000).Select(i => (char)('a' + (i % 26))));
        var id = await Node.KeepAsync(Resources.Observation(patient).With("note", new JsonArray(new JsonObject { ["text"] = text })));
        Assert.That((string)(await Node.GetAsync($"Observation/{id}")).Json["note"]![0]!["text"]!, Is.EqualTo(text));
    }

    [Test]
    public async Task Type_and_id_of_body_and_URL_must_agree()
    {
        (await Node.CallAsync(HttpMethod.Post, "/fhir/Condition", Resources.Observation(_patient).ToJsonString())).AssertIsOutcome(400);
        (await Node.CallAsync(HttpMethod.Put, "/fhir/Condition/a", Resources.Observation(_patient).With("id", "a").ToJsonString())).AssertIsOutcome(400);
        (await Node.CallAsync(HttpMethod.Put, "/fhir/Observation/a", Resources.Observation(_patient).With("id", "b").ToJsonString())).AssertIsOutcome(400);
        (await Node.CallAsync(HttpMethod.Put, "/fhir/Observation/a", Resources.Observation(_patient).ToJsonString())).AssertIsOutcome(400);
        (await Node.CallAsync(HttpMethod.Put, "/fhir/Observation/a_b", Resources.Observation(_patient).With("id", "a_b").ToJsonString())).AssertIsOutcome(400);
        var tooLong = new string('a', 65);
        (await Node.CallAsync(HttpMethod.Put, $"/fhir/Observation/{tooLong}", Resources.Observation(_patient).With("id", tooLong).ToJsonString())).AssertIsOutcome(400);
    }

    [TestCase("GET", "/fhir/Observance")]
    [TestCase("GET", "/fhir/Observance/1")]
    [TestCase("GET", "/fhir/observation")]
    [TestCase("GET", "/fhir/Resource")]
    [TestCase("GET", "/fhir/Observation/not-there")]
    [TestCase("GET", "/fhir/Observation/not-there/_history/1")]
    [TestCase("GET", "/fhir/Observation/..%2F..%2Fhealth")]
    [TestCase("GET", "/fhir/Observation/x/y/z")]
    [TestCase("GET", "/fhir/Observation/a.b/$everything.x")]
    [TestCase("GET", "/fhir/")]
    [TestCase("DELETE", "/fhir/Observance/1")]
    public async Task What_is_not_there_is_not_found(string method, string path) =>
        (await Node.CallAsync(new HttpMethod(method), path, null)).AssertIsOutcome(404);

    [Test]
    public async Task What_is_not_supported_says_so()
    {
        foreach (var (method, path) in ((string, string)[])[("GET", $"/fhir/Patient/{_patient}/$graph"), ("PUT", $"/fhir/Patient/{_patient}/_history/1"), ("POST", $"/fhir/Patient/{_patient}")])
        {
            var reply = await Node.CallAsync(new HttpMethod(method), path, method is "GET" ? null : "{}");
            Assert.That(reply.Status, Is.EqualTo(404).Or.EqualTo(405), $"{method} {path}");
            Assert.That((string?)reply.Json["resourceType"], Is.EqualTo("OperationOutcome"), $"{method} {path}");
            reply.AssertTellsNothing();
        }
    }

    [TestCase("Patient/nobody-here")]
    [TestCase("http://elsewhere.example/fhir/Patient/1")]
    [TestCase("Patient/a b")]
    [TestCase("Patient")]
    [TestCase("../Patient/1")]
    [TestCase("urn:uuid:9b1d6a3e-0000-4000-8000-000000000009")]
    [TestCase("Device/unknown")]
    [TestCase("Group/unknown")]
    [TestCase("javascript:alert(1)")]
    public async Task A_record_of_nobody_known_here_is_refused(string reference)
    {
        var body = Resources.Observation("x").With("subject", new JsonObject { ["reference"] = reference });
        var reply = await Node.CreateAsync(body);
        Assert.That(reply.Status, Is.EqualTo(422).Or.EqualTo(400), reply.Text);
        if (reply.Status == 201)
        {
            Assert.Fail("It was kept.");
        }

        reply.AssertIsOutcome(reply.Status);
    }

    [Test]
    public async Task An_unknown_patient_is_422()
    {
        (await Node.CreateAsync(Resources.Observation("nobody-here"))).AssertIsOutcome(422);
        (await Node.UpdateAsync(Resources.Observation("nobody-here").With("id", "x"))).AssertIsOutcome(422);
        var observation = Resources.Observation(_patient);
        observation.Remove("subject");
        (await Node.CreateAsync(observation)).AssertIsOutcome(422);
    }

    [Test]
    public async Task A_record_of_two_patients_is_refused()
    {
        var other = await Node.RegisterPatientAsync("Second");
        var observation = Resources.Observation(_patient).With("performer", new JsonArray(new JsonObject { ["reference"] = $"Patient/{other}" }));
        (await Node.CreateAsync(observation)).AssertIsOutcome(422);
    }

    [TestCase("date=yesterday")]
    [TestCase("date=2024-13")]
    [TestCase("date=ge")]
    [TestCase("date=ge2024-02-30")]
    [TestCase("_lastUpdated=x")]
    [TestCase("_count=-1")]
    [TestCase("_count=x")]
    [TestCase("_count=99999999999999999999")]
    [TestCase("_sort=nothing")]
    [TestCase("value-quantity=x")]
    [TestCase("code:above:below=1")]
    [TestCase("date:exact=2024")]
    [TestCase("subject.nonsense=x")]
    public async Task A_bad_criterion_is_refused(string criterion) =>
        (await Node.GetAsync($"Observation?patient={_patient}&{criterion}")).AssertIsOutcome(400);

    [Test]
    public async Task Too_many_criteria_are_refused() =>
        (await Node.GetAsync($"Observation?{string.Join('&', Enumerable.Repeat("code=x", 200))}")).AssertIsOutcome(400);

    [Test]
    public async Task Nonsense_in_a_query_is_answered_all_the_same()
    {
        foreach (var query in (string[])["?", "?&&&", "?=", "?=x", "?code", "?code=%", "?code=%00", "?code=%FF%FE", "?code=" + Uri.EscapeDataString("\uD83D\uDE00'\";--"), "?code=a%2Cb%5C%2C%7C", "?_page=", "?code=|", "?patient=", "?patient=/", "?date=", "?_id=,,,"])
        {
            var reply = await Node.GetAsync($"Observation{query}&patient={_patient}");
            Assert.That(reply.Status, Is.EqualTo(200).Or.EqualTo(400).Or.EqualTo(410), query);
            reply.AssertTellsNothing();
        }
    }

    [Test]
    public async Task A_URL_beyond_the_limit_is_refused()
    {
        (await Node.GetAsync($"Observation?patient={_patient}&code={new string('x', 8_000)}")).AssertTellsNothing();
        (await Node.GetAsync($"Observation?code={new string('x', 17_000)}")).AssertIsOutcome(414);
    }

    [Test]
    public async Task Headers_beyond_the_limit_are_refused()
    {
        Assert.That((await Node.GetAsync($"Patient/{_patient}", ("X-Long", new string('x', 20_000)))).Status, Is.EqualTo(200));
        (await Node.GetAsync($"Patient/{_patient}", ("X-Long", new string('x', 40_000)))).AssertIsOutcome(431);
        (await Node.GetAsync($"Patient/{_patient}", [.. Enumerable.Range(0, 70).Select(i => ($"X-{i}", "x"))])).AssertIsOutcome(431);
    }

    [Test]
    public async Task What_is_far_beyond_a_limit_is_refused_without_an_outcome([Values("uri", "header")] string what)
    {
        // Kestrel answers these by itself: docs/fhir.md.
        var far = new string('x', 100_000);
        var reply = what == "uri" ? await Node.GetAsync($"Observation?code={far}") : await Node.GetAsync($"Patient/{_patient}", ("X-Long", far));
        Assert.That(reply.Status, Is.EqualTo(what == "uri" ? 414 : 431));
        reply.AssertTellsNothing();
    }

    [Test]
    public async Task Calls_beside_FHIR_have_the_same_limits_in_their_own_form()
    {
        using var answer = await Node.Client.GetAsync($"/ledger/leaves?first={new string('0', 17_000)}");
        Assert.That((int)answer.StatusCode, Is.EqualTo(414));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("urn:ehrledger:uri-too-long"));
    }

    [Test]
    public async Task A_caller_must_give_a_purpose_that_exists()
    {
        (await Node.GetAsync($"Patient/{_patient}", ("X-Purpose-Of-Use", "just curious"))).AssertIsOutcome(400);
        (await Node.GetAsync($"Patient/{_patient}", ("X-Acting-Person", new string('x', 300)))).AssertIsOutcome(400);
        Assert.That((await Node.GetAsync($"Patient/{_patient}", ("X-Purpose-Of-Use", "HPAYMT"))).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Only_transactions_and_batches_are_posted_to_the_base()
    {
        (await Node.CallAsync(HttpMethod.Post, "/fhir", Resources.Patient("X").ToJsonString())).AssertIsOutcome(400);
        (await Node.PostBundleAsync(Resources.Bundle("collection"))).AssertIsOutcome(400);
        (await Node.PostBundleAsync(Resources.Parse("""{ "resourceType": "Bundle", "entry": [] }"""))).AssertIsOutcome(400);
        var many = Resources.Bundle("transaction", [.. Enumerable.Range(0, 20_001).Select(_ => Resources.Entry("GET", "Patient/x"))]);
        (await Node.PostBundleAsync(many)).AssertIsOutcome(400);
        var empty = await Node.PostBundleAsync(Resources.Parse("""{ "resourceType": "Bundle", "type": "transaction" }"""));
        Assert.That(empty.Status, Is.EqualTo(200), empty.Text);
    }

    [Test]
    public async Task A_body_that_never_ends_its_sending_writes_nothing()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", new Uri(Node.Endpoint).Port);
        var body = Resources.Observation(_patient).ToJsonString();
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /fhir/Observation HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: {body.Length + 10}\r\n\r\n{body}"));
        socket.Client.LingerState = new LingerOption(true, 0);
        socket.Close();
        await Task.Delay(200);
        Assert.That((await Node.FindHealthAsync())!.Store, Is.True);
    }
}
