using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Reads;

/// <summary>What opens the digest in a Search entry.</summary>
/// <param name="Salt">Random.</param>
/// <param name="Purpose">What the search is for.</param>
/// <param name="QueryDigest">Salted hash of the query: the patient can check a query that somebody claims, nobody can read it.</param>
public sealed record SearchOpening(Salt Salt, PurposeOfUse Purpose, Digest QueryDigest)
{
    private const int Kind = 1;

    /// <summary>SHA-256 of the canonical bytes.</summary>
    public Digest Digest => Digest.Of(Encode());

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(80).WriteArray(4).WriteSalt(Salt).WriteUInt(Kind).WriteText(Purpose.Code).WriteDigest(QueryDigest).ToArray();

    /// <summary>Null unless the bytes are this opening in its only encoding.</summary>
    public static SearchOpening? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var salt = reader.ReadSalt();
        reader.Require(reader.ReadUInt() == Kind);
        var opening = new SearchOpening(salt, reader.ReadPurpose(), reader.ReadDigest());
        reader.ReadEndArray();
        return opening;
    });
}

/// <summary>What opens the digest in a Read entry.</summary>
/// <param name="Salt">Random.</param>
/// <param name="Purpose">What the read is for.</param>
/// <param name="Records">What is read: 1 to 3,000.</param>
public sealed record ReadOpening(Salt Salt, PurposeOfUse Purpose, IReadOnlyList<RecordVersion> Records)
{
    /// <summary>Most records of one Read entry.</summary>
    public const int MostRecords = 3_000;

    private const int Kind = 2;

    /// <summary>SHA-256 of the canonical bytes.</summary>
    public Digest Digest => Digest.Of(Encode());

    /// <summary>Canonical bytes. Order and uniqueness of the records are made here.</summary>
    public byte[] Encode() => new DeterministicCborWriter(64 + (Records.Count * 24))
        .WriteArray(4)
        .WriteSalt(Salt)
        .WriteUInt(Kind)
        .WriteText(Purpose.Code)
        .WriteAll(Records.Distinct().Order().ToList(), (writer, record) => writer.WriteRecordVersion(record))
        .ToArray();

    /// <summary>Null unless the bytes are this opening in its only encoding.</summary>
    public static ReadOpening? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var salt = reader.ReadSalt();
        reader.Require(reader.ReadUInt() == Kind);
        var opening = new ReadOpening(salt, reader.ReadPurpose(), reader.ReadAscending(1, MostRecords, item => item.ReadRecordVersion()));
        reader.ReadEndArray();
        return opening;
    });
}
