using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Emergencies;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Wallets;

/// <summary>What a subject may ask: its own records, who the author let read them, what this custodian released. The subject's current key is all the authority that it needs.</summary>
internal sealed class SubjectDesk(OrganisationId self, LogReplica replica, SqliteFile file, StorageKeys keys, ReadRows reads, PatientDirectory patients, EmergencyCustodian emergencies, TimeProvider time)
{
    /// <summary>The answer's bytes. Null for a request that is not the subject's, not for here, or not fresh.</summary>
    public byte[]? Answer(ReadOnlyMemory<byte> signedBytes)
    {
        if (SubjectRequest.TryRead(signedBytes) is not { } claimed
            || SubjectRequest.Open(signedBytes, KeyOf(claimed.Subject), replica.Genesis.Digest) is not { } request
            || request.Organisation != self
            || (time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(request.Time, 253_402_300_799_999))).Duration() > SubjectRequest.Validity)
        {
            return null;
        }

        var count = (int)Math.Min(request.Count, SubjectRequest.MostRows);
        var after = (long)Math.Min(request.After, long.MaxValue);
        return request.Kind switch
        {
            SubjectRequestKind.Records => Records(request.Subject, after, count),
            SubjectRequestKind.Reads => Reads(request.Subject, after, count),
            SubjectRequestKind.Releases => Releases(request.Subject),
            SubjectRequestKind.Emergency => emergencies.KeptFor(request.Subject).Encode(),
            SubjectRequestKind.AuthorEpoch => FindLink(request.Subject) is { } link ? new AuthorEpoch(link.Epoch).Encode() : null,
        };
    }

    /// <summary>The key that the subject signs with now: the ledger's word, or before it is opened its name.</summary>
    public Ed25519PublicKey KeyOf(SubjectId subject) => (replica.FindTopic(subject.Topic)?.State as SubjectState)?.Key ?? subject.Key;

    /// <summary>The link of a subject of a patient here; null for a stranger.</summary>
    public SubjectLink? FindLink(SubjectId subject) =>
        file.Read(session => session.Find("SELECT PatientId FROM subjects WHERE Subject = $1", row => (long?)row.GetInt64(0), subject.Key.ToArray())) is { } patientRow
            ? patients.FindByRow(patientRow)?.Find(subject)
            : patients.All.Select(patient => patient.Find(subject)).FirstOrDefault(link => link is not null);

    private byte[] Records(SubjectId subject, long after, int count)
    {
        var records = file.Read(session => session.Query(
                """
                SELECT v.RowNumber AS Number, v.Sealed, v.Version = r.CurrentVersion AND NOT r.Deleted, 0 FROM versions v JOIN resources r ON r.Id = v.ResourceId
                WHERE v.Subject = $1 AND v.RowNumber >= $2
                UNION ALL SELECT RowNumber, Sealed, 0, 1 FROM superseded WHERE Subject = $1 AND RowNumber >= $2
                ORDER BY Number LIMIT $3
                """,
                row => (Sealed: row.GetBytes(1), Current: row.GetBoolean(2), Superseded: row.GetBoolean(3)),
                subject.Key.ToArray(),
                after,
                count))
            .Select(row => row.Superseded ? SupersededOf(row.Sealed) : RecordOf(row.Sealed, row.Current))
            .OfType<SealedRecordRow>();
        return new SubjectRecords(CountersOf(subject).Write, [.. records]).Encode();
    }

    private byte[] Reads(SubjectId subject, long after, int count)
    {
        var found = reads.Find(subject, after, count);
        return new SubjectReads(CountersOf(subject).Read, [.. found.Select(read => new ReadRowInBatch(read.Row, read.Batch, read.Path))]).Encode();
    }

    private byte[] Releases(SubjectId subject)
    {
        var releases = file.Read(session => session.Query(
                "SELECT Sealed, Time FROM releases WHERE Subject = $1 ORDER BY Id DESC LIMIT 10000", row => (row.GetBytes(0), (ulong)row.GetInt64(1)), subject.Key.ToArray()))
            .Select(row => keys.OpenColumn("release", row.Item1) is { } plain && ReadRelease(plain) is var (index, opening) ? new ReleaseMade(index, row.Item2, opening.Records, opening) : null)
            .OfType<ReleaseMade>();
        return new SubjectReleases([.. releases.Reverse()]).Encode();
    }

    private (ulong Write, ulong Read) CountersOf(SubjectId subject) => file.Read(session => SubjectCounters.Of(session, subject.Key.ToArray()));

    private SealedRecordRow? RecordOf(byte[] sealedMeta, bool current) =>
        keys.OpenColumn("version", sealedMeta) is { } plain
        && VersionMeta.TryParse(plain)?.Anchoring is { } anchoring
        && RecordHeader.TryParse(anchoring.Header) is { } header
        && WriteRow.TryParse(anchoring.Row) is { } row
        && Anchor.TryParse(anchoring.Path) is { } anchor
        && (anchoring.FirstHalf.IsEmpty || HalvesOf(anchoring) is not null)
            ? new SealedRecordRow(header, row, anchor.EntryIndex, anchor.Path, current && !anchoring.FirstHalf.IsEmpty, HalvesOf(anchoring))
            : null;

    // Of what was erased there are none.
    private static SealedHalves? HalvesOf(Anchoring anchoring) =>
        SealedHalf.TryParse(anchoring.FirstHalf) is { } first && SealedHalf.TryParse(anchoring.SecondHalf) is { } second ? new SealedHalves(first, second) : null;

    private SealedRecordRow? SupersededOf(byte[] sealedRow) =>
        keys.OpenColumn("superseded", sealedRow) is { } plain
        && SupersededSealing.TryParse(plain) is { } superseded
        && RecordHeader.TryParse(superseded.Header) is { } header
        && WriteRow.TryParse(superseded.Row) is { } row
        && Anchor.TryParse(superseded.Path) is { } anchor
            ? new SealedRecordRow(header, row, anchor.EntryIndex, anchor.Path, false, null)
            : null;

    private static (ulong EntryIndex, ReadOpening Opening)? ReadRelease(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var release = (reader.ReadUInt(), reader.Require(ReadOpening.TryParse(reader.ReadBytes(0, 1 << 20))));
        reader.ReadEndArray();
        return release;
    }, out var result) ? result : null;
}
