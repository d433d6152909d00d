using System.Buffers.Binary;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Wallets;

/// <summary>A patient asks an organisation to be a guardian: docs/http.md, guardian-request. It travels in an HPKE message, because it says whose recovery it is.</summary>
/// <param name="Subject">One of the patient's at this organisation.</param>
/// <param name="Invitation">As a person gets it; the organisation knows the patient's name itself.</param>
/// <param name="Time">Unix milliseconds by the wallet's clock; good for <see cref="SubjectRequest.Validity"/> either way.</param>
/// <param name="Proof">64 bytes of the subject's current key over <see cref="MessageOf"/>.</param>
public sealed record GuardianRequest(SubjectId Subject, GuardianInvitation Invitation, ulong Time, ReadOnlyMemory<byte> Proof)
{
    private const int LongestInvitation = 512;

    /// <summary>What the subject signs.</summary>
    public static byte[] MessageOf(Digest genesis, OrganisationId organisation, GuardianInvitation invitation, ulong time)
    {
        ArgumentNullException.ThrowIfNull(invitation);
        Span<byte> at = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(at, time);
        return [.. "ehrledger/v1/guardian-request\n"u8, .. genesis.ToArray(), .. organisation.Key.ToArray(), .. Digest.Of(invitation.Encode()).ToArray(), .. at];
    }

    /// <summary>Whether this key, the subject's current one, has signed it for this organisation.</summary>
    public bool Verifies(Ed25519PublicKey key, Digest genesis, OrganisationId organisation) => key.Verifies(MessageOf(genesis, organisation, Invitation, Time), Proof.Span);

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(512).WriteArray(4).WriteSubject(Subject).WriteBytes(Invitation.Encode()).WriteUInt(Time).WriteBytes(Proof.Span).ToArray();

    /// <summary>Null unless the bytes are this message in its only encoding. The proof is not checked.</summary>
    public static GuardianRequest? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var request = new GuardianRequest(
            reader.ReadSubject(),
            reader.Require(GuardianInvitation.TryDecode(reader.ReadBytes(0, LongestInvitation))),
            reader.ReadUInt(long.MaxValue),
            reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return request;
    });
}
