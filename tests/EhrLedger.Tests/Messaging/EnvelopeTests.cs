using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Envelopes;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Messaging;

public sealed class EnvelopeTests
{
    private static readonly byte[] Message = Encoding.UTF8.GetBytes("""{"@type":"x"}""");

    private readonly Ed25519PrivateKey _recipient = Ed25519PrivateKey.Generate();
    private readonly Ed25519PrivateKey _sender = Ed25519PrivateKey.Generate();

    [OneTimeTearDown]
    public void End()
    {
        _recipient.Dispose();
        _sender.Dispose();
    }

    [Test]
    public void Opens_for_its_recipient_who_learns_the_sender()
    {
        var opened = Envelope.TryParse(Envelope.Pack(Message, _recipient.Public, _sender))!.Open(_recipient)!;
        Assert.That(opened.Message, Is.EqualTo(Message));
        Assert.That(opened.Sender, Is.EqualTo(_sender.Public));
        Assert.That(opened.Recipient, Is.EqualTo(_recipient.Public));
    }

    [Test]
    public void Has_no_sender_where_none_is_given() => Assert.That(Envelope.TryParse(Envelope.Pack(Message, _recipient.Public, null))!.Open(_recipient)!.Sender, Is.Null);

    [Test]
    public void Opens_for_nobody_else() => Assert.That(Envelope.TryParse(Envelope.Pack(Message, _recipient.Public, _sender))!.Open(_sender), Is.Null);

    [Test]
    public void Has_the_form_of_RFC_0019()
    {
        var json = JsonNode.Parse(Envelope.Pack(Message, _recipient.Public, _sender))!;
        var header = JsonNode.Parse(Base64Url.DecodeFromChars((string)json["protected"]!))!;
        Assert.That((string)header["enc"]!, Is.EqualTo("xchacha20poly1305_ietf"));
        Assert.That((string)header["typ"]!, Is.EqualTo("JWM/1.0"));
        Assert.That((string)header["alg"]!, Is.EqualTo("Authcrypt"));
        Assert.That(Base64Url.DecodeFromChars((string)json["iv"]!), Has.Length.EqualTo(12));
    }

    [TestCase("protected")]
    [TestCase("iv")]
    [TestCase("ciphertext")]
    [TestCase("tag")]
    public void Does_not_open_with_anything_changed(string member)
    {
        var json = JsonNode.Parse(Envelope.Pack(Message, _recipient.Public, _sender))!;
        var text = (string)json[member]!;
        json[member] = (text[0] == 'A' ? 'B' : 'A') + text[1..];
        Assert.That(Envelope.TryParse(Encoding.UTF8.GetBytes(json.ToJsonString()))?.Open(_recipient), Is.Null);
    }

    [Test]
    public void Survives_bytes_of_any_kind() => Prop.ForAll((byte[] bytes) => Envelope.TryParse(bytes) is null).QuickCheckThrowOnFailure();

    [Test]
    public void Survives_any_member_replaced()
    {
        var whole = JsonNode.Parse(Envelope.Pack(Message, _recipient.Public, _sender))!.AsObject();
        foreach (var member in whole.Select(pair => pair.Key))
        {
            foreach (var value in (JsonNode?[])[null, 7, "", "=", "AAAA", new JsonObject(), new JsonArray()])
            {
                var changed = whole.DeepClone().AsObject();
                changed[member] = value?.DeepClone();
                Assert.That(() => Envelope.TryParse(Encoding.UTF8.GetBytes(changed.ToJsonString()))?.Open(_recipient), Is.Null, $"{member} = {value?.ToJsonString()}");
            }
        }
    }
}
