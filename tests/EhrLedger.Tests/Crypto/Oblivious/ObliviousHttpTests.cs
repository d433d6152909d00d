using EhrLedger.Crypto.Agreement;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Oblivious;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Oblivious;

public sealed class ObliviousHttpTests
{
    // RFC 9458, appendix A.
    private const string RecipientKey = "3c168975674b2fa8e465970b79c8dcf09f1c741626480bd4c6162fc5b6a98e1a";
    private const string EphemeralKey = "bc51d5e930bda26589890ac7032f70ad12e4ecb37abb1b65b1256c9c48999c73";
    private const string Request = "00034745540568747470730b6578616d706c652e636f6d012f";
    private const string Sealed = "010020000100014b28f881333e7c164ffc499ad9796f877f4e1051ee6d31bad19dec96c208b4726374e469135906992e1268c594d2a10c695d858c40a026e7965e7d86b83dd440b2c0185204b4d63525";
    private const string Answer = "0140c8";
    private const string Nonce = "c789e7151fcba46158ca84b04464910d";
    private const string SealedAnswer = "c789e7151fcba46158ca84b04464910d86f9013e404feea014e7be4a441f234f857fbd";

    [Test]
    public void The_gateway_opens_the_published_request_and_seals_the_published_answer()
    {
        using var key = X25519PrivateKey.FromBytes(Bytes(RecipientKey));
        using var exchange = ObliviousExchange.Open(new DhKem.RecipientSecret(key), HpkeAead.Aes128Gcm, 32, Bytes(Sealed));

        Assert.That(exchange!.Request.ToArray(), Is.EqualTo(Bytes(Request)));
        Assert.That(exchange.SealAnswer(Bytes(Nonce), Bytes(Answer)), Is.EqualTo(Bytes(SealedAnswer)));
    }

    [Test]
    public void The_client_seals_the_published_request_and_opens_the_published_answer()
    {
        using var key = X25519PrivateKey.FromBytes(Bytes(RecipientKey));
        using var request = ObliviousRequest.Seal(new GivenEphemeral(key.Public, Bytes(EphemeralKey)), HpkeAead.Aes128Gcm, Bytes(Request), new byte[32]);

        Assert.That(request!.Message.ToArray(), Is.EqualTo(Bytes(Sealed)));
        Assert.That(request.OpenAnswer(Bytes(SealedAnswer)), Is.EqualTo(Bytes(Answer)));
    }

    [Test]
    public void With_XWing_a_request_and_its_answer_come_through_whole()
    {
        using var key = XWingPrivateKey.Generate();
        using var request = ObliviousRequest.Seal(key.Public, "question"u8);
        using var exchange = ObliviousExchange.Open(key, request.Message.Span);

        Assert.That(exchange!.Request.ToArray(), Is.EqualTo("question"u8.ToArray()));
        Assert.That(request.OpenAnswer(exchange.SealAnswer("answer"u8)), Is.EqualTo("answer"u8.ToArray()));
    }

    [Test]
    public void Whoever_it_is_not_sealed_to_opens_nothing()
    {
        using var key = XWingPrivateKey.Generate();
        using var other = XWingPrivateKey.Generate();
        using var request = ObliviousRequest.Seal(key.Public, "question"u8);

        Assert.That(ObliviousExchange.Open(other, request.Message.Span), Is.Null);
    }

    [Test]
    public void An_answer_to_another_request_does_not_open()
    {
        using var key = XWingPrivateKey.Generate();
        using var one = ObliviousRequest.Seal(key.Public, "question"u8);
        using var two = ObliviousRequest.Seal(key.Public, "question"u8);
        using var exchange = ObliviousExchange.Open(key, two.Message.Span);

        Assert.That(one.OpenAnswer(exchange!.SealAnswer("answer"u8)), Is.Null);
    }

    [Test]
    public void A_changed_or_cut_message_opens_nothing([Values(0, 1, 6, 7, 700, 1126, 1127, 1140)] int at)
    {
        using var key = XWingPrivateKey.Generate();
        using var request = ObliviousRequest.Seal(key.Public, "question"u8);
        var changed = request.Message.ToArray();
        changed[at] ^= 1;

        Assert.That(ObliviousExchange.Open(key, changed), Is.Null);
        Assert.That(ObliviousExchange.Open(key, request.Message.Span[..at]), Is.Null);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    /// <summary>The vector names the ephemeral key itself, which DHKEM derives from a seed.</summary>
    private sealed class GivenEphemeral(X25519PublicKey recipient, byte[] ephemeral) : IEncapsulationKey
    {
        public ushort KemId => DhKem.KemId;

        public int EncapsulationSeedLength => 32;

        public byte[]? Encapsulate(ReadOnlySpan<byte> seed, Span<byte> sharedSecret)
        {
            using var key = X25519PrivateKey.FromBytes(ephemeral);
            return DhKem.Encapsulate(recipient, key, sharedSecret);
        }
    }
}
