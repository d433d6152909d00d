using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Sharing;
using EhrLedger.Tests.Consent;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Sharing;

/// <summary>What members send each other about their directories has one encoding, and nothing else is read.</summary>
public sealed class DirectoryCodecTests
{
    private static readonly OrganisationId One = OrganisationOf(1);
    private static readonly OrganisationId Other = OrganisationOf(2);
    private static readonly DirectorySeries Series = DirectorySeries.FromBytes(Enumerable.Range(0, 16).Select(i => (byte)i).ToArray());

    private static readonly byte[][] Requests =
    [
        new DirectoryRequest(One, Other, null, 0, 1).Encode(),
        new DirectoryRequest(Other, One, Series, 70_000, 1_800_000_000_000).Encode(),
    ];

    private static readonly byte[][] Portions =
    [
        Portion(0).Encode(),
        Portion(7, new SharedEntry(3, "Organization", "a.b-1", "{}"u8.ToArray()), new SharedEntry(7, "Practitioner", "7", null)).Encode(),
        Portion(90_000, new SharedEntry(300, "Location", "x", new byte[300])).Encode(),
    ];

    [Test]
    public void Read_back_what_they_wrote()
    {
        Assert.That(Requests.Select(Rewrite), Is.EqualTo(Requests));
        Assert.That(Portions.Select(Rewrite), Is.EqualTo(Portions));
    }

    [Test]
    public void Accept_only_canonical_bytes() => Prop.ForAll((byte which, CborDamage damage, CborDamage more) =>
    {
        byte[][] good = [.. Requests, .. Portions];
        var bytes = damage.To(good[which % good.Length]);
        bytes = bytes.Length > 0 && more.Value % 2 == 0 ? more.To(bytes) : bytes;
        return Rewrite(bytes) is not { } again || again.AsSpan().SequenceEqual(bytes);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Test]
    public void Survive_any_bytes() => Prop.ForAll((byte[] bytes) =>
    {
        _ = Rewrite(bytes ?? []);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Refuse_entries_out_of_order_twice_beyond_the_newest_too_large_or_of_no_id()
    {
        var entry = new SharedEntry(3, "Organization", "1", null);
        foreach (var wrong in (DirectoryPortion[])[
            Portion(4, entry, entry),
            Portion(4, entry with { Number = 4 }, entry),
            Portion(2, entry),
            Portion(4, entry with { Number = 0 }),
            Portion(4, entry with { Id = "a/b" }),
            Portion(4, entry with { Id = new string('a', 65) }),
            Portion(4, entry with { Json = new byte[SharedEntry.LargestJson + 1] }),
            Portion(1_000, [.. Enumerable.Range(1, DirectoryPortion.MostEntries + 1).Select(i => entry with { Number = (ulong)i })])])
        {
            Assert.That(DirectoryPortion.TryParse(wrong.Encode()), Is.Null);
        }
    }

    [Test]
    public void A_request_counts_for_its_target_its_time_and_its_signer_alone()
    {
        using var key = KeyOf(1);
        var genesis = Digest.Of([1]);
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var members = Members.Of(Genesis());
        var request = new DirectoryRequest(One, Other, null, 0, (ulong)now.ToUnixTimeMilliseconds());
        var signed = request.Sign(key, genesis);
        Assert.That(DirectoryRequest.Open(signed, members, Other, now, genesis), Is.EqualTo(request));
        Assert.That(DirectoryRequest.Open(signed, members, One, now, genesis), Is.Null, "another target");
        Assert.That(DirectoryRequest.Open(signed, members, Other, now.AddMinutes(3), genesis), Is.Null, "late");
        Assert.That(DirectoryRequest.Open(signed, members, Other, now.AddMinutes(-3), genesis), Is.Null, "early");
        Assert.That(DirectoryRequest.Open(signed, members, Other, now, Digest.Of([2])), Is.Null, "another consortium");
        Assert.That(DirectoryRequest.Open((request with { Asker = Other }).Sign(key, genesis), members, Other, now, genesis), Is.Null, "no member");
        using var stranger = KeyOf(3);
        Assert.That(DirectoryRequest.Open(request.Sign(stranger, genesis), members, Other, now, genesis), Is.Null, "another's signature");
    }

    private static DirectoryPortion Portion(ulong newest, params SharedEntry[] entries) => new(One, Digest.Of([5]), Series, newest, entries);

    private static byte[]? Rewrite(byte[] bytes) => DirectoryRequest.TryParse(bytes)?.Encode() ?? DirectoryPortion.TryParse(bytes)?.Encode();

    private static Ed25519PrivateKey KeyOf(byte seed) => Ed25519PrivateKey.FromSeed(Enumerable.Repeat(seed, 32).ToArray());

    private static OrganisationId OrganisationOf(byte seed)
    {
        using var key = KeyOf(seed);
        return new OrganisationId(key.Public);
    }

    /// <summary>A consortium of the first alone.</summary>
    private static Genesis Genesis()
    {
        using var keys = Keys.OrganisationKeys.Generate();
        var described = keys.Describe("One", "hospital", "http://127.0.0.1:1");
        var member = described.Member with { Organisation = One, SigningKey = One.Key };
        return Keys.Consortium.Found("Test", DateTimeOffset.UnixEpoch, One, [described with { Member = member }]);
    }
}
