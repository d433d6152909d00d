using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Ledger.Membership;

/// <summary>
/// A member's word for the ML-DSA-44 keys that it cosigns with: docs/formats.md, cosigning-keys. They are too long for its entry of members, and nothing is decided by them yet
/// (docs/decisions/0008), so its node publishes them under its signature.
/// </summary>
/// <param name="Organisation">Whose they are.</param>
/// <param name="Witness">Checks its cosignatures.</param>
/// <param name="Log">Checks the log's own, where the member is the sequencer. Null for others.</param>
public sealed record CosigningKeys(OrganisationId Organisation, NoteVerifier Witness, NoteVerifier? Log)
{
    private const int LongestKey = 2_400;

    /// <summary>Signs the statement.</summary>
    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) => CoseSign1.Sign(SignedAs.CosigningKeys, Encode(), key, genesis);

    /// <summary>Null unless the bytes are a statement of this member about itself, signed by its current key for this consortium; where it is not the sequencer, without a log key.</summary>
    public static CosigningKeys? Open(ReadOnlyMemory<byte> signedBytes, Member member, Genesis genesis) =>
        CoseSign1.TryParse(signedBytes) is { } message
        && message.Verifies(member.SigningKey, SignedAs.CosigningKeys, genesis.Digest)
        && TryParse(message.Payload) is { } keys
        && keys.Organisation == member.Organisation
        && (keys.Log is null || (genesis.Sequencer == member.Organisation && keys.Log.Name.Value == genesis.Origin))
            ? keys
            : null;

    internal byte[] Encode()
    {
        var writer = new DeterministicCborWriter(4_096).WriteArray(3).WriteBytes(Organisation.Key.ToArray()).WriteText(Witness.ToString());
        return (Log is null ? writer.WriteNull() : writer.WriteText(Log.ToString())).ToArray();
    }

    internal static CosigningKeys? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var keys = new CosigningKeys(new OrganisationId(Member.ReadKey(reader)), ReadKey(reader), reader.TryReadNull() ? null : ReadKey(reader));
        reader.ReadEndArray();
        return keys;
    });

    private static NoteVerifier ReadKey(StrictCborReader reader) =>
        reader.Require(NoteVerifier.Parse(reader.ReadText(LongestKey)) is { Type: NoteSignatureType.MlDsa44Cosignature } key ? key : null);
}
