using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Following;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Ledger;

/// <summary>null and no bytes are two things: a conditional with a bare null would quietly make the one the other, because arrays convert to memory.</summary>
public sealed class OptionalBytesTests
{
    [Test]
    public void A_replicate_request_without_notes_has_none_when_it_is_read()
    {
        var read = ReplicateRequest.TryParse(new ReplicateRequest(7, [], null, null).Encode());
        Assert.That(read!.Checkpoint, Is.Null);
        Assert.That(read.Final, Is.Null);
    }

    [Test]
    public void A_replicate_request_with_empty_notes_keeps_them()
    {
        var read = ReplicateRequest.TryParse(new ReplicateRequest(7, [], ReadOnlyMemory<byte>.Empty, ReadOnlyMemory<byte>.Empty).Encode());
        Assert.That(read!.Checkpoint, Is.Not.Null);
        Assert.That(read.Final, Is.Not.Null);
    }

    [Test]
    public void A_member_that_keeps_its_key_brings_no_signature()
    {
        using var key = Ed25519PrivateKey.Generate();
        var member = new Member(new OrganisationId(key.Public), key.Public, "North", "hospital", "http://north", new byte[1216], null);
        var bytes = new MemberUpdated(member, null).Encode();
        Assert.That(MemberUpdated.TryParse(bytes)!.NewKeySignature, Is.Null);
        Assert.That(MemberUpdated.TryParse(bytes)!.Encode(), Is.EqualTo(bytes));
    }
}
