using System.Collections.Concurrent;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>
/// kill -9 of each of three nodes, again and again, while a hospital writes, a patient grants and revokes, and a clinic reads: deposits, entries and releases are in flight at every moment.
/// </summary>
public sealed class KillTests
{
    private static readonly int Kills = Sample.Times(5);
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];

    private ThreeOrganisations _story = null!;

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Killed");
        await _story.ConnectAsync();
    }

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [TestCase("the author", 1, 20261211)]
    [TestCase("a keeper, which also reads", 2, 20261212)]
    [TestCase("the sequencer, which also keeps", 0, 20261213)]
    public async Task Nothing_acknowledged_is_lost_by_kills_of(string role, int victim, int seed)
    {
        await TestContext.Out.WriteLineAsync($"{role}, seed {seed}");
        var random = new Random(seed);
        var node = _story.Consortium.Nodes[victim];
        using var storm = new Storm(_story, await Hospital.KeepAsync(Storm.Changing(_story, value: -1)));
        for (var kill = 0; kill < Kills; kill++)
        {
            await storm.BlowsAsync();
            await Task.Delay(random.Next(0, 250), CancellationToken.None);
            node.Kill();
            await node.StartAsync();
        }

        await storm.EndAsync();
        await AssertNothingIsLostAsync(storm);
        await AssertGrantsHoldAsync(storm);
        foreach (var author in (TestNode[])[Hospital, Clinic])
        {
            await AuthorsBook.OpenAsync(author);
        }

        await Eventually.BecomesTrueAsync("every deposit is at both others", () => Task.FromResult(_story.Consortium.Nodes.Except([Hospital]).All(keeper =>
            Digests(Hospital, "SELECT CiphertextDigest FROM versions WHERE Batch IS NOT NULL").IsSubsetOf(Digests(keeper, "SELECT CiphertextDigest FROM replicas")))));
        foreach (var one in _story.Consortium.Nodes)
        {
            Assert.That((await _story.Consortium.AuditAsync(one)).Finding, Is.Null);
            Assert.That((await one.AlarmsAsync()).Select(alarm => alarm.Kind).Except(["EntryNotLogged"]), Is.Empty, one.Name);
        }
    }

    private async Task AssertNothingIsLostAsync(Storm storm)
    {
        Assert.That(storm.Kept, Is.Not.Empty);
        await Parallel.ForEachAsync(storm.Kept, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (kept, _) => Assert.That((await Hospital.GetAsync(kept.Key)).Text, Is.EqualTo(kept.Value), kept.Key));
        Assert.That(storm.Updates.Values, Is.Unique);
        foreach (var (value, version) in storm.Updates)
        {
            var read = await Hospital.GetAsync($"Observation/{storm.Updated}/_history/{version}");
            Assert.That((int)read.Json["valueQuantity"]!["value"]!, Is.EqualTo(value));
        }

        // A transaction is there whole or not at all, acknowledged or not.
        var names = new ConcurrentBag<string>();
        var conditions = (await Hospital.ReadPagesAsync($"Condition?patient={_story.AtHospital}&_count=200")).SelectMany(page => page).Except([_story.Diagnosis]);
        await Parallel.ForEachAsync(conditions, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (id, _) => names.Add((string)(await Hospital.GetAsync($"Condition/{id}")).Json["note"]![0]!["text"]!));
        Assert.That(names.GroupBy(name => name).Select(transaction => transaction.Count()), Is.All.EqualTo(Storm.Together));
    }

    private async Task AssertGrantsHoldAsync(Storm storm)
    {
        var wallet = _story.Phone.Wallet;
        await Eventually.BecomesTrueAsync("the wallet has nothing left to do", () => wallet.ResumeAsync(CancellationToken.None));
        var grants = (await wallet.ListGrantsAsync(CancellationToken.None)).ToDictionary(grant => grant.Id);

        // One that was revoked before it was logged never stands in the ledger.
        Assert.That(storm.Ordered.Where(id => !grants.ContainsKey(id)), Is.SubsetOf(storm.Ending));
        Assert.That(storm.Ordered.Where(grants.ContainsKey).Select(id => grants[id].Status), Is.All.AnyOf(GrantStatus.Active, GrantStatus.Revoked));
        Assert.That(storm.Ended.Where(grants.ContainsKey).Select(id => grants[id].Status), Is.All.EqualTo(GrantStatus.Revoked));

        foreach (var grant in grants.Values.Where(grant => grant.Status == GrantStatus.Active))
        {
            Assert.That(await wallet.RevokeAsync(grant.Id, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        }

        var one = $"Observation?patient={_story.AtClinic}&identifier=changing";
        Assert.That((await Clinic.GetAsync(one, Doctor)).Ids, Is.Empty);
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the clinic sees what the last grant gives", async () => (await Clinic.GetAsync(one, Doctor)).Ids.Count > 0);
        IReadOnlyList<Finding> findings = [];
        // The author was writing while epochs ended: what came after the end of the epoch that it was sealed for is sealed again.
        await Eventually.BecomesTrueAsync("the wallet finds nothing wrong", async () =>
        {
            findings = (await wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None)).Findings;
            return findings.Count == 0;
        }, seconds: 60);
    }

    private static HashSet<Digest> Digests(TestNode node, string sql)
    {
        using var database = new SqliteConnection($"Data Source={Path.Combine(node.Data, "records.db")};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
#pragma warning disable CA2100 // A statement of this test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var digests = new HashSet<Digest>();
        while (reader.Read())
        {
            digests.Add(Digest.FromBytes(reader.GetFieldValue<byte[]>(0)));
        }

        return digests;
    }

    /// <summary>All that goes on at once, and what of it was acknowledged.</summary>
    private sealed class Storm : IDisposable
    {
        public const int Together = 4;
        private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);

        private readonly ThreeOrganisations _story;
        private readonly CancellationTokenSource _over = new();
        private readonly List<Task> _workers;
        private int _acknowledged;

        public Storm(ThreeOrganisations story, string updated)
        {
            (_story, Updated) = (story, updated);
            Func<int, Task>[] work = [UpdateAsync, TransactAsync, CreateAsync, CreateAsync, GrantAsync, ReadAsync];
            _workers = [.. work.Select(one => Task.Run(() => RepeatAsync(one)))];
        }

        public string Updated { get; }

        public ConcurrentDictionary<string, string> Kept { get; } = new();

        public ConcurrentDictionary<int, int> Updates { get; } = new();

        public ConcurrentBag<GrantId> Ordered { get; } = [];

        /// <summary>Grants that the patient has told the wallet to revoke.</summary>
        public ConcurrentBag<GrantId> Ending { get; } = [];

        public ConcurrentBag<GrantId> Ended { get; } = [];

        /// <summary>Returns once something more has been acknowledged: the next kill hits nodes at work.</summary>
        public async Task BlowsAsync()
        {
            var before = Volatile.Read(ref _acknowledged);
            await Eventually.BecomesTrueAsync("something is acknowledged", () => Task.FromResult(Volatile.Read(ref _acknowledged) >= before + 3));
        }

        public async Task EndAsync()
        {
            await _over.CancelAsync();
            await Task.WhenAll(_workers);
        }

        public void Dispose() => _over.Dispose();

        private async Task RepeatAsync(Func<int, Task> work)
        {
            for (var i = 0; !_over.IsCancellationRequested; i++)
            {
                try
                {
                    await work(i);
                }
                catch (Exception cut) when (cut is HttpRequestException or TaskCanceledException)
                {
                    // A node is away; nothing was acknowledged.
                }

                await Task.Delay(Breath, CancellationToken.None);
            }
        }

        /// <summary>The one that is changed again and again: by its identifier it is found however many others a fast machine has written beside it.</summary>
        public static System.Text.Json.Nodes.JsonObject Changing(ThreeOrganisations story, int value) =>
            Resources.Observation(story.AtHospital, value: value).With("identifier", new System.Text.Json.Nodes.JsonArray(Resources.Parse("""{ "value": "changing" }""")));

        private async Task UpdateAsync(int i)
        {
            var reply = await _story.Hospital.UpdateAsync(Changing(_story, value: i).With("id", Updated));
            if (reply.Status == 200)
            {
                Updates[i] = int.Parse((string)reply.Json["meta"]!["versionId"]!, null);
                Interlocked.Increment(ref _acknowledged);
            }
        }

        private async Task TransactAsync(int i)
        {
            var name = Guid.NewGuid().ToString("N");
            var one = Resources.Condition(_story.AtHospital).With("note", new System.Text.Json.Nodes.JsonArray(Resources.Parse($$"""{ "text": "{{name}}" }""")));
            var reply = await _story.Hospital.PostBundleAsync(Resources.Bundle("transaction", [.. Enumerable.Range(0, Together).Select(_ => Resources.Entry("POST", "Condition", one.DeepClone().AsObject()))]));
            if (reply.Status == 200)
            {
                foreach (var entry in reply.Json["entry"]!.AsArray())
                {
                    var path = PathOf((string)entry!["response"]!["location"]!);
                    Kept[path] = (await _story.Hospital.GetAsync(path)).Text;
                }

                Interlocked.Increment(ref _acknowledged);
            }
        }

        private async Task CreateAsync(int i)
        {
            var reply = await _story.Hospital.CreateAsync(Resources.Observation(_story.AtHospital, value: i));
            if (reply.Status == 201)
            {
                Kept[PathOf(reply.Location!)] = reply.Text;
                Interlocked.Increment(ref _acknowledged);
            }
        }

        private async Task GrantAsync(int i)
        {
            var wallet = _story.Phone.Wallet;
            if (Ordered.TryPeek(out var last) && !Ended.Contains(last))
            {
                Ending.Add(last);
                if (await wallet.RevokeAsync(last, CancellationToken.None) == RevokeOutcome.Revoked)
                {
                    Ended.Add(last);
                }
            }

            var order = await Phone.OrderOfAsync(_story.Relationship, _story.Clinic, _story.AtClinic, Category.Laboratory);
            if (await wallet.GrantAsync(order, CancellationToken.None) is GrantOutcome.Ordered(var grants, _))
            {
                Ordered.Add(grants[0]);
            }
        }

        private async Task ReadAsync(int i) => await _story.Clinic.GetAsync($"Observation?patient={_story.AtClinic}&_count=5", Doctor);

        private string PathOf(string location) => location.Replace($"{_story.Hospital.Endpoint}/fhir/", "", StringComparison.Ordinal);
    }
}
