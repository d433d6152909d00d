using System.Net.Http.Headers;
using EhrLedger.Client.Relaying;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Oblivious;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Relaying;

/// <summary>A member passes on what it can't read, and the gateway answers nothing but what peers and wallets may ask. The wallet's whole story through it is SharingTests.</summary>
public sealed class RelayTests
{
    private TestConsortium _consortium = null!;

    private TestNode Relay => _consortium.Nodes[1];

    private TestNode Target => _consortium.Nodes[2];

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync();

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task The_target_answers_through_the_relay_as_it_answers_straight()
    {
        var (status, answer) = await AskAsync(Relay, Target, new BinaryRequest("GET", "/ledger/genesis", "", default));

        Assert.That(status, Is.EqualTo(200));
        Assert.That(answer!.Status, Is.EqualTo(200));
        Assert.That(answer.Body.ToArray(), Is.EqualTo(_consortium.Genesis.Bytes.ToArray()));
    }

    [Test]
    public async Task The_targets_own_no_comes_through_as_its_own()
    {
        var (_, answer) = await AskAsync(Relay, Target, new BinaryRequest("POST", "/wallet/subject", "application/cbor", "nonsense"u8.ToArray()));

        Assert.That((answer!.Status, answer.ContentType), Is.EqualTo((403, "application/problem+json")));
    }

    [TestCase("/admin/alarms")]
    [TestCase("/admin/patrol")]
    [TestCase("/ledger/../admin/patrol")]
    [TestCase("/ledger/%2e%2e/admin/patrol")]
    [TestCase("//admin/patrol")]
    [TestCase("/fhir/metadata")]
    [TestCase("/auth/token")]
    [TestCase("/.well-known/smart-configuration")]
    [TestCase("/peer/replicate")]
    [TestCase("/gateway")]
    public async Task Nothing_that_is_not_for_peers_and_wallets_is_to_be_had(string path)
    {
        foreach (var method in (string[])["GET", "POST"])
        {
            var (status, answer) = await AskAsync(Relay, Target, new BinaryRequest(method, path, "", default));

            Assert.That(status, Is.EqualTo(200));
            Assert.That(answer!.Status, Is.EqualTo(404), $"{method} {path}");
        }
    }

    [Test]
    public async Task A_request_goes_on_once_more_and_no_further()
    {
        var third = Seal(Target, new BinaryRequest("GET", "/ledger/genesis", "", default));
        var second = Seal(Relay, new BinaryRequest("POST", $"/relay/{Target.Organisation}", RelayMessage.RequestType, third.Message));
        var (_, twice) = await AskAsync(Relay, Target, new BinaryRequest("POST", $"/relay/{Relay.Organisation}", RelayMessage.RequestType, second.Message));
        var refused = BinaryHttp.TryParseAnswer(second.OpenAnswer(twice!.Body.Span)!)!;
        var (_, once) = await AskAsync(Relay, _consortium.Nodes[0], new BinaryRequest("POST", $"/relay/{Target.Organisation}", RelayMessage.RequestType, third.Message));
        var given = BinaryHttp.TryParseAnswer(third.OpenAnswer(once!.Body.Span)!)!;

        Assert.That((twice.Status, refused.Status), Is.EqualTo((200, 404)));
        Assert.That((once.Status, given.Status), Is.EqualTo((200, 200)));
    }

    [Test]
    public async Task What_is_sealed_to_another_is_not_answered()
    {
        using var request = Seal(_consortium.Nodes[0], new BinaryRequest("GET", "/ledger/genesis", "", default));

        Assert.That((await PostAsync(Relay, $"/relay/{Target.Organisation}", request.Message)).Status, Is.EqualTo(502));
        Assert.That((await PostAsync(Target, "/gateway", request.Message)).Status, Is.EqualTo(400));
        Assert.That((await PostAsync(Target, "/gateway", "nonsense"u8.ToArray())).Status, Is.EqualTo(400));
    }

    [TestCase("did:key:nobody")]
    [TestCase("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")]
    [TestCase("http:127.0.0.1")]
    public async Task Nothing_is_passed_on_to_who_is_no_member(string organisation) =>
        Assert.That((await PostAsync(Relay, $"/relay/{organisation}", "x"u8.ToArray())).Status, Is.EqualTo(404));

    private static ObliviousRequest Seal(TestNode to, BinaryRequest request) =>
        ObliviousRequest.Seal(XWingPublicKey.FromBytes(to.Keys.Sealing.Public.ToArray()), BinaryHttp.Write(request));

    private static async Task<(int Status, BinaryAnswer? Answer)> AskAsync(TestNode relay, TestNode target, BinaryRequest request)
    {
        using var envelope = Seal(target, request);
        var (status, body) = await PostAsync(relay, $"/relay/{target.Organisation}", envelope.Message);
        return (status, status == 200 ? BinaryHttp.TryParseAnswer(envelope.OpenAnswer(body)!) : null);
    }

    private static async Task<(int Status, byte[] Body)> PostAsync(TestNode node, string path, ReadOnlyMemory<byte> message)
    {
        using var content = new ReadOnlyMemoryContent(message);
        content.Headers.ContentType = new MediaTypeHeaderValue(RelayMessage.RequestType);
        using var answer = await node.Client.PostAsync(path, content);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }
}
