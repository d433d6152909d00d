using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Erasing;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Custody;

/// <summary>Takes what authors put into this node's keeping: ciphertexts, shares, index rows. Everything is checked before anything is kept; keeping it twice changes nothing.</summary>
internal sealed class DepositReceiver(SqliteFile records, VaultStore vault, GranteeIndex index, ShareOpener opener, CustodianSet custodians, LogReplica replica, ErasedHeaders erased, OrganisationId self)
{
    /// <summary>Keeps a deposit.</summary>
    /// <returns>False if a record or its subject is another author's, or a share is not what its header says. Nothing is kept then.</returns>
    public bool Keep(Deposit deposit)
    {
        var offered = deposit.Encapsulations.ToDictionary(pair => pair.Digest, pair => pair.Bytes);
        if (deposit.Author == self
            || deposit.Encapsulations.Any(pair => Digest.Of(pair.Bytes.Span) != pair.Digest)
            || !deposit.Records.All(record => record.Header.Author == deposit.Author && IsOf(record.Header.Subject, deposit.Author) && IsOurs(record, offered)))
        {
            return false;
        }

        // An erasure in between would find nothing in the vault, and the share would come after it.
        erased.Keep(() => Keep(deposit.Encapsulations, [.. deposit.Records.Where(record => !erased.Contains(record.Header.Digest))], deposit.Author));
        return true;
    }

    private void Keep(IReadOnlyList<(Digest Digest, ReadOnlyMemory<byte> Bytes)> encapsulations, IReadOnlyList<DepositedRecord> deposited, OrganisationId author)
    {
        records.Write(session =>
        {
            foreach (var (digest, bytes) in encapsulations)
            {
                EncapsulationStore.Keep(session, digest, bytes);
            }

            foreach (var record in deposited)
            {
                session.Execute(
                    "INSERT OR IGNORE INTO replicas (CiphertextDigest, Author, Ciphertext) VALUES ($1, $2, $3)",
                    Digest.Of(record.Ciphertext.Span).ToArray(),
                    author.Key.ToArray(),
                    record.Ciphertext.ToArray());
                if (record.Row is { } row)
                {
                    index.File(session, author, record.Header.Subject, record.Header.Record, row.Current, record.Header.Digest, row.Tokens, row.Sealed);
                }
            }
        });
        vault.Write(session =>
        {
            foreach (var record in deposited.Where(record => record.Share is not null))
            {
                VaultStore.AddShare(session, record.Header.Digest, record.Share!.Encode());
            }
        });
    }

    // Before a subject's first grant nobody but its author knows of it, and the ledger does not say whose it is.
    private bool IsOf(SubjectId subject, OrganisationId author) => replica.FindTopic(subject.Topic)?.State is not SubjectState state || state.Organisation == author;

    private bool IsOurs(DepositedRecord record, Dictionary<Digest, ReadOnlyMemory<byte>> offered)
    {
        // A custodian takes no record without its share of it: one that it could never release is not worth keeping, and may be nobody's.
        if (record.Share is null)
        {
            return custodians.PlaceOf(self) < 0;
        }

        using var share = opener.Open(record.Header, record.Share, offered.TryGetValue(record.Share.Encapsulation, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null);
        return share is not null;
    }
}
