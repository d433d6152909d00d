using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Consent.Records;

/// <summary>
/// What the ledger commits to about a record: docs/formats.md, write-row. It is shown to whoever may see the record; the ledger itself has only the root over a
/// batch of them.
/// </summary>
/// <param name="Salt">Random; destroying it (with the header) leaves a commitment to nothing.</param>
/// <param name="Subject">Whom the record is about.</param>
/// <param name="Number">Of the author's writes about this subject, from 0, without gaps.</param>
/// <param name="Header">SHA-256 of the header.</param>
/// <param name="Ciphertext">SHA-256 of the ciphertext.</param>
/// <param name="Commitment">The key commitment: one ciphertext can't show two people two texts.</param>
/// <param name="Credential">Digest of the record's SD-JWT credential inside the ciphertext; null where there is none.</param>
public sealed record WriteRow(Salt Salt, SubjectId Subject, ulong Number, Digest Header, Digest Ciphertext, KeyCommitment Commitment, Digest? Credential)
{
    /// <summary>Most bytes of a row.</summary>
    public const int LargestSize = 512;

    private const int Kind = 1;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(224)
            .WriteArray(8)
            .WriteSalt(Salt)
            .WriteUInt(Kind)
            .WriteSubject(Subject)
            .WriteUInt(Number)
            .WriteDigest(Header)
            .WriteDigest(Ciphertext)
            .WriteBytes(Commitment.ToArray());
        return (Credential is { } credential ? writer.WriteDigest(credential) : writer.WriteNull()).ToArray();
    }

    /// <summary>RFC 6962 leaf hash in the batch.</summary>
    public Digest LeafHash() => MerkleHash.Leaf(Encode());

    /// <summary>Null unless the bytes are a row in its only encoding.</summary>
    public static WriteRow? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(8);
        var salt = reader.ReadSalt();
        reader.Require(reader.ReadUInt() == Kind);
        var row = new WriteRow(
            salt,
            reader.ReadSubject(),
            reader.ReadUInt(),
            reader.ReadDigest(),
            reader.ReadDigest(),
            KeyCommitment.FromBytes(reader.ReadBytes(KeyCommitment.Length).Span),
            reader.TryReadNull() ? null : reader.ReadDigest());
        reader.ReadEndArray();
        return row;
    });
}
