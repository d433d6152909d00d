using System.Buffers.Text;
using System.Text.Json;
using EhrLedger.Crypto.Agreement;
using EhrLedger.Crypto.Signing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Signing;

public sealed class DidKeyTests
{
    private const string Good = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";

    [Test]
    public void Agrees_with_the_published_vectors()
    {
        using var document = JsonDocument.Parse(PublishedData.Read("vectors/didkey/ed25519-x25519.json"));
        foreach (var vector in document.RootElement.EnumerateObject())
        {
            using var key = Ed25519PrivateKey.FromSeed(vector.Value.Bytes("seed"));
            Assert.That(key.Public.ToDidKey(), Is.EqualTo(vector.Name));
            Assert.That(Ed25519PublicKey.FromDidKey(vector.Name), Is.EqualTo(key.Public));
            Assert.That(PublicBytes(vector.Value.GetProperty("verificationKeyPair")), Is.EqualTo(key.Public.ToArray()));

            var agreement = vector.Value.GetProperty("keyAgreementKeyPair");
            var did = "did:key:" + agreement.Text("id").Split('#')[1];
            var x25519 = X25519PublicKey.FromBytes(PublicBytes(agreement));
            Assert.That(DidKey.Of(x25519), Is.EqualTo(did));
            Assert.That(DidKey.FindX25519(did), Is.EqualTo(x25519));
        }
    }

    [TestCase("")]
    [TestCase("did:key:z")]
    [TestCase("did:key:" + "6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")]
    [TestCase(Good + "#" + "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")]
    [TestCase(Good + "1")]
    [TestCase("did:key:z1" + "6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")]
    [TestCase("DID:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")]
    [TestCase("did:key:z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW")]
    [TestCase("did:key:z0OIl")]
    [TestCase(" " + Good)]
    public void Reads_no_other_text_as_an_Ed25519_key(string text) => Assert.That(Ed25519PublicKey.FromDidKey(text), Is.Null);

    [Test]
    public void Reads_only_what_it_writes() => Prop.ForAll((byte[] bytes) =>
    {
        var text = "did:key:z" + Base58.Encode([0xec, 1, .. bytes]);
        return DidKey.FindX25519(text) is { } key ? bytes.Length == 32 && DidKey.Of(key) == text : bytes.Length != 32;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Base58_keeps_every_value_apart() => Prop.ForAll((byte[] bytes) =>
        Base58.Decode(Base58.Encode(bytes), bytes.Length) is { } back && back.AsSpan().SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [Test]
    public void Survives_text_of_any_kind() => Prop.ForAll((string? text) =>
        DidKey.FindX25519(text) is null && DidKey.FindEd25519("did:key:z" + text) is null).QuickCheckThrowOnFailure();

    /// <summary>The vectors write keys in two ways.</summary>
    private static byte[]? PublicBytes(JsonElement pair) => pair.TryGetProperty("publicKeyJwk", out var jwk)
        ? Base64Url.DecodeFromChars(jwk.Text("x"))
        : Base58.Decode(pair.Text("publicKeyBase58"), 32);
}
