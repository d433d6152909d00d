using System.Net;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Storage.Vault;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>An attacker with everything that a clinic has: its disk, its keys, its access keys. It speaks to the other nodes as it likes.</summary>
internal sealed class StolenClinic : IDisposable
{
    private readonly ThreeOrganisations _story;
    private readonly StorageKeys _keys;
    private readonly SqliteFile _records;
    private readonly SqliteFile _vaultFile;

    public StolenClinic(ThreeOrganisations story)
    {
        _story = story;
        _keys = new StorageKeys(story.Clinic.Keys.Root);
        _records = new SqliteFile(Path.Combine(story.Clinic.Data, "records.db"));
        _vaultFile = new SqliteFile(Path.Combine(story.Clinic.Data, "vault", "vault.db"));
        Vault = new VaultStore(_vaultFile, _keys);
        Grants = [.. Vault.ReadSecrets(SecretKind.HeldGrant).Select(bytes => HeldGrant.TryParse(bytes)!)];
        Custodians = CustodianSet.Of(story.Consortium.Genesis);
    }

    public VaultStore Vault { get; }

    public IReadOnlyList<HeldGrant> Grants { get; }

    public CustodianSet Custodians { get; }

    private Digest Genesis => _story.Consortium.Genesis.Digest;

    /// <summary>Every index row on the disk that an access key opens.</summary>
    public IReadOnlyList<IndexRow> Rows(HeldGrant grant) =>
    [
        .. _records.Read(session => session.Query("SELECT HeaderDigest, Sealed FROM index_rows", row => (Digest.FromBytes(row.GetBytes(0)), row.GetBytes(1))))
            .SelectMany(row => grant.Access.Epochs.Select(epoch => IndexRow.Open(epoch.IndexKey, row.Item1, row.Item2)))
            .OfType<IndexRow>(),
    ];

    public byte[] Ciphertext(IndexRow row) => _records.Read(session => session.Find(
        "SELECT Ciphertext FROM replicas WHERE CiphertextDigest = $1", found => found.GetBytes(0), row.Row.Ciphertext.ToArray()))!;

    /// <summary>The share that the clinic itself keeps of a record.</summary>
    public CustodianShare OwnShare(IndexRow row)
    {
        var encapsulations = new EncapsulationStore(_records);
        var opener = new ShareOpener(_story.Clinic.Keys.Sealing, _story.Clinic.Organisation, Custodians, encapsulations);
        return opener.Open(row.Header, SealedHalf.TryParse(Vault.FindShare(row.Header.Digest)!)!)!;
    }

    public byte[] Encapsulation(Digest digest) => new EncapsulationStore(_records).Find(digest)!;

    /// <summary>Writes a Read entry; its index once it is final everywhere.</summary>
    public async Task<(ulong Index, Entry Entry, ReadOpening Opening)> AnnounceReadAsync(HeldGrant grant, params IEnumerable<RecordVersion> records)
    {
        var (entry, opening) = AccessEntries.Read(
            ReaderGrant.Of(grant.Access, grant.Keys), new Asker(_story.Clinic.Organisation, "", ""), PurposeOfUse.Treatment, records, Digest.Of([1]), DateTimeOffset.UtcNow + Entry.UsualValidity, Genesis)[0];
        return (await LogAsync(entry), entry, opening);
    }

    /// <summary>Writes a Search entry; its index once it is final everywhere.</summary>
    public async Task<(ulong Index, SearchOpening Opening)> AnnounceSearchAsync(HeldGrant grant)
    {
        var (entry, opening) = AccessEntries.Search(
            ReaderGrant.Of(grant.Access, grant.Keys), new Asker(_story.Clinic.Organisation, "", ""), PurposeOfUse.Treatment, Digest.Of([1]), DateTimeOffset.UtcNow + Entry.UsualValidity, Genesis);
        return (await LogAsync(entry), opening);
    }

    /// <summary>Submits an entry that the ledger should take or refuse.</summary>
    public async Task<(HttpStatusCode Status, SubmitAnswer? Answer, string Text)> SubmitAsync(Entry entry) => await _story.Insurer.SubmitAsync(entry.SignedBytes);

    public static RequestedRecord Requested(IndexRow row, ulong entryIndex) => new(row.Header.Bytes, row.Row.Encode(), row.AnchorAt(entryIndex));

    /// <summary>Where the batch of a row stands in the log.</summary>
    public async Task<ulong> PlaceAsync(IndexRow row)
    {
        var size = (await _story.Insurer.FindHealthAsync())!.FinalSize;
        var log = await _story.Insurer.ReadLogAsync(size);
        return (ulong)log.ToList().FindIndex(bytes => Entry.TryParse(bytes) is { } entry
            && entry.Topic == row.Header.Author.Topic
            && entry.Type == EntryType.RecordsAnchored
            && Ledger(entry) == row.Batch);

        static ulong Ledger(Entry entry) => EhrLedger.Ledger.Outbox.BatchBody.TryParse(entry.Body)!.Number;
    }

    /// <summary>Asks a node; what it answers.</summary>
    public static async Task<(int Status, string Text, byte[] Body)> AskAsync(TestNode node, string path, ReadOnlyMemory<byte> body)
    {
        using var content = new ReadOnlyMemoryContent(body);
        using var response = await node.Client.PostAsync(path, content);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return ((int)response.StatusCode, System.Text.Encoding.UTF8.GetString(bytes), bytes);
    }

    public void Dispose()
    {
        _records.Dispose();
        _vaultFile.Dispose();
        _keys.Dispose();
    }

    private async Task<ulong> LogAsync(Entry entry)
    {
        var (status, answer, text) = await SubmitAsync(entry);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK), text);
        foreach (var node in (TestNode[])[_story.Insurer, _story.Hospital])
        {
            await node.BecomesFinalAsync(answer!.Index + 1);
        }

        return answer!.Index;
    }
}
