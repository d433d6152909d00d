using System.Text;
using EhrLedger.Messaging.Messages;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Messaging;

public sealed class MessageCodecTests
{
    [TestCase("https://didcomm.org/trust_ping/1.0/ping")]
    [TestCase("did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/trust_ping/1.0/ping")]
    [TestCase("https://didcomm.org/trust_ping/1.7/ping")]
    public void Takes_both_prefixes_and_any_minor_version(string type) => Assert.That(Parse($$"""{"@type":"{{type}}","@id":"1"}"""), Is.InstanceOf<TrustPing>());

    [TestCase("https://didcomm.org/trust_ping/2.0/ping")]
    [TestCase("https://didcomm.org/tea_ceremony/1.0/cup")]
    [TestCase("https://didcomm.org/consent/1.0/decision", Description = "Our family has a prefix of its own.")]
    [TestCase("https://ehrledger.org/trust_ping/1.0/ping", Description = "And theirs is not under ours.")]
    public void Knows_what_it_does_not_know(string type) => Assert.That(Parse($$"""{"@type":"{{type}}","@id":"1"}"""), Is.EqualTo(new UnknownMessage(type) { Id = "1" }));

    [TestCase("https://didcomm.org/report-problem/1.0/problem-report")]
    [TestCase("https://didcomm.org/notification/1.0/problem-report")]
    [TestCase("https://didcomm.org/didexchange/1.1/problem-report")]
    [TestCase("https://didcomm.org/connections/1.0/problem_report")]
    public void A_problem_report_may_be_of_any_family(string type) =>
        Assert.That(((ProblemReport)Parse($$$"""{"@type":"{{{type}}}","@id":"1","description":{"code":"x","en":"y"}}""")!).Description, Is.EqualTo(new ProblemDescription("x", "y")));

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("""{"@type":"https://didcomm.org/trust_ping/1.0/ping"}""")]
    [TestCase("""{"@id":"1"}""")]
    [TestCase("""{"@type":"ping","@id":"1"}""")]
    [TestCase("""{"@type":"https://didcomm.org/basicmessage/1.0/message","@id":"1"}""", Description = "Without content.")]
    [TestCase("""{"@type":"https://didcomm.org/basicmessage/1.0/message","@id":"1","content":null}""")]
    [TestCase("""{"@type":"https://didcomm.org/basicmessage/1.0/message","@id":"1","content":7}""")]
    public void Takes_nothing_else(string json) => Assert.That(Parse(json), Is.Null);

    [Test]
    public void Survives_bytes_of_any_kind() => Prop.ForAll((byte[] bytes) => MessageCodec.TryParse(bytes) is null).QuickCheckThrowOnFailure();

    [Test]
    public void Reads_what_it_writes()
    {
        AgentMessage[] messages =
        [
            new TrustPing { Comment = "c" }, new BasicMessage { Content = "text", SentTime = "2026-11-28T12:00:00Z" }, new DidExchangeRequest { Did = "did:x", Version = "1.0" },
            new DidExchangeComplete { Thread = new MessageThread("a", "b") }, new PickupStatus { MessageCount = 2 }, new PickupDeliveryRequest { Limit = 5 }, new MediateRequest(),
            new MediateGrant { Endpoint = "http://e", RoutingKeys = [] } with { Transport = MessageTransport.ReturnAll },
        ];
        foreach (var message in messages)
        {
            var bytes = MessageCodec.Encode(message);
            Assert.That(MessageCodec.Encode(MessageCodec.TryParse(bytes)!), Is.EqualTo(bytes), Encoding.UTF8.GetString(bytes));
        }
    }

    private static AgentMessage? Parse(string json) => MessageCodec.TryParse(Encoding.UTF8.GetBytes(json));
}
