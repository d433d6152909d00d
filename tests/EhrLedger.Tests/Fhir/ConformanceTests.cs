using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class ResourceVersionTests
{
    private static readonly ResourceVersion Version = new("Patient", "1", "3", new DateTimeOffset(2026, 5, 1, 12, 0, 0, 123, TimeSpan.FromHours(2)));

    [Test]
    public void Stamps_over_what_a_client_sent_and_keeps_the_rest_of_meta()
    {
        var patient = new Patient { Id = "x", Meta = new Meta { VersionId = "9", Tag = [new Coding("urn:t", "a")] } };

        Version.Stamp(patient);

        Assert.That(System.Text.Encoding.UTF8.GetString(FhirJson.Write(patient)), Is.EqualTo(
            """{"resourceType":"Patient","id":"1","meta":{"versionId":"3","lastUpdated":"2026-05-01T10:00:00.123Z","tag":[{"system":"urn:t","code":"a"}]}}"""));
        Assert.That((Version.Versioned, Version.ETag), Is.EqualTo(("Patient/1/_history/3", "W/\"3\"")));
    }

    [TestCase("W/\"3\"", "3")]
    [TestCase("\"3\"", "3")]
    [TestCase("3", null)]
    [TestCase("W/\"\"", null)]
    [TestCase("\"1\", \"2\"", null)]
    [TestCase("*", null)]
    [TestCase(null, null)]
    public void Reads_an_if_match_header(string? header, string? version) => Assert.That(ResourceVersion.ReadETag(header), Is.EqualTo(version));
}

public sealed class FhirReferenceTests
{
    [TestCase("Patient/1", "Patient/1", null)]
    [TestCase("Patient/1/_history/2", "Patient/1", null)]
    [TestCase("http://a.example/fhir/Patient/1", "Patient/1", "http://a.example/fhir")]
    public void Takes_a_literal_reference_apart(string text, string relative, string? origin)
    {
        var reference = FhirReference.Parse(text);

        Assert.That((reference?.Relative, reference?.Base), Is.EqualTo((relative, origin)));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("#a")]
    [TestCase("Patient")]
    [TestCase("Patient/")]
    [TestCase("/Patient/1")]
    [TestCase("Foo/1")]
    [TestCase("Patient/a b")]
    [TestCase("Patient/1/_history/")]
    [TestCase("Patient?identifier=1/2")]
    [TestCase("urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a")]
    [TestCase("ftp://a.example/Patient/1")]
    public void Leaves_everything_else(string? text) => Assert.That(FhirReference.Parse(text), Is.Null);

    [Test]
    public void Its_own_absolute_url_is_the_relative_reference() =>
        Assert.That(PublishedResources.Server.Normalise("http://127.0.0.1:5080/fhir/Patient/1/_history/2"), Is.EqualTo("Patient/1"));
}

public sealed class SearchsetTests
{
    [Test]
    public void A_page_has_its_links_and_warnings()
    {
        var query = SearchQueryTests.Parse("Patient", "name=Müller&nonsense=1", strict: false);

        var page = Searchset.Build(query, PublishedResources.Server, [new Patient { Id = "1" }], "http://127.0.0.1:5080/fhir?page=x");

        Assert.That(page.Link.Select(l => (l.Relation, l.Url)), Is.EqualTo(new[]
        {
            ("self", "http://127.0.0.1:5080/fhir/Patient?name=M%C3%BCller"), ("next", "http://127.0.0.1:5080/fhir?page=x"),
        }));
        Assert.That(page.Entry.Select(e => (e.FullUrl, e.Search!.Mode)), Is.EqualTo(new (string?, Bundle.SearchEntryMode?)[]
        {
            ("http://127.0.0.1:5080/fhir/Patient/1", Bundle.SearchEntryMode.Match), (null, Bundle.SearchEntryMode.Outcome),
        }));
        Assert.That(page.Total, Is.Null);
        PublishedResources.Parse(FhirJson.Write(page));
    }
}

public sealed class CapabilityStatementTests
{
    [Test]
    public void Says_what_the_node_lists_and_is_valid()
    {
        var statement = CapabilityStatementBuilder.Build(Capability("code", "date", "_count"));

        PublishedResources.Parse(FhirJson.Write(statement));
        Assert.That(statement.Rest[0].Resource[0].SearchParam.Select(p => p.Name), Is.EqualTo(new[] { "code", "date", "_count" }));
        Assert.That(statement.Rest[0].Resource[0].SearchParam[0].Definition, Does.StartWith("http://hl7.org/fhir/SearchParameter/"));
    }

    [Test]
    public void Cannot_promise_a_parameter_that_is_not_there() =>
        Assert.That(() => CapabilityStatementBuilder.Build(Capability("nonsense")), Throws.ArgumentException);

    [Test]
    public void An_outcome_is_a_valid_resource() =>
        PublishedResources.Parse(FhirJson.Write(Outcome.Of(Outcome.Error(OperationOutcome.IssueType.NotFound, "There is no such resource.", "Patient"))));

    private static ServerCapability Capability(params string[] parameters) => new(
        "1.0",
        PublishedResources.Server.Url,
        "Hospital",
        PublishedResources.Now,
        ["application/fhir+json"],
        [CapabilityStatement.SystemRestfulInteraction.Transaction],
        [new ResourceCapability("Observation", [CapabilityStatement.TypeRestfulInteraction.Read], parameters, ConditionalCreate: false, UpdateCreate: true)]);
}
