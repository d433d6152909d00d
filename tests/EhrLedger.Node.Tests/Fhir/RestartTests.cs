using System.Collections.Concurrent;
using System.Net.Http.Headers;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Nodes that stop, in peace or not. One organisation alone, which is its own sequencer.</summary>
public sealed class RestartTests
{
    private TestConsortium _consortium = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync(1);

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    /// <summary>A stop waits for what is being answered: what is not logged when it is over was never read.</summary>
    [Test]
    public async Task For_a_caller_who_hangs_up_a_bundle_is_not_read_to_its_end()
    {
        var patient = await Node.RegisterPatientAsync("Gone");
        await Node.KeepAsync(Resources.Observation(patient, value: 1));
        var bundle = Resources.Bundle("batch", [.. Enumerable.Repeat(0, ReadAllowance.MostReads).Select(_ => Resources.Entry("GET", $"Observation?patient={patient}"))]);
        var before = AuthorsBook.CountBatches(Node);
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/fhir") { Content = new StringContent(bundle.ToJsonString(), new MediaTypeHeaderValue("application/fhir+json")) })
        {
            request.Headers.Add("X-Purpose-Of-Use", "TREAT");
            request.Headers.Add("X-Acting-Person", "Dr. Gone");
            using var gone = new CancellationTokenSource();
            var asked = Node.Client.SendAsync(request, gone.Token);
            await Eventually.BecomesTrueAsync("it is being read", () => Task.FromResult(asked.IsCompleted || AuthorsBook.CountBatches(Node) > before));
            await gone.CancelAsync();
            Assert.That(async () => await asked, Throws.InstanceOf<OperationCanceledException>());
        }

        await Node.StopAsync();
        Assert.That(AuthorsBook.CountBatches(Node) - before, Is.InRange(1, ReadAllowance.MostReads - 1));
        await Node.StartAsync();
        Assert.That((await Node.GetAsync($"Observation?patient={patient}")).Ids, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Everything_is_there_after_a_restart()
    {
        var number = Guid.NewGuid().ToString("N");
        var patient = await Node.RegisterPatientAsync("Before", number);
        Assert.That((await Node.UpdateAsync(Resources.Patient("After", number).With("id", patient))).Status, Is.EqualTo(200));
        var observation = await Node.KeepAsync(Resources.Observation(patient, value: 1));
        await Node.UpdateAsync(Resources.Observation(patient, value: 2).With("id", observation));
        var deleted = await Node.KeepAsync(Resources.Condition(patient));
        await Node.DeleteAsync($"Condition/{deleted}");
        var practitioner = await Node.KeepAsync(Resources.Practitioner("Stays", number));
        var before = await Node.GetAsync($"Observation/{observation}");

        await Node.StopAsync();
        await Node.StartAsync();

        Assert.That((await Node.GetAsync($"Observation/{observation}")).Text, Is.EqualTo(before.Text));
        Assert.That((double)(await Node.GetAsync($"Observation/{observation}/_history/1")).Json["valueQuantity"]!["value"]!, Is.EqualTo(1));
        (await Node.GetAsync($"Condition/{deleted}")).AssertIsOutcome(410);
        Assert.That((await Node.GetAsync($"Patient?identifier={number}")).Ids, Is.EqualTo(new[] { patient }));
        Assert.That((await Node.GetAsync("Patient?family=after")).Ids, Does.Contain(patient));
        Assert.That((await Node.GetAsync("Patient?family=before")).Ids, Does.Not.Contain(patient));
        Assert.That((await Node.GetAsync($"Observation?patient={patient}&code=718-7")).Ids, Is.EqualTo(new[] { observation }));
        Assert.That((await Node.GetAsync($"Practitioner?identifier={number}")).Ids, Is.EqualTo(new[] { practitioner }));
        var updated = await Node.UpdateAsync(Resources.Observation(patient, value: 3).With("id", observation), ("If-Match", "W/\"2\""));
        Assert.That(updated.ETag, Is.EqualTo("W/\"3\""));
        await Node.KeepAsync(Resources.Observation(patient, category: "social-history"));
        await AuthorsBook.OpenAsync(Node);
    }

    private static IEnumerable<int> Seeds => Sample.Of([.. Enumerable.Range(1, 25)]);

    [Test]
    public async Task Nothing_acknowledged_is_lost_by_a_kill([ValueSource(nameof(Seeds))] int seed)
    {
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(20261200 + seed);
        var kept = new ConcurrentBag<(string Path, string Text)>();
        var changed = new ConcurrentDictionary<string, int>();
        var patients = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Node.RegisterPatientAsync($"Storm{seed}x{i}")));
        var updated = await Node.KeepAsync(Resources.Observation(patients[0], value: 0));
        using var over = new CancellationTokenSource();
        var storm = Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            for (var i = 1; !over.IsCancellationRequested; i++)
            {
                try
                {
                    await WriteAsync(worker, i);
                }
                catch (Exception cut) when (cut is HttpRequestException or TaskCanceledException)
                {
                    return;
                }
            }
        })).ToList();
        await Task.Delay(random.Next(20, 500), CancellationToken.None);
        Node.Kill();
        await over.CancelAsync();
        await Task.WhenAll(storm);
        await Node.StartAsync();

        foreach (var (path, text) in kept)
        {
            Assert.That((await Node.GetAsync(path)).Text, Is.EqualTo(text), $"{path}; seed {seed}");
        }

        foreach (var (value, version) in changed.Select(pair => (pair.Key, pair.Value)))
        {
            Assert.That($"{(double)(await Node.GetAsync($"Observation/{updated}/_history/{version}")).Json["valueQuantity"]!["value"]!}", Is.EqualTo(value));
        }

        Assert.That(changed.Values, Is.Unique);
        var book = await AuthorsBook.OpenAsync(Node);
        var anchored = book.Versions.Select(version => $"{version.Type}/{version.Id}/_history/{version.Header.Record.Version}").ToHashSet();
        Assert.That(kept.Select(one => one.Path), Is.SubsetOf(anchored));
        Assert.That((await _consortium.AuditAsync(Node)).Finding, Is.Null);
        Assert.That((await Node.AlarmsAsync()).Select(alarm => alarm.Kind).Except(["EntryNotLogged"]), Is.Empty);

        async Task WriteAsync(int worker, int i)
        {
            if (worker == 0)
            {
                var value = (seed * 100_000) + i;
                var reply = await Node.UpdateAsync(Resources.Observation(patients[0], value: value).With("id", updated));
                if (reply.Status == 200)
                {
                    changed[$"{value}"] = int.Parse((string)reply.Json["meta"]!["versionId"]!, null);
                }
            }
            else if (worker == 1)
            {
                var reply = await Node.CreateAsync(Resources.Patient($"Born{i}"));
                Keep(reply);
            }
            else if (worker == 2)
            {
                var reply = await Node.PostBundleAsync(Resources.Bundle("transaction", [.. Enumerable.Range(0, 5).Select(_ => Resources.Entry("POST", "Condition", Resources.Condition(patients[i % 3])))]));
                foreach (var location in reply.Status == 200 ? reply.Json["entry"]!.AsArray().Select(entry => (string)entry!["response"]!["location"]!) : [])
                {
                    var read = await Node.GetAsync(location.Replace($"{Node.Endpoint}/fhir/", "", StringComparison.Ordinal));
                    kept.Add((location.Replace($"{Node.Endpoint}/fhir/", "", StringComparison.Ordinal), read.Text));
                }
            }
            else
            {
                Keep(await Node.CreateAsync(Resources.Observation(patients[i % 3], value: i)));
            }
        }

        void Keep(FhirReply reply)
        {
            if (reply.Status == 201)
            {
                kept.Add((reply.Location!.Replace($"{Node.Endpoint}/fhir/", "", StringComparison.Ordinal), reply.Text));
            }
        }
    }
}
