using EhrLedger.Consent.Index;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Authoring;

/// <summary>Writes versions and rows into the tables, inside the transactions of <see cref="AuthorLog"/>.</summary>
internal sealed class VersionWriter(StorageKeys keys, SealingKeys sealing, GranteeIndex granteeIndex, int ownPlace)
{
    /// <summary>What erasure destroys: the author's wraps, and the share that this node holds itself.</summary>
    public void WriteVault(SqliteSession session, IEnumerable<AuthoredVersion> versions)
    {
        foreach (var version in versions)
        {
            var record = version.Sealed!;
            VaultStore.AddWrap(session, record.Header.Digest, record.AuthorWrap);
            if (ownPlace >= 0)
            {
                VaultStore.AddShare(session, record.Header.Digest, record.Shares[ownPlace].Encode());
            }
        }
    }

    public void Write(SqliteSession session, IEnumerable<AuthoredVersion> versions, AnchoredWrites anchored, ulong? batch)
    {
        var place = 0;
        var tokens = new List<(long Patient, byte[] Value, long Resource)>();
        var newest = session.Find("SELECT Newest FROM versions ORDER BY Id DESC LIMIT 1", row => row.IsNull(0) ? 0 : row.GetInt64(0));
        foreach (var version in versions)
        {
            newest = Math.Max(newest, (long)version.LastUpdated);
            var resourceId = version.Resealed ?? WriteResource(session, version, tokens);
            if (version.Sealed is { } record)
            {
                if (version.Resealed is not null)
                {
                    KeepPlace(session, resourceId, version, anchored.Rows[place].Subject);
                }

                WriteAnchored(session, resourceId, version, record, anchored.Rows[place], anchored.Batch!.PathOf(place), batch!.Value, newest);
                place++;
            }
            else
            {
                var meta = new VersionMeta(version.Type, version.Id, version.LastUpdated, version.Deleted, null) { By = version.By };
                session.Execute(
                    "INSERT INTO versions (ResourceId, Version, Ended, Erased, Sealed, CiphertextDigest, Ciphertext, Newest) VALUES ($1, $2, 0, 0, $3, $4, $5, $6)",
                    resourceId,
                    (long)version.Record.Version,
                    keys.SealColumn("version", meta.Encode()),
                    Digest.Of(version.DirectoryContent.Span).ToArray(),
                    version.DirectoryContent.ToArray(),
                    newest);
            }
        }

        WriteTokens(session, tokens);
    }

    /// <param name="session">In the transaction.</param>
    /// <param name="version">A new one.</param>
    /// <param name="tokens">Gets the tokens that are to be written.</param>
    private static long WriteResource(SqliteSession session, AuthoredVersion version, List<(long Patient, byte[] Value, long Resource)> tokens)
    {
        var before = version.Record.Version == 1 ? null : session.Find("SELECT Tokens FROM resources WHERE Key = $1", row => row.GetBytes(0), version.ResourceKey);
        var resourceId = session.Find(
            """
            INSERT INTO resources (Key, RecordId, PatientId, CurrentVersion, Deleted, Tokens) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (Key) DO UPDATE SET PatientId = $3, CurrentVersion = $4, Deleted = $5, Tokens = $6 RETURNING Id
            """,
            row => row.GetInt64(0),
            version.ResourceKey,
            version.Record.Record.ToArray(),
            version.PatientRow,
            (long)version.Record.Version,
            version.Deleted,
            version.Tokens.SelectMany(token => token).ToArray());

        // An owner never changes, so these are where the new ones are going to be.
        foreach (var token in (before ?? []).Chunk(AuthorTokens.Length))
        {
            session.Execute("DELETE FROM tokens WHERE PatientId = $1 AND Value = $2 AND ResourceId = $3", version.PatientRow, token, resourceId);
        }

        tokens.AddRange(version.Tokens.Select(token => (version.PatientRow, token, resourceId)));
        return resourceId;
    }

    // In the order of the table: what is written next to one another costs half of what is written here and there.
    private static void WriteTokens(SqliteSession session, List<(long Patient, byte[] Value, long Resource)> tokens)
    {
        tokens.Sort((one, other) => one.Patient != other.Patient ? one.Patient.CompareTo(other.Patient)
            : one.Value.AsSpan().SequenceCompareTo(other.Value) is not 0 and var order ? order
            : one.Resource.CompareTo(other.Resource));
        foreach (var (patient, value, resource) in tokens)
        {
            session.Execute("INSERT OR IGNORE INTO tokens (PatientId, Value, ResourceId) VALUES ($1, $2, $3)", patient, value, resource);
        }
    }

