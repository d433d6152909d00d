using System.Buffers.Binary;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Membership;

/// <summary>Body of MemberJoined.</summary>
/// <param name="Member">The organisation as it joins.</param>
/// <param name="Approvals">Of active members; at most 200.</param>
public sealed record MemberJoined(Member Member, IReadOnlyList<MembershipApproval> Approvals)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => Approving.Write(Member.Write(new DeterministicCborWriter(4096).WriteArray(2)), Approvals).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static MemberJoined? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new MemberJoined(Member.Read(reader), Approving.Read(reader));
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of MemberUpdated.</summary>
/// <param name="Member">The organisation as it is from now on.</param>
/// <param name="NewKeySignature">64 bytes of the new signing key over <see cref="MessageOf"/>; null where the key stays.</param>
/// <param name="Approvals">Of active members, over <see cref="What"/>; needed where the kind changes, otherwise empty. At most 200.</param>
public sealed record MemberUpdated(Member Member, ReadOnlyMemory<byte>? NewKeySignature, IReadOnlyList<MembershipApproval> Approvals)
{
    /// <summary>An update that is the member's own to make.</summary>
    public MemberUpdated(Member member, ReadOnlyMemory<byte>? newKeySignature)
        : this(member, newKeySignature, [])
    {
    }

    /// <summary>What approvals name: the member as it is to be, and the number that the entry will have in its topic, so that they can be used once.</summary>
    public static Digest What(ulong number, Member member)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return Digest.Of([.. bytes, .. member.Encode()]);
    }

    /// <summary>What a new signing key signs, to show that its owner agrees.</summary>
    public static byte[] MessageOf(Digest genesis, Topic topic, Member member) =>
        [.. "ehrledger/v1/member-key\n"u8, .. genesis.ToArray(), .. topic.ToArray(), .. Digest.Of(member.Encode()).ToArray()];

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = Member.Write(new DeterministicCborWriter(2048).WriteArray(3));
        return Approving.Write(NewKeySignature is { } signature ? writer.WriteBytes(signature.Span) : writer.WriteNull(), Approvals).ToArray();
    }

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static MemberUpdated? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var member = Member.Read(reader);
        ReadOnlyMemory<byte>? signature = reader.TryReadNull() ? (ReadOnlyMemory<byte>?)null : reader.ReadBytes(Ed25519PublicKey.SignatureLength);
        var approvals = Approving.Read(reader);
        reader.ReadEndArray();
        return new MemberUpdated(member, signature, approvals);
    });
}

/// <summary>Body of MemberRemoved.</summary>
/// <param name="SignedBy">The member that submits it; the one that leaves, or another.</param>
/// <param name="Approvals">Of active members; at most 200.</param>
public sealed record MemberRemoved(OrganisationId SignedBy, IReadOnlyList<MembershipApproval> Approvals)
{
    /// <summary>What approvals name: the number that the entry will have in its topic, so that they can be used once.</summary>
    public static Digest What(ulong number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return Digest.Of(bytes);
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => Approving.Write(new DeterministicCborWriter(1024).WriteArray(2).WriteBytes(SignedBy.Key.ToArray()), Approvals).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static MemberRemoved? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new MemberRemoved(new OrganisationId(Member.ReadKey(reader)), Approving.Read(reader));
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>The list of approvals that two bodies share.</summary>
file static class Approving
{
    public static DeterministicCborWriter Write(DeterministicCborWriter writer, IReadOnlyList<MembershipApproval> approvals)
    {
        writer.WriteArray(approvals.Count);
        foreach (var approval in approvals)
        {
            writer.WriteArray(2).WriteBytes(approval.Organisation.Key.ToArray()).WriteBytes(approval.Signature.Span);
        }

        return writer;
    }

    public static IReadOnlyList<MembershipApproval> Read(StrictCborReader reader) => reader.ReadArray(0, 200, item =>
    {
        item.ReadStartArray(2);
        var approval = new MembershipApproval(new OrganisationId(Member.ReadKey(item)), item.ReadBytes(Ed25519PublicKey.SignatureLength));
        item.ReadEndArray();
        return approval;
    });
}
