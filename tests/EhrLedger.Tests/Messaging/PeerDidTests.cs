using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Dids;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Messaging;

public sealed class PeerDidTests
{
    [TestCase("https://hospital.example/agent")]
    [TestCase(DidDocument.Queue)]
    public void Says_by_itself_whose_it_is_and_where(string endpoint)
    {
        using var key = Ed25519PrivateKey.Generate();
        var made = PeerDid.Make(key.Public, endpoint);
        var read = PeerDid.Resolve(made.Did)!;
        Assert.That(read.Keys, Is.EqualTo(new[] { key.Public }));
        Assert.That(read.Endpoint, Is.EqualTo(endpoint));
        Assert.That(read.RoutingKeys, Is.Empty);
    }

    [Test]
    public void Is_not_believed_with_another_hash()
    {
        using var key = Ed25519PrivateKey.Generate();
        var did = PeerDid.Make(key.Public, DidDocument.Queue).Did;
        Assert.That(PeerDid.Resolve(did[..^1] + (did[^1] == '2' ? '3' : '2')), Is.Null);
    }

    /// <summary>The example of the did:peer specification, method 2.</summary>
    [Test]
    public void Reads_method_2()
    {
        const string Did = "did:peer:2.Vz6Mkj3PUd1WjvaDhNZhhhXQdz5UnZXmS7ehtx8bsPpD47kKc.Ez6LSg8zQom395jKLrGiBNruB9MM6V8PWuf2FpEy4uRFiqQBR.SeyJ0IjoiZG0iLCJzIjp7InVyaSI6Imh0dHA6Ly9leGFtcGxlLmNvbS9kaWRjb21tIiwiYSI6WyJkaWRjb21tL3YyIl0sInIiOlsiZGlkOmV4YW1wbGU6MTIzNDU2Nzg5YWJjZGVmZ2hpI2tleS0xIl19fQ";
        var read = PeerDid.Resolve(Did)!;
        Assert.That(read.Keys.Single().ToDidKey(), Is.EqualTo("did:key:z6Mkj3PUd1WjvaDhNZhhhXQdz5UnZXmS7ehtx8bsPpD47kKc"));
        Assert.That(read.Endpoint, Is.EqualTo("http://example.com/didcomm"));
    }

    [TestCase("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")]
    [TestCase("did:peer:0z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")]
    public void A_key_alone_has_no_endpoint(string did) => Assert.That(PeerDid.Resolve(did)!.Endpoint, Is.EqualTo(DidDocument.Queue));

    [TestCase("did:web:hospital.example")]
    [TestCase("did:peer:1zQmZMygzYqNwU6Uhmewx5Xepf2VLp5S4HLSwwgf2aiKZuwa")]
    [TestCase("did:peer:4zQm")]
    [TestCase("did:peer:2.S")]
    [TestCase("")]
    public void Reads_nothing_else(string did) => Assert.That(PeerDid.Resolve(did), Is.Null);

    [Test]
    public void Survives_text_of_any_kind() => Prop.ForAll((string? text) =>
        PeerDid.Resolve(text) is null && PeerDid.Resolve("did:peer:2." + text) is null && PeerDid.Resolve("did:peer:4" + text) is null).QuickCheckThrowOnFailure();

    [TestCase("""{"authentication":[{"id":"#1","type":"Ed25519VerificationKey2018","publicKeyBase58":"4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"}],"service":[{"recipientKeys":["#1"],"serviceEndpoint":"file:///etc/passwd"}]}""")]
    public void An_address_that_is_none_counts_as_none(string document) =>
        Assert.That(PeerDid.Read("did:x", System.Text.Encoding.UTF8.GetBytes(document))!.Endpoint, Is.EqualTo(DidDocument.Queue));
}
