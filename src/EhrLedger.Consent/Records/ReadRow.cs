using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Consent.Records;

/// <summary>
/// What an author commits to about a read of its own records: docs/formats.md, read-row. Only the patient is ever given the row, so that it says in the clear
/// who asked.
/// </summary>
/// <param name="Salt">Random.</param>
/// <param name="Subject">Whose records.</param>
/// <param name="Number">Of the author's reads about this subject, from 0, without gaps; apart from the writes.</param>
/// <param name="Level">How much left the author's process.</param>
/// <param name="QueryDigest">Salted hash of the query.</param>
/// <param name="Records">What was returned, included or counted: ascending, each once. Empty for a subject that the query only named. At most 10,000.</param>
/// <param name="Purpose">What the caller said it was for.</param>
/// <param name="Person">Who asked, as the caller's system names the person; at most 200 bytes.</param>
/// <param name="Role">In what role; at most 100 bytes.</param>
public sealed record ReadRow(
    Salt Salt,
    SubjectId Subject,
    ulong Number,
    ReadLevel Level,
    Digest QueryDigest,
    IReadOnlyList<RecordVersion> Records,
    PurposeOfUse Purpose,
    string Person,
    string Role)
{
    /// <summary>Records of one row.</summary>
    public const int MostRecords = 10_000;

    private const int Kind = 2;

    /// <summary>Canonical bytes. Order and uniqueness of the records are made here.</summary>
    public byte[] Encode() => new DeterministicCborWriter(256 + (Records.Count * 24))
        .WriteArray(10)
        .WriteSalt(Salt)
        .WriteUInt(Kind)
        .WriteSubject(Subject)
        .WriteUInt(Number)
        .WriteUInt((ulong)Level)
        .WriteDigest(QueryDigest)
        .WriteAll(Records.Distinct().Order().ToList(), (writer, record) => writer.WriteRecordVersion(record))
        .WriteText(Purpose.Code)
        .WriteText(Person)
        .WriteText(Role)
        .ToArray();

    /// <summary>Names nobody: who read is for the patient.</summary>
    public override string ToString() => $"ReadRow {Number} of {Subject}";

    /// <summary>RFC 6962 leaf hash in the batch.</summary>
    public Digest LeafHash() => MerkleHash.Leaf(Encode());

    /// <summary>Null unless the bytes are a row in its only encoding.</summary>
    public static ReadRow? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(10);
        var salt = reader.ReadSalt();
        reader.Require(reader.ReadUInt() == Kind);
        var subject = reader.ReadSubject();
        var number = reader.ReadUInt();
        var level = (ReadLevel)reader.ReadByte();
        reader.Require(Enum.IsDefined(level));
        var row = new ReadRow(
            salt,
            subject,
            number,
            level,
            reader.ReadDigest(),
            reader.ReadAscending(0, MostRecords, item => item.ReadRecordVersion()),
            reader.ReadPurpose(),
            reader.ReadText(200),
            reader.ReadText(100));
        reader.ReadEndArray();
        return row;
    });
}

/// <summary>How much of a subject's records left the author's process.</summary>
public enum ReadLevel : byte
{
    /// <summary>The query named the subject.</summary>
    Named = 1,

    /// <summary>Records were counted.</summary>
    Counted = 2,

    /// <summary>Records were shown.</summary>
    Opened = 3,
}
