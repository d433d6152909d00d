using System.Net.Http.Headers;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Sharing;
using EhrLedger.Node.Tests.Harness;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>Who asks for a directory without being a member gets nothing; a member that answers with what is none is named, and nothing of it is kept.</summary>
public sealed class HostileDirectoryTests
{
    private static readonly DirectorySeries Series = DirectorySeries.Generate();

    private FakePeer _liar = null!;
    private TestConsortium _consortium = null!;

    private TestNode Node => _consortium.Nodes[1];

    private Digest Genesis => _consortium.Genesis.Digest;

    private OrganisationKeys Keys => _consortium.Impostor!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _liar = await FakePeer.StartAsync();
        _consortium = await TestConsortium.StartAsync(3, _liar.Address, ["--sharing-interval", "00:00:00.500"]);
        await Node.KeepAsync(Resources.Practitioner("Honest", "1"));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _consortium.Dispose();
        await _liar.DisposeAsync();
    }

    [Test]
    public async Task A_members_request_alone_is_answered_and_to_it_alone()
    {
        var asker = _consortium.Nodes[2].Keys;
        var now = (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var request = new DirectoryRequest(asker.Organisation, Node.Organisation, null, 0, now);
        using var stranger = OrganisationKeys.Generate();
        foreach (var (refused, why) in ((byte[], string)[])[
            ([1, 2, 3], "nonsense"),
            ((request with { Asker = stranger.Organisation }).Sign(stranger.Signing, Genesis), "a stranger"),
            (request.Sign(stranger.Signing, Genesis), "a stranger in a member's name"),
            ((request with { Author = asker.Organisation }).Sign(asker.Signing, Genesis), "another target"),
            ((request with { Time = now - 200_000 }).Sign(asker.Signing, Genesis), "late"),
            (request.Sign(asker.Signing, Digest.Of([1])), "another consortium")])
        {
            var (status, text) = await AskAsync(refused);
            Assert.That((status, Encoding.UTF8.GetString(text)), Is.EqualTo((403, """{"type":"urn:ehrledger:directory-denied","title":"No request of a member to this organisation, made just now.","status":403}""")), why);
        }

        Assert.That((await AskAsync(new byte[2_000])).Status, Is.EqualTo(413));
        using var get = await Node.Client.GetAsync("/peer/directory");
        Assert.That((int)get.StatusCode, Is.EqualTo(405));

        var signed = request.Sign(asker.Signing, Genesis);
        var member = _consortium.Genesis.Members.Single(one => one.Organisation == Node.Organisation);
        await Eventually.BecomesTrueAsync("it answers", async () => (await AskAsync(signed)).Status == 200);
        var (_, answer) = await AskAsync(signed);
        Assert.That(Encoding.UTF8.GetString(answer), Does.Not.Contain("Honest"));
        Assert.That(DirectoryPortion.Open(answer, member, Digest.Of(signed), stranger.Sealing, Genesis), Is.Null);
        Assert.That(DirectoryPortion.Open(answer, member, Digest.Of([1]), asker.Sealing, Genesis), Is.Null, "the answer to another request");
        var portion = DirectoryPortion.Open(answer, member, Digest.Of(signed), asker.Sealing, Genesis)!;
        Assert.That(portion.Entries.Select(entry => entry.Type), Is.EqualTo(new[] { "Practitioner" }));
        var rest = (request with { Series = portion.Series, After = portion.Newest }).Sign(asker.Signing, Genesis);
        Assert.That(DirectoryPortion.Open((await AskAsync(rest)).Body, member, Digest.Of(rest), asker.Sealing, Genesis)!.Entries, Is.Empty, "only what has changed travels");
    }

    [Test]
    public async Task What_is_no_directory_is_refused_and_named_and_an_honest_one_is_kept()
    {
        using var other = OrganisationKeys.Generate();
        var seen = 0L;
        foreach (var (what, answer) in (IEnumerable<(string, Func<DirectoryRequest, Digest, XWingPublicKey, byte[]>)>)[
            ("nonsense", (_, _, _) => [1, 2, 3]),
            ("another's signature", (_, digest, asker) => Portion(digest, 1, Entry(1)).Seal(other.Signing, asker, Genesis)),
            ("another author", (_, digest, asker) => (Portion(digest, 1, Entry(1)) with { Author = _consortium.Nodes[0].Organisation }).Seal(Keys.Signing, asker, Genesis)),
            ("the answer to another request", (_, digest, asker) => HpkeMessage.Seal(
                asker, "ehrledger/v1/directory"u8, digest.ToArray(), EhrLedger.Crypto.Cose.CoseSign1.Sign(SignedAs.DirectoryPortion, Portion(Digest.Of([1]), 1, Entry(1)).Encode(), Keys.Signing, Genesis))),
            ("signed for another purpose", (_, digest, asker) => HpkeMessage.Seal(
                asker, "ehrledger/v1/directory"u8, digest.ToArray(), EhrLedger.Crypto.Cose.CoseSign1.Sign(SignedAs.Deposit, Portion(digest, 1, Entry(1)).Encode(), Keys.Signing, Genesis))),
            ("entries that are missing", (_, digest, asker) => Portion(digest, 1).Seal(Keys.Signing, asker, Genesis)),
            ("another resource than it says", (_, digest, asker) => Portion(digest, 1, Entry(1) with { Id = "2" }).Seal(Keys.Signing, asker, Genesis)),
            ("no resource", (_, digest, asker) => Portion(digest, 1, Entry(1) with { Json = "{"u8.ToArray() }).Seal(Keys.Signing, asker, Genesis)),
            ("too much", (_, digest, asker) => Endless(digest, asker))])
        {
            AnswerWith(answer);
            await Eventually.BecomesTrueAsync($"{what} is named", async () => await CriesAsync() > seen);
            await Eventually.BecomesTrueAsync($"{what} is named again", async () => await CriesAsync() > seen + 2);
            seen = await CriesAsync();
            Assert.That((await Node.GetAsync("Practitioner?family=Liar")).Ids, Is.Empty, what);
        }

        // What its own rule does not name, a member does not keep.
        AnswerWith((request, digest, asker) => Portion(digest, 5, request.After < 5 || request.Series != Series ? [Entry(5)] : []).Seal(Keys.Signing, asker, Genesis));
        await Eventually.BecomesTrueAsync("an honest one is kept", async () => (await Node.GetAsync("Practitioner?family=Liar")).Ids.Count == 1);
        var kept = (await Node.GetAsync("Practitioner?family=Liar")).Matches.Single();
        Assert.That(kept.Select(pair => pair.Key), Is.EquivalentTo(new[] { "resourceType", "id", "meta", "name" }));

        // Older than what is kept: a store that was wound back, or an answer that was.
        seen = await CriesAsync();
        AnswerWith((_, digest, asker) => Portion(digest, 4, Entry(4) with { Json = null }).Seal(Keys.Signing, asker, Genesis));
        await Eventually.BecomesTrueAsync("an older number is named", async () => await CriesAsync() > seen + 2);
        Assert.That((await Node.GetAsync("Practitioner?family=Liar")).Ids, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_entry_that_is_larger_than_others_take_stays_at_home_and_its_author_is_told()
    {
        var author = _consortium.Nodes[0];
        await author.KeepAsync(Resources.Parse($$"""{ "resourceType": "Organization", "name": "{{new string('x', SharedEntry.LargestJson)}}" }"""));
        await author.KeepAsync(Resources.Parse("""{ "resourceType": "Organization", "name": "Small" }"""));
        await Eventually.BecomesTrueAsync("the author is told", async () => (await author.AlarmsAsync()).Any(alarm => alarm.Kind == "DirectoryFull"));
        await Eventually.BecomesTrueAsync("the others have the rest", async () => (await Node.GetAsync("Organization")).Ids.Count == 1);
        Assert.That((await Node.AlarmsAsync()).Where(alarm => alarm.Detail.Contains(author.Organisation.ToString(), StringComparison.Ordinal)), Is.Empty);
    }

    private DirectoryPortion Portion(Digest request, ulong newest, params SharedEntry[] entries) => new(Keys.Organisation, request, Series, newest, entries);

    private static SharedEntry Entry(ulong number) => new(
        number, "Practitioner", "1", """{"resourceType":"Practitioner","id":"1","name":[{"family":"Liar"}],"birthDate":"1970-01-01","extension":[{"url":"urn:x","valueReference":{"reference":"Patient/1"}}]}"""u8.ToArray());

    private byte[] Endless(Digest request, XWingPublicKey asker) => [.. Portion(request, 1, Entry(1)).Seal(Keys.Signing, asker, Genesis), .. new byte[DirectoryPortion.LargestPortion]];

    private void AnswerWith(Func<DirectoryRequest, Digest, XWingPublicKey, byte[]> answer) => _liar.Answer = async context =>
    {
        if (context.Request.Path != "/peer/directory")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = DirectoryRequest.Open(body.ToArray(), Members.Of(_consortium.Genesis), Keys.Organisation, DateTimeOffset.UtcNow, Genesis)!;
        var asker = _consortium.Genesis.Members.Single(member => member.Organisation == request.Asker);
        await context.Response.Body.WriteAsync(answer(request, Digest.Of(body.ToArray()), XWingPublicKey.FromBytes(asker.SealingKey.Span)));
    };

    private async Task<long> CriesAsync() =>
        (await Node.AlarmsAsync()).Where(alarm => alarm.Kind == "LyingPeer" && alarm.Detail.Contains(Keys.Organisation.ToString(), StringComparison.Ordinal)).Sum(alarm => alarm.Count);

    private async Task<(int Status, byte[] Body)> AskAsync(byte[] request)
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cbor");
        using var answer = await Node.Client.PostAsync("/peer/directory", content);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }
}
