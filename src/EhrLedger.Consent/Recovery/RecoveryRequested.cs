using System.Buffers.Binary;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Recovery;

/// <summary>Body of RecoveryRequested: a new phone asks for the seed. Signed by the request's own key, which names it.</summary>
/// <param name="Number">Of the set-up.</param>
/// <param name="Key">Of the new phone, for this request alone.</param>
/// <param name="AnswerKeyDigest">SHA-256 of the X-Wing key that answers are sealed to.</param>
/// <param name="Approvals">Of different guardians, by their places ascending; 1 to 16.</param>
public sealed record RecoveryRequested(uint Number, Ed25519PublicKey Key, Digest AnswerKeyDigest, IReadOnlyList<GuardianApproval> Approvals)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(128 + (Approvals.Count * 88))
        .WriteArray(4)
        .WriteUInt(Number)
        .WriteKey(Key)
        .WriteDigest(AnswerKeyDigest)
        .WriteAll(Approvals, (items, approval) => items.WriteArray(3).WriteUInt((ulong)approval.Guardian).WriteUInt(approval.Until).WriteBytes(approval.Signature.Span))
        .ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding. A guardian who approves twice is no second guardian.</summary>
    public static RecoveryRequested? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var body = new RecoveryRequested(reader.ReadUInt32(), reader.ReadKey(), reader.ReadDigest(), reader.ReadArray(1, GuardianRule.MostGuardians, GuardianApproval.Read));
        reader.ReadEndArray();
        for (var i = 1; i < body.Approvals.Count; i++)
        {
            reader.Require(body.Approvals[i - 1].Guardian < body.Approvals[i].Guardian);
        }

        return body;
    });
}

/// <summary>A guardian's approval of one request.</summary>
/// <param name="Guardian">Place among the set-up's guardians, from 0.</param>
/// <param name="Until">Unix seconds after which it counts no more; at most seven days after the request's leaf.</param>
/// <param name="Signature">64 bytes over <see cref="MessageOf"/>.</param>
public sealed record GuardianApproval(int Guardian, ulong Until, ReadOnlyMemory<byte> Signature)
{
    /// <summary>How long an approval counts at most, in seconds: seven days.</summary>
    public const ulong LongestSeconds = 7 * 86_400;

    /// <summary>What a guardian signs: this consortium, this recovery and set-up, and the new phone's keys.</summary>
    public static byte[] MessageOf(Digest genesis, RecoveryId recovery, uint number, Ed25519PublicKey request, Digest answerKey, ulong until)
    {
        var numbers = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(numbers, number);
        BinaryPrimitives.WriteUInt64BigEndian(numbers.AsSpan(4), until);
        return [.. "ehrledger/v1/recovery-approval\n"u8, .. genesis.ToArray(), .. recovery.Topic.ToArray(), .. numbers, .. request.ToArray(), .. answerKey.ToArray()];
    }

    internal static GuardianApproval Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var approval = new GuardianApproval((int)reader.ReadUInt(GuardianRule.MostGuardians - 1), reader.ReadUInt(long.MaxValue), reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return approval;
    }
}

/// <summary>Body of RecoveryVetoed.</summary>
/// <param name="Number">Of the set-up, which ends with it.</param>
/// <param name="Request">Key of the request.</param>
public sealed record RecoveryVetoed(uint Number, Ed25519PublicKey Request)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(48).WriteArray(2).WriteUInt(Number).WriteKey(Request).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static RecoveryVetoed? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new RecoveryVetoed(reader.ReadUInt32(), reader.ReadKey());
        reader.ReadEndArray();
        return body;
    });
}
