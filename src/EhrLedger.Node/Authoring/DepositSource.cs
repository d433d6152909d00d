using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>Reads back, batch by batch, what is to be deposited at another node.</summary>
internal sealed class DepositSource(SqliteFile file, StorageKeys keys, EncapsulationStore encapsulations)
{
    /// <summary>The smallest outbox number from <paramref name="first"/> on that has versions; null if there is none.</summary>
    public ulong? FindNext(ulong first) => file.Read(session => session.Find(
        "SELECT MIN(Batch) FROM versions WHERE Batch >= $1", row => row.IsNull(0) ? null : (ulong?)row.GetInt64(0), (long)first));

    /// <summary>The records of one batch, in portions that a deposit has room for.</summary>
    /// <param name="batch">Outbox number.</param>
    /// <param name="place">The receiver's place among the custodians; -1 if it is none.</param>
    public IEnumerable<IReadOnlyList<DepositedRecord>> Read(ulong batch, int place)
    {
        var portion = new List<DepositedRecord>();
        var bytes = 0;
        foreach (var (resource, version) in file.Read(session => session.Query(
            "SELECT ResourceId, Version FROM versions WHERE Batch = $1 AND Erased = 0 ORDER BY ResourceId, Version", row => (row.GetInt64(0), row.GetInt64(1)), (long)batch)))
        {
            if (ReadOne(resource, version, place) is not { } record)
            {
                continue;
            }

            if (portion.Count == Deposit.MostRecords || (portion.Count > 0 && bytes + record.Ciphertext.Length > Deposit.UsualBytes))
            {
                yield return portion;
                portion = [];
                bytes = 0;
            }

            portion.Add(record);
            bytes += record.Ciphertext.Length;
        }

        if (portion.Count > 0)
        {
            yield return portion;
        }
    }

    /// <summary>Those that the records refer to and that were not sent before.</summary>
    public IReadOnlyList<(Digest Digest, ReadOnlyMemory<byte> Bytes)> Encapsulations(IReadOnlyList<DepositedRecord> records, IEnumerable<Digest> halves, ISet<Digest> sent)
    {
        var found = new List<(Digest, ReadOnlyMemory<byte>)>();
        foreach (var digest in records.Select(record => record.Share?.Encapsulation).OfType<Digest>().Concat(halves).Distinct())
        {
            if (!sent.Contains(digest) && encapsulations.Find(digest) is { } bytes)
            {
                found.Add((digest, bytes));
            }
        }

        return found;
    }

    /// <summary>The encapsulations of K1 and K2 of these records: a reader or the patient may ask any keeper for them.</summary>
    public IReadOnlyList<Digest> Halves(IReadOnlyList<DepositedRecord> records)
    {
        var halves = new HashSet<Digest>();
        foreach (var record in records)
        {
            var sealedMeta = file.Read(session => session.Find("SELECT Sealed FROM versions WHERE HeaderDigest = $1", row => row.GetBytes(0), record.Header.Digest.ToArray()));
            if (sealedMeta is not null && Parse(sealedMeta) is { } anchoring)
            {
                halves.UnionWith(new[] { SealedHalf.TryParse(anchoring.FirstHalf), SealedHalf.TryParse(anchoring.SecondHalf) }.OfType<SealedHalf>().Select(half => half.Encapsulation));
            }
        }

        return [.. halves];
    }

    private DepositedRecord? ReadOne(long resource, long version, int place)
    {
        var stored = file.Read(session => session.Find(
            "SELECT Sealed, Ciphertext FROM versions WHERE ResourceId = $1 AND Version = $2 AND Erased = 0",
            row => ((byte[], byte[])?)(row.GetBytes(0), row.GetBytes(1)),
            resource,
            version));
        if (stored is not var (sealedMeta, ciphertext) || Parse(sealedMeta) is not { } anchoring || RecordHeader.TryParse(anchoring.Header) is not { } header)
        {
            return null;
        }

        var row = file.Read(session => session.Find(
            "SELECT Current, Sealed FROM index_rows WHERE HeaderDigest = $1", row => ((bool, byte[])?)(row.GetBoolean(0), row.GetBytes(1)), header.Digest.ToArray()));
        return new DepositedRecord(
            header,
            ciphertext,
            place >= 0 && place < anchoring.Shares.Count ? SealedHalf.TryParse(anchoring.Shares[place]) : null,
            row is var (current, sealedRow) ? new DepositedRow(current, TokensOf(anchoring.Tokens), sealedRow) : null);
    }

    private Anchoring? Parse(byte[] sealedMeta) => keys.OpenColumn("version", sealedMeta) is { } plain ? VersionMeta.TryParse(plain)?.Anchoring : null;

    private static List<Token> TokensOf(ReadOnlyMemory<byte> tokens) =>
        [.. Enumerable.Range(0, tokens.Length / Token.Length).Select(i => Token.FromBytes(tokens.Span.Slice(i * Token.Length, Token.Length)))];
}
