using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;

namespace EhrLedger.Ledger.Membership;

/// <summary>What the ledger knows of an organisation: its membership, and where its chain of batches stands.</summary>
/// <param name="Organisation">Who.</param>
/// <param name="Member">Null once it was removed.</param>
/// <param name="NextBatch">Outbox number of its next batch.</param>
/// <param name="LastBatch">SHA-256 of its last batch's body; zeros before the first.</param>
public sealed record OrganisationState(OrganisationId Organisation, Member? Member, ulong NextBatch, Digest LastBatch) : ITopicState
{
    /// <inheritdoc/>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(2048).WriteArray(4).WriteBytes(Organisation.Key.ToArray());
        writer = Member is null ? writer.WriteNull() : Member.Write(writer);
        return writer.WriteUInt(NextBatch).WriteDigest(LastBatch).ToArray();
    }

    /// <summary>Null unless the bytes are a state in its only encoding.</summary>
    public static OrganisationState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var state = new OrganisationState(
            new OrganisationId(Membership.Member.ReadKey(reader)),
            reader.TryReadNull() ? null : Membership.Member.Read(reader),
            reader.ReadUInt(),
            reader.ReadDigest());
        reader.ReadEndArray();
        return state;
    });

    internal static OrganisationState Joined(Member member) => new(member.Organisation, member, 0, default);

    internal Ed25519PublicKey? SigningKey => Member?.SigningKey;
}
