using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.Granting;

namespace EhrLedger.Tests.Client.World;

/// <summary>An organisation as a grantee: makes reader keys, takes access keys, searches and reads.</summary>
internal sealed class WorldGrantee(ConsortiumWorld world, WorldNode node) : IDisposable
{
    private readonly HashSet<string> _requests = [];
    private readonly List<ReaderKeys> _keys = [];

    /// <summary>The newest access key of each grant.</summary>
    public Dictionary<GrantId, (AccessKey Access, ReaderKeys Keys)> Grants { get; } = [];

    /// <summary>How often access keys came.</summary>
    public int Deliveries { get; private set; }

    public AccessInvitation Invite()
    {
        var id = Guid.NewGuid().ToByteArray();
        _requests.Add(Convert.ToHexStringLower(id));
        return new AccessInvitation(node.Organisation, id);
    }

    public WorldReply MakeKeys(string id, byte[] body)
    {
        if (!_requests.Contains(id) || !CborReading.TryRead(body, reader =>
            {
                reader.ReadStartArray(1);
                var asked = (int)reader.ReadUInt(32);
                reader.ReadEndArray();
                return asked;
            }, out var count))
        {
            return WorldReply.Problem(404, "access-request-unknown");
        }

        var made = Enumerable.Range(0, count).Select(_ => ReaderKeys.Generate()).ToList();
        _keys.AddRange(made);
        var statement = ReaderKeyStatement.Sign([.. made.Select(keys => keys.Public)], "Patient/clinic-1", world.Clock.GetUtcNow(), node.SigningKey, world.Genesis.Digest);
        return WorldReply.Ok(new ReaderKeysOffer(statement, [.. made.Select(keys => new OfferedKeys(keys.Reader.Public, keys.Answer.Public))]).Encode());
    }

    /// <summary>Takes an access key only if it is what the ledger says, as a node does.</summary>
    public WorldReply Take(byte[] body)
    {
        if (GrantDelivery.TryParse(body) is not { } delivery || _keys.Find(keys => keys.Reader.Public == delivery.Reader) is not { } own)
        {
            return WorldReply.Problem(404, "reader-key-unknown");
        }

        foreach (var digest in Digests(delivery.Grant))
        {
            if (AccessKey.Open(own.Answer, delivery.Grant, digest, delivery.Message.Span) is { } access)
            {
                Deliveries++;
                if (Grants.TryGetValue(delivery.Grant, out var before))
                {
                    before.Access.Dispose();
                }

                Grants[delivery.Grant] = (access, own);
                return WorldReply.NoContent;
            }
        }

        return WorldReply.Problem(400, "access-key");
    }

    public async Task<ulong> SearchAsync(GrantId grant, string person)
    {
        var (access, keys) = Grants[grant];
        var (entry, _) = AccessEntries.Search(
            ReaderGrant.Of(access, keys), new Asker(node.Organisation, person, "nurse"), PurposeOfUse.Treatment, Digest.Of("code=1"u8), world.Clock.GetUtcNow() + Entry.UsualValidity, world.Genesis.Digest);
        return await world.LogAsync(entry);
    }

    /// <summary>Announces a read; every custodian then says that it released on it.</summary>
    public async Task<ulong> ReadAsync(GrantId grant, string person, RecordVersion[] records, SymmetricKey? wrongLogKey = null, EhrLedger.Ledger.Membership.OrganisationId? says = null)
    {
        var (access, keys) = Grants[grant];
        var reader = new ReaderGrant(grant, access.Subject, keys.Reader, wrongLogKey ?? access.LogKey);
        var (entry, opening) = AccessEntries.Read(
            reader, new Asker(says ?? node.Organisation, person, "nurse"), PurposeOfUse.Treatment, records, Digest.Of("read"u8), world.Clock.GetUtcNow() + Entry.UsualValidity, world.Genesis.Digest)[0];
        var index = await world.LogAsync(entry);
        foreach (var custodian in world.Nodes.Take(2))
        {
            (custodian.Author.Releases.TryGetValue(access.Subject, out var list) ? list : custodian.Author.Releases[access.Subject] = [])
                .Add(new ReleaseMade(index, (ulong)world.Clock.GetUtcNow().ToUnixTimeMilliseconds(), [.. records.Order()], opening));
        }

        return index;
    }

    public void Dispose()
    {
        foreach (var (access, _) in Grants.Values)
        {
            access.Dispose();
        }

        _keys.ForEach(keys => keys.Dispose());
    }

    /// <summary>Every digest that the ledger has for the grant's access key, the newest first. The sequencer's copy is never behind.</summary>
    private List<Digest> Digests(GrantId grant)
    {
        var digests = new List<Digest>();
        foreach (var stored in world.Hospital.Replica.ReadLeaves(0, (int)world.Hospital.Replica.Size))
        {
            if (Leaf.TryParse(stored.Bytes) is not { } leaf || Entry.TryParse(leaf.Entry) is not { } entry)
            {
                continue;
            }

            if (GrantBody.TryParse(entry.Body) is { } body && body.Id == grant)
            {
                digests.Insert(0, body.AccessKeyDigest);
            }

            if (GrantExtended.TryParse(entry.Body) is { } extended && extended.Grants.FirstOrDefault(extension => extension.Grant == grant) is { } extension)
            {
                digests.Insert(0, extension.AccessKeyDigest);
            }
        }

        return digests;
    }
}
