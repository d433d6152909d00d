using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Client.Wallets;

/// <summary>Answer of kind 1: sealed records of a subject, in order of their numbers. Nothing is checked against the ledger yet.</summary>
/// <param name="NextNumber">How many rows the author says there are.</param>
/// <param name="Records">At most 512.</param>
public sealed record SubjectRecords(ulong NextNumber, IReadOnlyList<SealedRecordRow> Records)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(64 + (Records.Count * 1_024))
        .WriteArray(2)
        .WriteUInt(NextNumber)
        .WriteAll(Records, Write)
        .ToArray();

    /// <summary>Null unless the bytes are this answer in its only encoding, each row its header's.</summary>
    public static SubjectRecords? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var answer = new SubjectRecords(reader.ReadUInt(), reader.ReadArray(0, (int)SubjectRequest.MostRows, item =>
        {
            item.ReadStartArray(6);
            var record = new SealedRecordRow(
                item.Require(RecordHeader.TryParse(item.ReadBytes(0, RecordHeader.LargestSize))),
                item.Require(WriteRow.TryParse(item.ReadBytes(0, WriteRow.LargestSize))),
                item.ReadUInt(),
                item.ReadPath(),
                item.ReadBool(),
                item.TryReadNull() ? null : ReadHalves(item));
            item.ReadEndArray();
            item.Require(record.Row.Header == record.Header.Digest && record.Row.Subject == record.Header.Subject && !(record.Halves is null && record.Current));
            return record;
        }));
        reader.ReadEndArray();
        return answer;
    });

    private static void Write(DeterministicCborWriter writer, SealedRecordRow record)
    {
        writer.WriteArray(6).WriteBytes(record.Header.Bytes.Span).WriteBytes(record.Row.Encode()).WriteUInt(record.Batch).WritePath(record.Path).WriteBool(record.Current);
        _ = record.Halves is { } halves ? writer.WriteArray(2).WriteItem(halves.First.Encode()).WriteItem(halves.Second.Encode()) : writer.WriteNull();
    }

    private static SealedHalves ReadHalves(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var halves = new SealedHalves(reader.Require(SealedHalf.TryParse(reader.ReadItem())), reader.Require(SealedHalf.TryParse(reader.ReadItem())));
        reader.ReadEndArray();
        return halves;
    }
}

/// <summary>One record version as its author gives it to its subject.</summary>
/// <param name="Header">What names it.</param>
/// <param name="Row">What the ledger commits to.</param>
/// <param name="Batch">Outbox number of the batch.</param>
/// <param name="Path">From the row to the batch's root.</param>
/// <param name="Current">Whether it is the record's newest version.</param>
/// <param name="Halves">What it opens with. Null for one that its author has sealed anew: a later row is about the same version, and this one keeps its place among the numbers.</param>
public sealed record SealedRecordRow(RecordHeader Header, WriteRow Row, ulong Batch, InclusionProof Path, bool Current, SealedHalves? Halves);

/// <summary>Both halves of a record's key, as they are sealed to its subject.</summary>
/// <param name="First">K1, sealed to the subject's sealing key of the epoch.</param>
/// <param name="Second">K2, sealed to the subject's self key.</param>
public sealed record SealedHalves(SealedHalf First, SealedHalf Second);

/// <summary>Answer of kind 2: the author's own reads, in order of their numbers. Nothing is checked against the ledger yet.</summary>
/// <param name="NextNumber">How many rows the author says there are.</param>
/// <param name="Reads">At most 512.</param>
public sealed record SubjectReads(ulong NextNumber, IReadOnlyList<ReadRowInBatch> Reads)
{
    // A read row lists up to 10,000 records.
    private const int LargestRow = 300_000;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(64 + (Reads.Count * 512))
        .WriteArray(2)
        .WriteUInt(NextNumber)
        .WriteAll(Reads, (writer, read) => writer.WriteArray(3).WriteBytes(read.Row.Encode()).WriteUInt(read.Batch).WritePath(read.Path))
        .ToArray();

    /// <summary>Null unless the bytes are this answer in its only encoding.</summary>
    public static SubjectReads? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var answer = new SubjectReads(reader.ReadUInt(), reader.ReadArray(0, (int)SubjectRequest.MostRows, item =>
        {
            item.ReadStartArray(3);
            var read = new ReadRowInBatch(item.Require(ReadRow.TryParse(item.ReadBytes(0, LargestRow))), item.ReadUInt(), item.ReadPath());
            item.ReadEndArray();
            return read;
        }));
        reader.ReadEndArray();
        return answer;
    });
}

/// <summary>One read row with its place.</summary>
/// <param name="Row">Who read what.</param>
/// <param name="Batch">Outbox number of the batch.</param>
/// <param name="Path">From the row to the batch's root.</param>
public sealed record ReadRowInBatch(ReadRow Row, ulong Batch, InclusionProof Path);

/// <summary>Answer of kind 3: what a custodian says that it released shares on, the newest 10,000 at most.</summary>
public sealed record SubjectReleases(IReadOnlyList<ReleaseMade> Releases)
{
    private const int MostReleases = 10_000;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(64 + (Releases.Count * 256))
        .WriteAll(Releases, (writer, release) => writer
            .WriteArray(4)
            .WriteUInt(release.EntryIndex)
            .WriteUInt(release.Time)
            .WriteAll(release.Records, (records, version) => records.WriteArray(2).WriteBytes(version.Record.ToArray()).WriteUInt(version.Version))
            .WriteBytes(release.Opening.Encode()))
        .ToArray();

    /// <summary>Null unless the bytes are this answer in its only encoding.</summary>
    public static SubjectReleases? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader => new SubjectReleases(reader.ReadArray(0, MostReleases, item =>
    {
        item.ReadStartArray(4);
        var release = new ReleaseMade(
            item.ReadUInt(),
            item.ReadUInt(long.MaxValue),
            item.ReadArray(0, ReadOpening.MostRecords, version =>
            {
                version.ReadStartArray(2);
                var record = new RecordVersion(RecordId.FromBytes(version.ReadBytes(RecordId.Length).Span), version.ReadUInt32());
                version.ReadEndArray();
                return record;
            }),
            item.Require(ReadOpening.TryParse(item.ReadBytes(0, 100_000))));
        item.ReadEndArray();
        return release;
    })));
}

/// <summary>One release, the custodian's word.</summary>
/// <param name="EntryIndex">Index of the Read entry.</param>
/// <param name="Time">Unix milliseconds by the custodian's clock.</param>
/// <param name="Records">Whose shares it gave away.</param>
/// <param name="Opening">What the reader showed for it: purpose and records.</param>
public sealed record ReleaseMade(ulong EntryIndex, ulong Time, IReadOnlyList<RecordVersion> Records, ReadOpening Opening);
