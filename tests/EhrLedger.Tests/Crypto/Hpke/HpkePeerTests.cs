using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Hpke;

/// <summary>
/// Our suite, X-Wing with HKDF-SHA256 and AES-256-GCM, against an implementation by others: what one side seals, the other opens. Published vectors have X-Wing with other parameters only.
/// </summary>
public sealed class HpkePeerTests
{
    private static readonly byte[] Info = "ehrledger/v1/peer"u8.ToArray();
    private static readonly (byte[] Aad, byte[] Text)[] Series = [([], []), ("aad"u8.ToArray(), "first"u8.ToArray()), ("more"u8.ToArray(), RandomNumberGenerator.GetBytes(5_000))];
    private static readonly byte[][] Contexts = [[], "context"u8.ToArray(), RandomNumberGenerator.GetBytes(32)];

    private byte[] _seed = [];
    private XWingPrivateKey _recipient = null!;

    [SetUp]
    public void MakeRecipient()
    {
        _seed = RandomNumberGenerator.GetBytes(XWingPrivateKey.SeedLength);
        _recipient = XWingPrivateKey.FromSeed(_seed);
    }

    [TearDown]
    public void DropRecipient() => _recipient.Dispose();

    [Test]
    public void Opens_a_series_that_the_peer_sealed_and_exports_the_same()
    {
        var made = HpkePeer.Seal(new(Hex(_recipient.Public.ToArray()), Hex(Info), [.. Series.Select(one => new HpkePeer.Message(Hex(one.Aad), Hex(one.Text)))], [.. Contexts.Select(Hex)]));
        using var receiver = HpkeReceiver.SetUp(_recipient, Convert.FromHexString(made.Encapsulation), Info)!;
        Assert.That(made.Messages.Zip(Series, (text, one) => receiver.Open(one.Aad, Convert.FromHexString(text))), Is.EqualTo(Series.Select(one => one.Text)));
        Assert.That(Contexts.Select(context => Hex(receiver.Export(context, 32))), Is.EqualTo(made.Exports));
    }

    [Test]
    public void Seals_a_series_that_the_peer_opens_and_exports_the_same()
    {
        using var sender = HpkeSender.SetUp(_recipient.Public, Info);
        var made = Series.Select(one => new HpkePeer.Message(Hex(one.Aad), Hex(sender.Seal(one.Aad, one.Text)))).ToArray();
        var opened = HpkePeer.Open(new(Hex(_seed), Hex(sender.Encapsulation), Hex(Info), made, [.. Contexts.Select(Hex)]));
        Assert.That(opened.Messages, Is.EqualTo(Series.Select(one => Hex(one.Text))));
        Assert.That(opened.Exports, Is.EqualTo(Contexts.Select(context => Hex(sender.Export(context, 32)))));
    }

    [Test]
    public void The_peer_opens_a_message_of_ours_but_not_a_changed_one()
    {
        var message = HpkeMessage.Seal(_recipient.Public, Info, "aad"u8, "text"u8);
        var (encapsulation, text) = (Hex(message.AsSpan(0, XWingPublicKey.EncapsulationLength)), message[XWingPublicKey.EncapsulationLength..]);
        byte[] changed = [(byte)(text[0] ^ 1), .. text[1..]];
        var opened = HpkePeer.Open(new(Hex(_seed), encapsulation, Hex(Info), [new(Hex("aad"u8), Hex(changed)), new(Hex("aad"u8), Hex(text))], []));
        Assert.That(opened.Messages, Is.EqualTo(new[] { null, Hex("text"u8) }));
    }

    [Test]
    public void Does_not_open_what_the_peer_sealed_under_another_info()
    {
        var made = HpkePeer.Seal(new(Hex(_recipient.Public.ToArray()), Hex("other"u8), [new("", Hex("text"u8))], []));
        Assert.That(HpkeMessage.Open(_recipient, Info, [], Convert.FromHexString(made.Encapsulation + made.Messages[0])), Is.Null);
        Assert.That(HpkeMessage.Open(_recipient, "other"u8, [], Convert.FromHexString(made.Encapsulation + made.Messages[0])), Is.EqualTo("text"u8.ToArray()));
    }

    [Test]
    public void The_peer_opens_a_small_seal_by_its_exporter()
    {
        using var secret = SealingSecret.SetUp(_recipient.Public, Info);
        var (context, half) = (Digest.Of("header"u8), RandomNumberGenerator.GetBytes(32));
        var opened = HpkePeer.Open(new(Hex(_seed), Hex(secret.Encapsulation.Span), Hex(Info), [], []) { Small = new(context.ToString(), Hex(secret.Seal(context, half))) });
        Assert.That(opened.Small, Is.EqualTo(Hex(half)));
    }

    private static string Hex(byte[] bytes) => Hex(bytes.AsSpan());

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
