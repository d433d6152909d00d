using System.Net;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

public sealed class SubmissionTests
{
    private TestConsortium _consortium = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync(2);

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task Gives_the_same_bytes_the_same_place_however_often_and_wherever_they_come()
    {
        var entry = Entries.OpenSubject(_consortium).SignedBytes;
        var answers = new List<ulong>();
        foreach (var node in (TestNode[])[.. _consortium.Nodes, .. _consortium.Nodes])
        {
            answers.Add((await node.SubmitAsync(entry)).Answer!.Index);
        }

        var at_once = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _consortium.Sequencer.SubmitAsync(entry, "durable")));
        Assert.That(answers.Concat(at_once.Select(one => one.Answer!.Index)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(at_once.All(one => one.Answer!.Time > 0));
    }

    [Test]
    public async Task Refuses_what_another_key_has_signed()
    {
        var good = Entries.OpenSubject(_consortium).SignedBytes.ToArray();
        good[^1] ^= 1;
        await IsRefusedAsync(good, "entry-signature");
    }

    [Test]
    public async Task Refuses_what_was_signed_for_another_consortium() =>
        await IsRefusedAsync(Entries.OpenSubject(_consortium, genesis: Digest.Of("another"u8)).SignedBytes, "entry-signature");

    [Test]
    public async Task Refuses_an_entry_that_has_expired() =>
        await IsRefusedAsync(Entries.OpenSubject(_consortium, DateTimeOffset.UtcNow.AddMinutes(-1)).SignedBytes, "entry-expired");

    [Test]
    public async Task Refuses_an_entry_that_would_be_valid_for_hours() =>
        await IsRefusedAsync(Entries.OpenSubject(_consortium, DateTimeOffset.UtcNow.AddHours(1)).SignedBytes, "entry-valid-too-long");

    [Test]
    public async Task Refuses_what_is_no_entry() => await IsRefusedAsync(new byte[] { 1, 2, 3 }, "entry-malformed");

    [Test]
    public async Task Refuses_an_empty_body() => await IsRefusedAsync(Array.Empty<byte>(), "entry-malformed");

    [Test]
    public async Task Refuses_what_is_too_large_without_reading_it_all()
    {
        foreach (var node in _consortium.Nodes)
        {
            var (status, _, text) = await node.SubmitAsync(new byte[Entry.LargestSize + 1]);
            Assert.That(status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
            Assert.That(text, Does.Contain("urn:ehrledger:entry-too-large"));
        }
    }

    [Test]
    public async Task Answers_problems_as_problems()
    {
        using var response = await _consortium.Sequencer.Client.PostAsync("/ledger/entries", new ByteArrayContent([0xff]));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        foreach (var (path, expected) in ((string, HttpStatusCode)[])[
            ("/ledger/entries?level=soon", HttpStatusCode.MethodNotAllowed),
            ("/ledger/topics/zz", HttpStatusCode.BadRequest),
            ("/ledger/proofs/99999999", HttpStatusCode.NotFound),
            ("/ledger/proofs/-1", HttpStatusCode.BadRequest),
            ("/ledger/consistency?old=5&new=1", HttpStatusCode.BadRequest),
            ("/ledger/consistency?old=0&new=999999", HttpStatusCode.NotFound),
            ("/ledger/leaves?first=18446744073709551615&count=10", HttpStatusCode.OK),
            ("/ledger/leaves?first=0&count=-1", HttpStatusCode.OK),
            ("/log/tile/0/999", HttpStatusCode.NotFound),
            ("/log/tile/9/000", HttpStatusCode.NotFound),
            ("/log/..%2f..%2fgenesis.cbor", HttpStatusCode.NotFound)])
        {
            using var answer = await _consortium.Sequencer.Client.GetAsync(path);
            Assert.That(answer.StatusCode, Is.EqualTo(expected), path);
        }
    }

    private async Task IsRefusedAsync(ReadOnlyMemory<byte> entry, string code)
    {
        foreach (var node in _consortium.Nodes)
        {
            var (status, _, text) = await node.SubmitAsync(entry, "durable");
            Assert.That(status, Is.EqualTo(HttpStatusCode.UnprocessableEntity), text);
            Assert.That(text, Does.Contain($"\"urn:ehrledger:{code}\""));
        }
    }
}
