using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

[NonParallelizable]
public sealed class ConcurrencyTests
{
    private static TestNode Node => OneNode.Node;

    [Test]
    public async Task Creates_side_by_side_are_all_there()
    {
        var patients = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Node.RegisterPatientAsync($"Parallel{i}")));
        var kept = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Node.KeepAsync(
            (i % 3) switch { 0 => Resources.Observation(patients[i % 8]), 1 => Resources.Condition(patients[i % 8]), _ => Resources.Observation(patients[i % 8], category: "social-history") })));
        Assert.That(kept, Is.Unique);
        var reads = await Task.WhenAll(kept.Select((id, i) => Node.GetAsync($"{(i % 3 == 1 ? "Condition" : "Observation")}/{id}")));
        Assert.That(reads.Select(read => read.Status), Is.All.EqualTo(200));
        await AuthorsBook.OpenAsync(Node);
    }

    [Test]
    public async Task Updates_of_one_resource_side_by_side_each_make_a_version()
    {
        var patient = await Node.RegisterPatientAsync("Versions");
        var id = await Node.KeepAsync(Resources.Observation(patient, value: 1_000));
        var replies = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Node.UpdateAsync(Resources.Observation(patient, value: i).With("id", id))));
        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(200));
        Assert.That(replies.Select(reply => int.Parse((string)reply.Json["meta"]!["versionId"]!, null)).Order(), Is.EqualTo(Enumerable.Range(2, 32)));
        var history = await Task.WhenAll(Enumerable.Range(2, 32).Select(version => Node.GetAsync($"Observation/{id}/_history/{version}")));
        Assert.That(history.Select(version => (double)version.Json["valueQuantity"]!["value"]!).Order(), Is.EqualTo(Enumerable.Range(0, 32)));
    }

    [Test]
    public async Task Of_updates_of_one_version_only_one_succeeds()
    {
        var patient = await Node.RegisterPatientAsync("OneWins");
        var id = await Node.KeepAsync(Resources.Observation(patient));
        for (var version = 1; version <= 3; version++)
        {
            var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Node.UpdateAsync(Resources.Observation(patient, value: i).With("id", id), ("If-Match", $"W/\"{version}\""))));
            Assert.That(replies.Count(reply => reply.Status == 200), Is.EqualTo(1));
            Assert.That(replies.Count(reply => reply.Status == 412), Is.EqualTo(15));
        }
    }

    [Test]
    public async Task A_patient_made_twice_at_once_is_one()
    {
        var id = $"twice-{Guid.NewGuid():N}";
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Node.UpdateAsync(Resources.Patient($"Twice{i}").With("id", id))));
        Assert.That(replies.Count(reply => reply.Status == 201), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == 200), Is.EqualTo(7));
        Assert.That((await Node.GetAsync($"Patient/{id}")).ETag, Is.EqualTo("W/\"8\""));
    }
}