    // Rows are numbered per subject. Where the subject stays the same, the old row keeps its place; where a wallet has taken over, the wallet was told the old rows, and nobody asks for them again.
    private void KeepPlace(SqliteSession session, long resourceId, AuthoredVersion version, SubjectId subject)
    {
        var old = session.Find(
            "SELECT RowNumber, Sealed FROM versions WHERE ResourceId = $1 AND Version = $2 AND Subject = $3",
            row => ((long, byte[])?)(row.GetInt64(0), row.GetBytes(1)),
            resourceId,
            (long)version.Record.Version,
            subject.Key.ToArray());
        if (old is var (number, sealedMeta) && keys.OpenColumn("version", sealedMeta) is { } plain && VersionMeta.TryParse(plain)?.Anchoring is { } anchoring)
        {
            session.Execute(
                "INSERT INTO superseded (Subject, RowNumber, Sealed) VALUES ($1, $2, $3)",
                subject.Key.ToArray(),
                number,
                keys.SealColumn("superseded", new SupersededSealing(anchoring.Header, anchoring.Row, anchoring.Path).Encode()));
        }
    }

    private void WriteAnchored(
        SqliteSession session, long resourceId, AuthoredVersion version, SealedRecord record, WriteRow row, MerkleLog.Tree.InclusionProof path, ulong batch, long newest)
    {
        // What is sealed anew stays where it was in the history, and whose word it was.
        var kept = version.Resealed is null ? null : session.Find(
            "SELECT Id, Newest, Sealed, Erased FROM versions WHERE ResourceId = $1 AND Version = $2",
            old => ((long Id, long? Newest, byte[] Sealed, bool Erased)?)(old.GetInt64(0), old.IsNull(1) ? null : old.GetInt64(1), old.GetBytes(2), old.GetBoolean(3)),
            resourceId,
            (long)version.Record.Version);
        var anchoring = new Anchoring(
            record.Header.Bytes, row.Encode(), new Anchor(batch, path).Encode(), record.FirstHalf.Encode(), record.SelfHalf.Encode(), [.. record.Shares.Select(share => (ReadOnlyMemory<byte>)share.Encode())],
            version.GranteeTokens.SelectMany(token => token.ToArray()).ToArray());
        var by = kept is var (_, _, before, _) && keys.OpenColumn("version", before) is { } plain ? VersionMeta.TryParse(plain)?.By : version.By;
        var meta = new VersionMeta(version.Type, version.Id, version.LastUpdated, version.Deleted, anchoring) { By = by };

        // Erased while it was being sealed anew: the row has its number and keeps it, and what was sealed goes the way of the old sealing.
        var erased = kept?.Erased == true;
        if (erased)
        {
            meta = meta.ToErased();
            session.Execute("INSERT OR IGNORE INTO retired_keys (HeaderDigest) VALUES ($1)", record.Header.Digest.ToArray());
        }

        session.Execute(
            """
            INSERT OR REPLACE INTO versions (ResourceId, Version, HeaderDigest, Subject, RowNumber, Batch, Epoch, Ended, Erased, Sealed, CiphertextDigest, Ciphertext, Id, Newest)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12, $13)
            """,
            resourceId,
            (long)version.Record.Version,
            record.Header.Digest.ToArray(),
            row.Subject.Key.ToArray(),
            (long)row.Number,
            (long)batch,
            version.Link!.Provisional || erased ? (long?)null : record.Header.Epoch,
            erased,
            keys.SealColumn("version", meta.Encode()),
            row.Ciphertext.ToArray(),
            erased ? Array.Empty<byte>() : record.Ciphertext.ToArray(),
            kept?.Id,
            kept is { } old ? old.Newest : newest);
        if (!erased && sealing.FindIndexKey(row.Subject, record.Header.Epoch) is { } indexKey)
        {
            var indexRow = new IndexRow(record.Header, row, batch, path, record.FirstHalf);
            granteeIndex.File(session, record.Header.Author, row.Subject, record.Header.Record, !version.Deleted, record.Header.Digest, version.GranteeTokens, indexRow.Seal(indexKey));
        }
    }
}
