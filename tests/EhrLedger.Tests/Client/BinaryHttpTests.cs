using EhrLedger.Client.Relaying;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Client;

public sealed class BinaryHttpTests
{
    [Test]
    public void A_request_comes_back_as_it_was([Values(0, 1, 63, 64, 16_383, 16_384, 70_000)] int length)
    {
        var request = new BinaryRequest("POST", "/wallet/subject?x=1", length == 0 ? "" : "application/cbor", new byte[length]);

        var read = BinaryHttp.TryParseRequest(BinaryHttp.Write(request));

        Assert.That((read!.Method, read.Path, read.ContentType, read.Body.Length), Is.EqualTo(("POST", "/wallet/subject?x=1", request.ContentType, length)));
    }

    [Test]
    public void An_answer_comes_back_as_it_was([Values(200, 204, 404, 503)] int status)
    {
        var read = BinaryHttp.TryParseAnswer(BinaryHttp.Write(new BinaryAnswer(status, "application/problem+json", "{}"u8.ToArray())));

        Assert.That((read!.Status, read.ContentType, read.Body.ToArray()), Is.EqualTo((status, "application/problem+json", "{}"u8.ToArray())));
    }

    [Test]
    public void Reads_the_messages_of_RFC_9458_which_leave_out_what_is_empty()
    {
        Assert.That(BinaryHttp.TryParseRequest(Convert.FromHexString("00034745540568747470730b6578616d706c652e636f6d012f")), Is.EqualTo(new BinaryRequest("GET", "/", "", default)));
        Assert.That(BinaryHttp.TryParseAnswer(Convert.FromHexString("0140c8")), Is.EqualTo(new BinaryAnswer(200, "", default)));
    }

    [TestCase("01c00000000000000000", TestName = "an integer that is longer than it needs to be")]
    [TestCase("014064", TestName = "an informational answer")]
    [TestCase("0140c8000005", TestName = "a trailer")]
    [TestCase("0140c80005", TestName = "a body that is cut off")]
    [TestCase("0140c805026161026262", TestName = "another header")]
    [TestCase("0240c8", TestName = "indeterminate length")]
    public void Refuses(string hex) => Assert.That(BinaryHttp.TryParseAnswer(Convert.FromHexString(hex)), Is.Null);

    [Test]
    public void Whatever_it_is_given_it_answers() => Prop.ForAll<byte[]>(bytes =>
    {
        _ = BinaryHttp.TryParseRequest(bytes);
        _ = BinaryHttp.TryParseAnswer(bytes);
        _ = BinaryHttp.TryParseRequest((byte[])[0, .. bytes]);
        return BinaryHttp.TryParseAnswer((byte[])[1, .. bytes]) is not { } answer || BinaryHttp.TryParseAnswer(BinaryHttp.Write(answer)) is { } again && again.Body.Span.SequenceEqual(answer.Body.Span) && again.Status == answer.Status;
    }).QuickCheckThrowOnFailure();
}
