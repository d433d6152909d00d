using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Vault;

namespace EhrLedger.Node.Custody;

/// <summary>This node as a custodian and index holder: answers readers whose requests stand every check against its own copy of the log, and remembers what it released.</summary>
internal sealed class Custodian(
    OrganisationId self, LogReplica replica, Finality finality, HeldRevocations revocations, VaultStore vault, ShareOpener opener, GranteeIndex index, SqliteFile records, StorageKeys keys, TimeProvider time)
{
    private readonly ReleaseCheck _releases = new(self, replica.Genesis.Digest);
    private readonly SearchCheck _searches = new(self, replica.Genesis.Digest);

    /// <summary>The HPKE message with this custodian's shares. Denied whatever the reason: the reader is not told.</summary>
    public KeeperAnswer<ReadOnlyMemory<byte>> Release(ReleaseRequest request)
    {
        var now = time.GetUtcNow();
        var decision = _releases.Decide(request, new ReplicaView(replica, finality), revocations, now);
        if (decision is not ReleaseDecision.Released(var entry, var headers))
        {
            return Refuse(((ReleaseDecision.Denied)decision).Denial);
        }

        var wanted = headers.ToHashSet();
        var shares = new List<CustodianShare>();
        try
        {
            foreach (var record in request.Records)
            {
                if (RecordHeader.TryParse(record.Header) is { } header
                    && wanted.Remove(header.Digest)
                    && vault.FindShare(header.Digest) is { } stored
                    && SealedHalf.TryParse(stored) is { } half
                    && opener.Open(header, half) is { } share)
                {
                    shares.Add(share);
                }
            }

            if (Consent.Custody.Release.Seal(shares, request.AnswerKey.Span, entry) is not { } message)
            {
                return Refuse(AccessDenial.OtherAnswerKey);
            }

            // Durable before the answer goes out: what was released is the patient's to know.
            Remember(request, now);
            return new KeeperAnswer<ReadOnlyMemory<byte>>.Given(message);
        }
        finally
        {
            foreach (var share in shares)
            {
                share.Dispose();
            }
        }
    }

    /// <summary>Index rows: <c>[* [ id, record-id, version, header-digest, sealed ]]</c>. Denied whatever the reason.</summary>
    public KeeperAnswer<ReadOnlyMemory<byte>> Search(SearchRequest request)
    {
        var decision = _searches.Decide(request, new ReplicaView(replica, finality), revocations, time.GetUtcNow());
        if (decision is not SearchDecision.Permitted(var terms))
        {
            return Refuse(((SearchDecision.Denied)decision).Denial);
        }

        // A grant of single records shows no trace of the others, not even their ids.
        var rows = index.Find(terms.Subject, request.Groups, (long)Math.Min(request.After, long.MaxValue), (int)request.Count, terms.Names);
        var writer = new DeterministicCborWriter(1024 * (rows.Count + 1)).WriteArray(rows.Count);
        foreach (var (id, record, header, sealedRow) in rows)
        {
            writer.WriteArray(5).WriteUInt((ulong)id).WriteBytes(record.Record.ToArray()).WriteUInt(record.Version).WriteDigest(header).WriteBytes(sealedRow);
        }

        return new KeeperAnswer<ReadOnlyMemory<byte>>.Given(writer.ToArray());
    }

    // A node that is cut off from the ledger answers nobody, whatever is asked and whatever is granted: to say so tells nothing.
    private static KeeperAnswer<ReadOnlyMemory<byte>> Refuse(AccessDenial denial) =>
        denial == AccessDenial.ReplicaStale ? new KeeperAnswer<ReadOnlyMemory<byte>>.Silent() : new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();

    private void Remember(ReleaseRequest request, DateTimeOffset now)
    {
        var released = new DeterministicCborWriter(256 + request.Opening.Length).WriteArray(2).WriteUInt(request.EntryIndex).WriteBytes(request.Opening.Span).ToArray();
        records.Write(session => session.Execute(
            "INSERT OR IGNORE INTO releases (EntryIndex, Subject, Time, Sealed) VALUES ($1, $2, $3, $4)",
            (long)request.EntryIndex,
            request.Terms.Subject.Key.ToArray(),
            now.ToUnixTimeMilliseconds(),
            keys.SealColumn("release", released)));
    }
}
