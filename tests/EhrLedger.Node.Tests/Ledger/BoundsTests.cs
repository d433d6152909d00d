using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using EhrLedger.Client.Relaying;
using EhrLedger.Client.Wallets;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Oblivious;
using EhrLedger.Crypto.Signing;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>What a stranger who asks and asks gets: a problem, while the others go on.</summary>
public sealed class BoundsTests
{
    private TestConsortium _consortium = null!;
    private HttpClient _stranger = null!;

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        await Node.StopAsync();
        var outside = $"http://127.0.0.1:{TestConsortium.FreePorts(1)[0]}";
        await Node.StartAsync(more: ["--peer-urls", outside, "--endpoint", Node.Endpoint, "--directory-quota", "1"]);
        _stranger = new HttpClient { BaseAddress = new Uri(outside) };
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _stranger?.Dispose();
        _consortium.Dispose();
    }

    [Test]
    public async Task An_address_that_guesses_codes_is_told_to_wait_and_nobody_else_is()
    {
        // Far more than the bucket holds, however slow the machine is.
        var answers = new HashSet<HttpStatusCode>();
        for (var i = 0; i < 2_000 && !answers.Contains(HttpStatusCode.TooManyRequests); i++)
        {
            using var answer = await PostAsync(_stranger, "/wallet/connections", [1, 2, 3]);
            answers.Add(answer.StatusCode);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
                Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("\"urn:ehrledger:too-many-requests\""));
                Assert.That(answer.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            }
        }

        Assert.That(answers, Is.EquivalentTo(new[] { HttpStatusCode.BadRequest, HttpStatusCode.TooManyRequests }));
        using var other = await _stranger.GetAsync("/ledger/genesis");
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        for (var i = 0; i < 100; i++)
        {
            using var own = await PostAsync(Node.Client, "/wallet/connections", [1, 2, 3]);
            Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        }

        await Node.RegisterPatientAsync("Unhindered");
    }

    [Test]
    public async Task An_address_that_leaves_shares_of_recoveries_is_told_to_wait()
    {
        var answers = new HashSet<HttpStatusCode>();
        for (var i = 0; i < 2_000 && !answers.Contains(HttpStatusCode.TooManyRequests); i++)
        {
            using var answer = await PostAsync(_stranger, "/wallet/recovery-deposits", [1, 2, 3]);
            answers.Add(answer.StatusCode);
        }

        Assert.That(answers, Does.Contain(HttpStatusCode.TooManyRequests));
    }

    [TestCase("nonsense")]
    [TestCase("nothing that is reachable")]
    public async Task An_address_that_brings_what_can_t_be_used_to_the_gateway_is_told_to_wait(string what)
    {
        var own = XWingPublicKey.FromBytes(Node.Keys.Sealing.Public.ToArray());
        var answers = new HashSet<HttpStatusCode>();
        for (var i = 0; i < 2_000 && !answers.Contains(HttpStatusCode.TooManyRequests); i++)
        {
            using var request = ObliviousRequest.Seal(own, BinaryHttp.Write(new BinaryRequest("GET", "/admin/alarms", "", default)));
            using var answer = await PostAsync(_stranger, "/gateway", what == "nonsense" ? [1, 2, 3] : request.Message.ToArray());
            answers.Add(answer.StatusCode);
        }

        Assert.That(answers, Does.Contain(HttpStatusCode.TooManyRequests));
        using var other = await _stranger.GetAsync("/ledger/genesis");
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Directories_have_a_quota_and_whoever_has_a_place_keeps_it()
    {
        using var first = Ed25519PrivateKey.Generate();
        using var second = Ed25519PrivateKey.Generate();
        Assert.That(await PutAsync(first, 1, 600_000), Is.EqualTo((HttpStatusCode.NoContent, "")));
        var (status, problem) = await PutAsync(second, 1, 600_000);
        Assert.That(status, Is.EqualTo(HttpStatusCode.InsufficientStorage));
        Assert.That(problem, Does.Contain("\"urn:ehrledger:directories-full\""));
        Assert.That((await PutAsync(first, 2, 600_000)).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await PutAsync(first, 2, 500_000)).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await PutAsync(first, 3, 100_000)).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await PutAsync(second, 1, 600_000)).Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task A_request_for_access_is_good_for_so_many_keys()
    {
        var request = Convert.ToHexStringLower(await Node.RequestAccessAsync(await Node.RegisterPatientAsync("Offered")));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 9; i++)
        {
            using var answer = await PostAsync(Node.Client, $"/wallet/access-requests/{request}/reader-keys", new DeterministicCborWriter().WriteArray(1).WriteUInt(ReaderKeysOffer.MostKeys).ToArray());
            statuses.Add(answer.StatusCode);
            if (i == 8)
            {
                Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("\"urn:ehrledger:access-request-used-up\""));
            }
        }

        Assert.That(statuses, Is.EqualTo(Enumerable.Repeat(HttpStatusCode.OK, 8).Append(HttpStatusCode.TooManyRequests)));
    }

    private async Task<(HttpStatusCode Status, string Problem)> PutAsync(Ed25519PrivateKey key, ulong number, int bytes)
    {
        using var content = new ByteArrayContent(new SealedDirectory(number, RandomNumberGenerator.GetBytes(bytes)).Sign(key, _consortium.Genesis.Digest));
        using var answer = await Node.Client.PutAsync($"/wallet/directories/{Convert.ToHexStringLower(key.Public.ToArray())}", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cbor");
        return await client.PostAsync(path, content);
    }
}
