using System.Text.Json.Nodes;
using EhrLedger.Fhir.Bundles;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir;

public sealed class SearchsetJsonTests
{
    private static readonly (string, string)[] Links = [("self", "http://127.0.0.1:5080/fhir/Patient?name=\"ü\""), ("next", "http://127.0.0.1:5080/fhir/Patient?_page=x")];

    [TestCaseSource(typeof(PublishedResources), nameof(PublishedResources.R4Examples))]
    public void Says_what_the_SDK_says(string file)
    {
        var resource = PublishedResources.Parse(PublishedResources.Read(file));
        resource.Id ??= "1";
        var json = FhirJson.Write(resource);
        var bundle = Searchset.Build(
            PublishedResources.Server, Links, [resource], [new Patient { Id = "included" }], 17, [Outcome.Warning(OperationOutcome.IssueType.Incomplete, "Something \"may\" be missing.")]);
        var written = SearchsetJson.Write(bundle, one => ReferenceEquals(one, resource) ? json : (ReadOnlyMemory<byte>?)null);
        Assert.That(PublishedResources.FirstDifference(JsonNode.Parse(written), JsonNode.Parse(FhirJson.Write(bundle))), Is.Null);
        Assert.That(FhirJson.Parse(written), Is.TypeOf<ParsedResource.Accepted>());
    }

    [Test]
    public void Says_what_the_SDK_says_of_nothing()
    {
        var bundle = Searchset.Build(PublishedResources.Server, [], [], [], null, []);
        Assert.That(PublishedResources.FirstDifference(JsonNode.Parse(SearchsetJson.Write(bundle, _ => null)), JsonNode.Parse(FhirJson.Write(bundle))), Is.Null);
    }

    [Test]
    public void Shows_the_stored_bytes_as_they_are()
    {
        var bundle = Searchset.Build(PublishedResources.Server, Links, [new Patient { Id = "1" }], [], null, []);
        var written = SearchsetJson.Write(bundle, _ => """{"resourceType":"Patient","id":"1","active":true}"""u8.ToArray());
        Assert.That((bool)JsonNode.Parse(written)!["entry"]![0]!["resource"]!["active"]!, Is.True);
    }

    [Test]
    public void Loses_nothing_silently()
    {
        var bundle = Searchset.Build(PublishedResources.Server, Links, [], [], null, []);
        bundle.Timestamp = PublishedResources.Now;
        Assert.That(() => SearchsetJson.Write(bundle, _ => null), Throws.ArgumentException);
    }
}
