using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A resource that elements were left out of is not written: what is missing would be lost.</summary>
[NonParallelizable]
public sealed class SubsettedTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task What_a_search_has_shortened_is_refused_by_every_door()
    {
        var code = Guid.NewGuid().ToString("N");
        var patient = await Node.RegisterPatientAsync("Subsetted");
        var id = await Node.KeepAsync(Resources.Observation(patient, code));
        var part = () => Find($"Observation?_id={id}&_elements=status,code,subject");
        AssertRefused(await Node.UpdateAsync(await part()));
        AssertRefused(await Node.UpdateAsync(await part(), ("If-Match", "W/\"1\"")));
        AssertRefused(await Node.CreateAsync(await part()));
        AssertRefused(await Node.CallAsync(HttpMethod.Put, $"/fhir/Observation?code={code}", (await part()).ToJsonString()));
        AssertRefused(await Node.CallAsync(HttpMethod.Put, $"/fhir/Observation?code={code}-none", WithoutId(await part()).ToJsonString()));
        AssertRefused(await Node.UpdateAsync(await Find($"Observation?_id={id}&_summary=true")));
        AssertRefused(await Node.PostBundleAsync(Resources.Bundle(
            "transaction", Resources.Entry("POST", "Observation", Resources.Observation(patient, code)), Resources.Entry("PUT", $"Observation/{id}", await part()))));
        var batch = await Node.PostBundleAsync(Resources.Bundle("batch", Resources.Entry("PUT", $"Observation?code={code}", await part()), Resources.Entry("POST", "Observation", await part())));
        Assert.That(batch.Json["entry"]!.AsArray().Select(entry => ((string)entry!["response"]!["status"]!)[..3]), Is.All.EqualTo("422"), batch.Text);
        Assert.That((await Node.GetAsync($"Observation?code={code}")).Ids, Is.EqualTo(new[] { id }));

        var whole = (await Node.GetAsync($"Observation/{id}")).Json;
        Assert.That((string?)whole["meta"]!["versionId"], Is.EqualTo("1"));
        Assert.That((await Node.UpdateAsync(whole.With("status", "amended"))).Status, Is.EqualTo(200));
    }

    private static async Task<JsonObject> Find(string search) => (await Node.GetAsync(search)).Matches.Single().DeepClone().AsObject();

    private static JsonObject WithoutId(JsonObject resource)
    {
        resource.Remove("id");
        return resource;
    }

    private static void AssertRefused(FhirReply reply)
    {
        reply.AssertIsOutcome(422);
        Assert.That((string?)reply.Json["issue"]![0]!["diagnostics"], Does.Contain("SUBSETTED").And.Contain("left elements out"));
    }
}
