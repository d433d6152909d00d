using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Emergencies;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Relaying;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Reading;

/// <summary>The nodes that keep shares, index rows and ciphertexts, this one included, as a reader asks them.</summary>
internal sealed class Keepers(OrganisationId self, LogReplica replica, Custodian own, EmergencyCustodian emergencies, RelayedPeers peers, SqliteFile file, EncapsulationStore encapsulations)
{
    private static readonly PeerLimits SearchLimits = new(32 << 20, TimeSpan.FromSeconds(10), Retries: 0);
    private static readonly PeerLimits ReleaseLimits = new(4 << 20, TimeSpan.FromSeconds(10), Retries: 0);
    private static readonly PeerLimits CiphertextLimits = new(32 << 20, TimeSpan.FromSeconds(20), Retries: 1);

    /// <summary>Every member but this one and the author; the author last.</summary>
    public IReadOnlyList<OrganisationId> Others(OrganisationId author) =>
        [.. replica.Members.Active.Select(member => member.Organisation).Where(organisation => organisation != self).OrderBy(organisation => organisation == author).ThenBy(organisation => organisation.Key)];

    public OrganisationId Self => self;

    /// <summary>Asks an index holder. Nonsense counts as silence.</summary>
    public async Task<KeeperAnswer<IReadOnlyList<FoundRow>>> SearchAsync(OrganisationId holder, SearchRequest request, CancellationToken cancellationToken) => Read<IReadOnlyList<FoundRow>>(
        holder == self ? own.Search(request) : await AskAsync(holder, "/index/searches", request.SignedBytes, SearchLimits, cancellationToken),
        bytes => CborReading.TryRead(bytes, reader => reader.ReadArray(0, (int)SearchRequest.MostRows, FoundRow.Read)));

    /// <summary>Asks a custodian. Nonsense counts as silence.</summary>
    public async Task<KeeperAnswer<Release>> ReleaseAsync(OrganisationId custodian, ReleaseRequest request, XWingPrivateKey answerKey, Digest readEntry, CancellationToken cancellationToken) => Read(
        custodian == self ? own.Release(request) : await AskAsync(custodian, "/custody/releases", request.SignedBytes, ReleaseLimits, cancellationToken),
        message => Release.Open(answerKey, readEntry, message.Span));

    /// <summary>Asks a custodian for its share of an emergency key. Nonsense counts as silence.</summary>
    public async Task<KeeperAnswer<EmergencyRelease>> ReleaseAsync(OrganisationId custodian, EmergencyReleaseRequest request, XWingPrivateKey answerKey, Digest entry, CancellationToken cancellationToken) => Read(
        custodian == self ? emergencies.Release(request) : await AskAsync(custodian, "/custody/emergency-releases", request.SignedBytes, ReleaseLimits, cancellationToken),
        message => EmergencyRelease.Open(answerKey, entry, message.Span));

    /// <summary>A subject's emergency policy, from here or from whoever has it. Null if nobody has it.</summary>
    public async Task<EmergencyPolicy?> FindPolicyAsync(Digest digest, OrganisationId author, CancellationToken cancellationToken)
    {
        var found = emergencies.FindPolicy(digest) ?? await FindAsync($"/custody/emergency-policies/{digest}", digest, author, cancellationToken);
        return found is null ? null : EmergencyPolicy.TryParse(found);
    }

    /// <summary>A ciphertext, from here or from whoever has it. Null if nobody has it whole.</summary>
    public async Task<byte[]?> FindCiphertextAsync(Digest digest, OrganisationId author, CancellationToken cancellationToken)
    {
        var here = file.Read(session => session.Find("SELECT Ciphertext FROM replicas WHERE CiphertextDigest = $1", row => row.GetBytes(0), digest.ToArray()));
        return here is not null && Digest.Of(here) == digest ? here : await FindAsync($"/records/ciphertexts/{digest}", digest, author, cancellationToken);
    }

    /// <summary>An encapsulation, likewise.</summary>
    public async Task<byte[]?> FindEncapsulationAsync(Digest digest, OrganisationId author, CancellationToken cancellationToken) =>
        encapsulations.Find(digest) ?? await FindAsync($"/records/encapsulations/{digest}", digest, author, cancellationToken);

    private async Task<byte[]?> FindAsync(string path, Digest digest, OrganisationId author, CancellationToken cancellationToken)
    {
        foreach (var keeper in Others(author).Reverse())
        {
            if (replica.Members.Find(keeper) is { } member
                && (await peers.SendAsync(member, HttpMethod.Get, path, default, CiphertextLimits, cancellationToken)).Found is { } found
                && Digest.Of(found.Span) == digest)
            {
                return found.ToArray();
            }
        }

        return null;
    }

    private async Task<KeeperAnswer<ReadOnlyMemory<byte>>> AskAsync(
        OrganisationId organisation, string path, ReadOnlyMemory<byte> body, PeerLimits limits, CancellationToken cancellationToken)
    {
        if (replica.Members.Find(organisation) is not { } member)
        {
            return new KeeperAnswer<ReadOnlyMemory<byte>>.Denied();
        }

        var answer = await peers.SendAsync(member, HttpMethod.Post, path, body, limits, cancellationToken);
        return answer.Status switch
        {
            StatusCodes.Status200OK => new KeeperAnswer<ReadOnlyMemory<byte>>.Given(answer.Body),
            StatusCodes.Status403Forbidden => new KeeperAnswer<ReadOnlyMemory<byte>>.Denied(),
            _ => new KeeperAnswer<ReadOnlyMemory<byte>>.Silent(),
        };
    }

    private static KeeperAnswer<T> Read<T>(KeeperAnswer<ReadOnlyMemory<byte>> answer, Func<ReadOnlyMemory<byte>, T?> read)
        where T : class => answer switch
        {
            KeeperAnswer<ReadOnlyMemory<byte>>.Given(var bytes) => read(bytes) is { } value ? new KeeperAnswer<T>.Given(value) : new KeeperAnswer<T>.Silent(),
            KeeperAnswer<ReadOnlyMemory<byte>>.Denied => new KeeperAnswer<T>.Denied(),
            _ => new KeeperAnswer<T>.Silent(),
        };
}

/// <summary>A row that an index holder found; a claim until it is opened.</summary>
/// <param name="Id">The holder's, for going on behind it.</param>
/// <param name="Record">What the holder filed it as.</param>
/// <param name="Header">Digest of the header.</param>
/// <param name="Sealed">The index row, which the index key opens.</param>
internal sealed record FoundRow(ulong Id, RecordVersion Record, Digest Header, ReadOnlyMemory<byte> Sealed)
{
    public static FoundRow Read(StrictCborReader reader)
    {
        reader.ReadStartArray(5);
        var row = new FoundRow(
            reader.ReadUInt(),
            new RecordVersion(RecordId.FromBytes(reader.ReadBytes(RecordId.Length).Span), reader.ReadUInt32()),
            reader.ReadDigest(),
            reader.ReadBytes(0, 1 << 16));
        reader.ReadEndArray();
        return row;
    }
}
