using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Emergencies;

/// <summary>What the ledger shows of a policy.</summary>
/// <param name="Digest">SHA-256 of the <see cref="EmergencyPolicy"/>.</param>
/// <param name="CustodianSet">Who holds the shares; 0 is the set of the genesis.</param>
/// <param name="Kinds">Kinds of organisation that may declare an emergency, such as hospital; 1 to 16, in ordinal order, each once and at most 40 bytes.</param>
public sealed record EmergencyRule(Digest Digest, uint CustodianSet, IReadOnlyList<string> Kinds)
{
    private const int MostKinds = 16;

    /// <summary>Whether organisations of this kind may.</summary>
    public bool Allows(string kind) => Kinds.Contains(kind, StringComparer.Ordinal);

    internal void Write(DeterministicCborWriter writer) =>
        writer.WriteArray(3).WriteDigest(Digest).WriteUInt(CustodianSet).WriteAll(Kinds, (items, kind) => items.WriteText(kind));

    internal static EmergencyRule Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var rule = new EmergencyRule(reader.ReadDigest(), reader.ReadUInt32(), reader.ReadArray(1, MostKinds, item => item.ReadText(40)));
        reader.ReadEndArray();
        for (var i = 1; i < rule.Kinds.Count; i++)
        {
            reader.Require(string.CompareOrdinal(rule.Kinds[i - 1], rule.Kinds[i]) < 0);
        }

        return rule;
    }
}

/// <summary>Body of EmergencyPolicySet.</summary>
/// <param name="Number">One more than that of the policy before, from 1; a policy that is switched off has a number too.</param>
/// <param name="Rule">Null switches emergency access off.</param>
public sealed record EmergencyPolicySet(uint Number, EmergencyRule? Rule)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(128).WriteArray(2).WriteUInt(Number);
        if (Rule is null)
        {
            writer.WriteNull();
        }
        else
        {
            Rule.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static EmergencyPolicySet? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new EmergencyPolicySet(reader.ReadUInt32(), reader.TryReadNull() ? null : EmergencyRule.Read(reader));
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of EmergencyAccess: an organisation opens a subject's records for 24 hours, in its own name.</summary>
/// <param name="Organisation">Whose current key signs the entry.</param>
/// <param name="Grant">Random; what its searches and reads name.</param>
/// <param name="Policy">Number of the policy that allows it.</param>
/// <param name="Reason">Why.</param>
/// <param name="ReaderKey">Signs Search and Read, and requests.</param>
/// <param name="AnswerKeyDigest">SHA-256 of the X-Wing key that answers are sealed to.</param>
/// <param name="Requesters">Two, in ascending order of their keys. That they are two people is the organisation's word.</param>
/// <param name="SealedAccount">The <see cref="EmergencyAccount"/>, for the wallet.</param>
public sealed record EmergencyAccess(
    OrganisationId Organisation,
    GrantId Grant,
    uint Policy,
    EmergencyReason Reason,
    Ed25519PublicKey ReaderKey,
    Digest AnswerKeyDigest,
    IReadOnlyList<EmergencyRequester> Requesters,
    ReadOnlyMemory<byte> SealedAccount)
{
    /// <summary>What each requester signs: this consortium, this subject, this emergency, this organisation and reason.</summary>
    public static byte[] MessageOf(Digest genesis, Topic topic, GrantId grant, OrganisationId organisation, EmergencyReason reason) =>
        [.. "ehrledger/v1/emergency\n"u8, .. genesis.ToArray(), .. topic.ToArray(), .. grant.ToArray(), .. organisation.Key.ToArray(), (byte)reason];

    /// <summary>Whether both requesters have signed.</summary>
    public bool RequestersSigned(Digest genesis, Topic topic)
    {
        var message = MessageOf(genesis, topic, Grant, Organisation, Reason);
        return Requesters.All(requester => requester.Key.Verifies(message, requester.Signature.Span));
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(SealedAccount.Length + 512)
        .WriteArray(8)
        .WriteOrganisation(Organisation)
        .WriteGrantId(Grant)
        .WriteUInt(Policy)
        .WriteUInt((ulong)Reason)
        .WriteKey(ReaderKey)
        .WriteDigest(AnswerKeyDigest)
        .WriteAll(Requesters, (writer, requester) => writer.WriteArray(2).WriteKey(requester.Key).WriteBytes(requester.Signature.Span))
        .WriteBytes(SealedAccount.Span)
        .ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static EmergencyAccess? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(8);
        var body = new EmergencyAccess(
            reader.ReadOrganisation(),
            reader.ReadGrantId(),
            reader.ReadUInt32(),
            (EmergencyReason)reader.ReadByte(),
            reader.ReadKey(),
            reader.ReadDigest(),
            reader.ReadArray(2, 2, EmergencyRequester.Read),
            reader.ReadBytes(0, EmergencyAccount.LargestSize));
        reader.ReadEndArray();
        reader.Require(Enum.IsDefined(body.Reason) && body.Requesters[0].Key.CompareTo(body.Requesters[1].Key) < 0);
        return body;
    });
}

/// <summary>One of the two who ask.</summary>
/// <param name="Key">Of the person at the organisation, for this emergency alone.</param>
/// <param name="Signature">64 bytes over <see cref="EmergencyAccess.MessageOf"/>.</param>
public sealed record EmergencyRequester(Ed25519PublicKey Key, ReadOnlyMemory<byte> Signature)
{
    internal static EmergencyRequester Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var requester = new EmergencyRequester(reader.ReadKey(), reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return requester;
    }
}

/// <summary>Body of EmergencyDisputed.</summary>
/// <param name="Grant">The emergency's.</param>
/// <param name="Ground">Why.</param>
public sealed record EmergencyDisputed(GrantId Grant, DisputeGround Ground)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(24).WriteArray(2).WriteGrantId(Grant).WriteUInt((ulong)Ground).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static EmergencyDisputed? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new EmergencyDisputed(reader.ReadGrantId(), (DisputeGround)reader.ReadByte());
        reader.ReadEndArray();
        reader.Require(Enum.IsDefined(body.Ground));
        return body;
    });
}
