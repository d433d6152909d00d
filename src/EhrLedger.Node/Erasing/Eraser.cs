using EhrLedger.Consent.Erasing;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Export;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Erasing;

/// <summary>Destroys what this node has of sealings, as their author, holder and custodian. It may be stopped anywhere and done again: it ends the same way.</summary>
internal sealed class Eraser(SqliteFile records, VaultStore vault, StorageKeys keys, ErasedHeaders erased, OpenedContents contents, ValueHolders values, Exports exports)
{
    /// <summary>Why this author keeps one of the sealings; null where it keeps none.</summary>
    public HoldGround? HoldOn(ErasureOrder order)
    {
        foreach (var sealing in order.Sealings)
        {
            // What was begun before a stop is ended, whatever has been recorded since.
            if (FindOwn(sealing.Header.Digest) is not { Erased: false } own)
            {
                continue;
            }

            if (records.Read(session => session.Find("SELECT Ground FROM legal_holds WHERE Key = $1", row => (long?)row.GetInt64(0), own.Key)) is { } ground)
            {
                return (HoldGround)ground;
            }

            // Without it nobody would know whose the patient's other records are.
            if (own.Meta?.Type == "Patient")
            {
                return HoldGround.Identity;
            }
        }

        return null;
    }

    /// <summary>Whether an order names anything that was not destroyed here before. To destroy the same again would end what others have under way, for nothing.</summary>
    public bool IsNew(ErasureOrder order) => order.Erasure.Headers.Any(header => !erased.Contains(header));

    /// <summary>Destroys ciphertexts, index rows, tokens, halves, wraps and shares, and what was made of the content.</summary>
    /// <exception cref="StoreFailedException">Some may still be there.</exception>
    public void Destroy(ErasureOrder order)
    {
        var own = order.Sealings.Select(sealing => FindOwn(sealing.Header.Digest)).OfType<OwnVersion>().ToList();
        erased.Destroy(() =>
        {
            records.Write(session =>
            {
                foreach (var sealing in order.Sealings)
                {
                    Forget(session, sealing);
                }

                foreach (var version in own)
                {
                    Empty(session, version);
                }

                // Which of the searches that are open have found it, only their callers know; they search again.
                if (own.Count > 0)
                {
                    session.Execute("DELETE FROM searches");
                }
            });
            DestroyKeys(order.Erasure.Headers);
        });

        foreach (var version in own)
        {
            contents.Forget(version.ResourceRow, version.Version, version.Header);
            values.Changed(version.PatientRow);
        }

        if (own.Count > 0)
        {
            exports.RemoveAll();
        }
    }

    /// <summary>Destroys what others would read by: the author keeps the record for itself alone, for as long as it has to.</summary>
    /// <exception cref="StoreFailedException">Some may still be there.</exception>
    public void CloseToOthers(ErasureOrder order)
    {
        records.Write(session =>
        {
            foreach (var sealing in order.Sealings)
            {
                RemoveIndexRow(session, sealing.Header.Digest.ToArray());
            }
        });
        vault.Write(session =>
        {
            foreach (var header in order.Erasure.Headers)
            {
                VaultStore.RemoveShare(session, header);
            }
        });
    }

    /// <summary>Destroys keys again that a backup of the vault may have brought back.</summary>
    /// <returns>Whether something is to be scrubbed: also where nothing was found, for a stop may have come before.</returns>
    public bool DestroyKeysAgain()
    {
        var all = erased.All();
        DestroyKeys([.. all.Where(header => vault.FindWrap(header) is not null || vault.FindShare(header) is not null)]);
        return all.Count > 0;
    }

    /// <summary>Makes sure that nothing of it is left in the files.</summary>
    /// <returns>False: try again.</returns>
    public bool TryScrub() => records.TryScrub() & vault.TryScrub();

    private void DestroyKeys(IReadOnlyList<Digest> headers)
    {
        if (headers.Count == 0)
        {
            return;
        }

        vault.Write(session =>
        {
            foreach (var header in headers)
            {
                VaultStore.RemoveWrap(session, header);
                VaultStore.RemoveShare(session, header);
            }
        });
    }

    private static void Forget(SqliteSession session, NamedSealing sealing)
    {
        var header = sealing.Header.Digest.ToArray();
        session.Execute("INSERT OR IGNORE INTO erased_headers (HeaderDigest) VALUES ($1)", header);
        session.Execute("DELETE FROM replicas WHERE CiphertextDigest = $1 AND Author = $2", sealing.Row.Ciphertext.ToArray(), sealing.Header.Author.Key.ToArray());
        RemoveIndexRow(session, header);
    }

    private static void RemoveIndexRow(SqliteSession session, byte[] header)
    {
        if (session.Find("SELECT Id FROM index_rows WHERE HeaderDigest = $1", row => (long?)row.GetInt64(0), header) is { } indexRow)
        {
            session.Execute("DELETE FROM index_tokens WHERE IndexRowId = $1", indexRow);
            session.Execute("DELETE FROM index_rows WHERE Id = $1", indexRow);
        }
    }

    // The version keeps its place in the history, and its row among the subject's.
    private void Empty(SqliteSession session, OwnVersion version)
    {
        if (version.Meta is not { } meta)
        {
            // Damaged before: it opens nothing, and the ciphertext goes all the same.
            session.Execute("UPDATE versions SET Erased = 1, Ended = 0, Epoch = NULL, Ciphertext = x'' WHERE HeaderDigest = $1", version.Header.ToArray());
        }
        else
        {
            session.Execute(
                "UPDATE versions SET Erased = 1, Ended = 0, Epoch = NULL, Ciphertext = x'', Sealed = $1 WHERE HeaderDigest = $2", keys.SealColumn("version", meta.ToErased().Encode()), version.Header.ToArray());
        }

        var tokens = session.Find(
            "SELECT Tokens FROM resources WHERE Id = $1 AND CurrentVersion = $2", row => row.GetBytes(0), version.ResourceRow, (long)version.Version);
        if (tokens is null)
        {
            return;
        }

        foreach (var token in tokens.Chunk(AuthorTokens.Length))
        {
            session.Execute("DELETE FROM tokens WHERE PatientId = $1 AND Value = $2 AND ResourceId = $3", version.PatientRow, token, version.ResourceRow);
        }

        session.Execute("UPDATE resources SET Deleted = 1, Tokens = x'' WHERE Id = $1", version.ResourceRow);
    }

    private OwnVersion? FindOwn(Digest header) => records.Read(session => session.Find(
        "SELECT v.ResourceId, v.Version, r.PatientId, r.Key, v.Sealed, v.Erased FROM versions v JOIN resources r ON r.Id = v.ResourceId WHERE v.HeaderDigest = $1",
        row => new OwnVersion(
            header, row.GetInt64(0), (uint)row.GetInt64(1), row.GetInt64(2), row.GetBytes(3), keys.OpenColumn("version", row.GetBytes(4)) is { } plain ? VersionMeta.TryParse(plain) : null, row.GetBoolean(5)),
        header.ToArray()));

    /// <summary>A version that this node has written.</summary>
    private sealed record OwnVersion(Digest Header, long ResourceRow, uint Version, long PatientRow, byte[] Key, VersionMeta? Meta, bool Erased);
}
