using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class ConditionalTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task An_update_by_condition_creates_updates_or_refuses()
    {
        var patient = await Node.RegisterPatientAsync("ConditionalUpdate");
        var code = Guid.NewGuid().ToString("N");
        var created = await PutAsync(patient, code);
        Assert.That(created.Status, Is.EqualTo(201), created.Text);
        var updated = await PutAsync(patient, code);
        Assert.That((updated.Status, updated.Id, updated.ETag), Is.EqualTo((200, created.Id, "W/\"2\"")), updated.Text);
        Assert.That((await PutAsync(patient, code, created.Id)).ETag, Is.EqualTo("W/\"3\""));
        (await PutAsync(patient, code, "another")).AssertIsOutcome(400);
        (await PutAsync(patient, code, null, ("If-Match", "W/\"1\""))).AssertIsOutcome(412);
        await Node.KeepAsync(Resources.Observation(patient, code));
        (await PutAsync(patient, code)).AssertIsOutcome(412);
    }

    [Test]
    public async Task An_update_that_finds_nothing_takes_a_free_id_and_no_other()
    {
        var patient = await Node.RegisterPatientAsync("Wished");
        var (code, wished) = (Guid.NewGuid().ToString("N"), $"mine-{Guid.NewGuid():N}");
        var created = await PutAsync(patient, code, wished);
        Assert.That((created.Status, created.Id), Is.EqualTo((201, wished)), created.Text);
        (await PutAsync(patient, Guid.NewGuid().ToString("N"), wished)).AssertIsOutcome(409);
        var entry = Resources.Entry("PUT", $"Observation?code={Guid.NewGuid():N}", Resources.Observation(patient).With("id", wished));
        (await Node.PostBundleAsync(Resources.Bundle("transaction", entry))).AssertIsOutcome(409);
        Assert.That((await Node.GetAsync($"Observation/{wished}")).ETag, Is.EqualTo("W/\"1\""));
        (await PutAsync(patient, Guid.NewGuid().ToString("N"), "00112233445566778899aabbccddeeff")).AssertIsOutcome(405);
    }

    [TestCase("Observation")]
    [TestCase("Observation?")]
    [TestCase("Observation?no-such-parameter=1")]
    [TestCase("Observation?date=nonsense")]
    public async Task What_is_no_condition_is_refused(string path)
    {
        var body = Resources.Observation(await Node.RegisterPatientAsync("NoCondition")).ToJsonString();
        (await Node.CallAsync(HttpMethod.Put, $"/fhir/{path}", body)).AssertIsOutcome(400);
        (await Node.DeleteAsync(path)).AssertIsOutcome(400);
    }

    [Test]
    public async Task A_delete_by_condition_deletes_one_or_none()
    {
        var patient = await Node.RegisterPatientAsync("ConditionalDelete");
        var code = Guid.NewGuid().ToString("N");
        Assert.That((await Node.DeleteAsync($"Observation?code={code}")).Status, Is.EqualTo(204));
        var first = await Node.KeepAsync(Resources.Observation(patient, code));
        var second = await Node.KeepAsync(Resources.Observation(patient, code));
        (await Node.DeleteAsync($"Observation?code={code}")).AssertIsOutcome(412);
        await Node.DeleteAsync($"Observation/{first}");
        Assert.That((await Node.DeleteAsync($"Observation?code={code}")).Status, Is.EqualTo(204));
        (await Node.GetAsync($"Observation/{second}")).AssertIsOutcome(410);
        (await Node.DeleteAsync("NoSuchType?code=x")).AssertIsOutcome(404);
    }

    [Test]
    public async Task A_delete_holds_to_the_version_that_it_names()
    {
        var id = await Node.KeepAsync(Resources.Observation(await Node.RegisterPatientAsync("DeleteMatch")));
        (await Node.DeleteAsync($"Observation/{id}", ("If-Match", "W/\"7\""))).AssertIsOutcome(412);
        (await Node.DeleteAsync($"Observation/{id}", ("If-Match", "nonsense"))).AssertIsOutcome(400);
        (await Node.DeleteAsync("Observation/never-was", ("If-Match", "W/\"1\""))).AssertIsOutcome(412);
        Assert.That((await Node.DeleteAsync($"Observation/{id}", ("If-Match", "W/\"1\""))).Status, Is.EqualTo(204));
    }

    [Test]
    public async Task A_condition_in_a_transaction_finds_what_its_deletes_leave()
    {
        var patient = await Node.RegisterPatientAsync("ThreeMatches");
        var code = Guid.NewGuid().ToString("N");
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add(await Node.KeepAsync(Resources.Observation(patient, code)));
        }

        // Whichever two the lookup comes upon first: in one of these transactions they are those that go.
        foreach (var left in ids)
        {
            var deletes = ids.Where(id => id != left).Select(id => Resources.Entry("DELETE", $"Observation/{id}"));
            var reply = await Node.PostBundleAsync(Resources.Bundle("transaction", [.. deletes, Resources.Entry("POST", "Observation", Resources.Observation(patient, code), ifNoneExist: $"code={code}")]));
            Assert.That((string?)reply.Json["entry"]?[2]?["response"]?["location"], Does.StartWith($"Observation/{left}/"), reply.Text);
            foreach (var id in ids.Where(id => id != left))
            {
                await Node.UpdateAsync(Resources.Observation(patient, code).With("id", id));
            }
        }
    }

    [Test]
    public async Task A_read_of_what_is_known_sends_nothing()
    {
        var created = await Node.CreateAsync(Resources.Observation(await Node.RegisterPatientAsync("Known")));
        async Task<int> StatusAsync(string name, string value) => (await Node.GetAsync($"Observation/{created.Id}", (name, value))).Status;
        var after = DateTimeOffset.UtcNow.AddHours(1).ToString("R", null);
        Assert.That(await StatusAsync("If-None-Match", "W/\"1\""), Is.EqualTo(304));
        Assert.That(await StatusAsync("If-None-Match", "\"7\", W/\"1\""), Is.EqualTo(304));
        Assert.That(await StatusAsync("If-None-Match", "*"), Is.EqualTo(304));
        Assert.That(await StatusAsync("If-None-Match", "W/\"2\""), Is.EqualTo(200));
        Assert.That(await StatusAsync("If-None-Match", "nonsense"), Is.EqualTo(200));
        Assert.That(await StatusAsync("If-Modified-Since", after), Is.EqualTo(304));
        Assert.That(await StatusAsync("If-Modified-Since", created.LastModified!.Value.ToString("R", null)), Is.EqualTo(304));
        Assert.That(await StatusAsync("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"), Is.EqualTo(200));
        Assert.That(await StatusAsync("If-Modified-Since", "yesterday"), Is.EqualTo(200));
        var both = await Node.GetAsync($"Observation/{created.Id}", ("If-None-Match", "W/\"2\""), ("If-Modified-Since", after));
        Assert.That(both.Status, Is.EqualTo(200), "the tag counts, not the date");
        Assert.That((await Node.GetAsync($"Observation/{created.Id}", ("If-None-Match", "*"))).ETag, Is.EqualTo("W/\"1\""));
    }

    [Test]
    public async Task A_head_has_the_headers_and_no_body()
    {
        var patient = await Node.RegisterPatientAsync("Head");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        var head = await Node.CallAsync(HttpMethod.Head, $"/fhir/Observation/{id}", null);
        var get = await Node.GetAsync($"Observation/{id}");
        Assert.That((head.Status, head.Text, head.ETag, head.LastModified, head.ContentType), Is.EqualTo((200, "", get.ETag, get.LastModified, get.ContentType)));
        Assert.That((await Node.CallAsync(HttpMethod.Head, $"/fhir/Observation?patient={patient}", null)).Status, Is.EqualTo(200));
        Assert.That((await Node.CallAsync(HttpMethod.Head, "/fhir/Observation/never-was", null)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_writer_gets_back_what_it_prefers()
    {
        var patient = await Node.RegisterPatientAsync("Prefer");
        (string, string) outcome = ("Prefer", "handling=strict, return=OperationOutcome");
        var created = await Node.CreateAsync(Resources.Observation(patient), outcome);
        Assert.That((created.Status, (string?)created.Json["resourceType"], created.ETag), Is.EqualTo((201, "OperationOutcome", "W/\"1\"")), created.Text);
        var id = created.Location!.Split('/')[^3];
        Assert.That((string?)(await Node.UpdateAsync(Resources.Observation(patient).With("id", id), outcome)).Json["resourceType"], Is.EqualTo("OperationOutcome"));
        Assert.That((await Node.UpdateAsync(Resources.Observation(patient).With("id", id), ("Prefer", "return=representation"))).Id, Is.EqualTo(id));
        Assert.That((await Node.UpdateAsync(Resources.Observation(patient).With("id", id), ("Prefer", "return=minimal"))).Text, Is.Empty);
        var deleted = await Node.DeleteAsync($"Observation/{id}", outcome);
        Assert.That((deleted.Status, (string?)deleted.Json["resourceType"]), Is.EqualTo((200, "OperationOutcome")));
        var bundle = Resources.Bundle("transaction", Resources.Entry("POST", "Observation", Resources.Observation(patient)));
        Assert.That((string?)(await Node.PostBundleAsync(bundle, ("Prefer", "return=representation"))).Json["entry"]![0]!["resource"]!["meta"]!["versionId"], Is.EqualTo("1"));
        Assert.That((await Node.PostBundleAsync(bundle)).Json["entry"]![0]!["resource"], Is.Null);
    }

    [Test]
    public async Task A_bundle_reads_versions_histories_and_what_has_changed()
    {
        var patient = await Node.RegisterPatientAsync("BundleReads");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", id));
        var known = Resources.Entry("GET", $"Observation/{id}");
        known["request"]!["ifNoneMatch"] = "W/\"2\"";
        var reply = await Node.PostBundleAsync(Resources.Bundle(
            "batch", Resources.Entry("GET", $"Observation/{id}/_history/1"), Resources.Entry("GET", $"Observation/{id}/_history"), known, Resources.Entry("HEAD", $"Observation/{id}"), Resources.Entry("GET", $"Observation/{id}/_history/9")));
        var entries = reply.Json["entry"]!.AsArray();
        Assert.That(entries.Select(entry => ((string)entry!["response"]!["status"]!)[..3]), Is.EqualTo(new[] { "200", "200", "304", "200", "404" }), reply.Text);
        Assert.That((double)entries[0]!["resource"]!["valueQuantity"]!["value"]!, Is.EqualTo(1));
        Assert.That((string?)entries[1]!["resource"]!["type"], Is.EqualTo("history"));
        Assert.That(entries[2]!["resource"] ?? entries[3]!["resource"], Is.Null);
    }

    private static Task<FhirReply> PutAsync(string patient, string code, string? id = null, params (string Name, string Value)[] headers)
    {
        var resource = Resources.Observation(patient, code);
        return Node.CallAsync(HttpMethod.Put, $"/fhir/Observation?code={code}", (id is null ? resource : resource.With("id", id)).ToJsonString(), headers);
    }
}
