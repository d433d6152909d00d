using System.Collections.Immutable;
using EhrLedger.Client.Log;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Guardians;

namespace EhrLedger.Wallet.State;

/// <summary>
/// What a wallet knows that neither its seed nor the ledger tells: docs/formats.md, wallet-state. Immutable. It is written before and after every step that others can see, so that whatever was begun
/// can be finished after a crash; and it is the plaintext of the directory.
/// </summary>
/// <param name="Number">Of the newest directory that this device has published, or has taken over from another; counts up.</param>
/// <param name="Published">Whether the members have this number.</param>
/// <param name="Relationships">In the order of their indices.</param>
/// <param name="Drafts">Grants that are on their way.</param>
/// <param name="Revocations">Grants that are being ended.</param>
/// <param name="Delivered">Through which epoch a grant's access key has reached the grantee.</param>
/// <param name="Head">The newest head of the log that this wallet has seen.</param>
internal sealed record WalletState(
    ulong Number,
    bool Published,
    ImmutableList<Relationship> Relationships,
    ImmutableList<GrantDraft> Drafts,
    ImmutableList<PendingRevocation> Revocations,
    ImmutableSortedDictionary<GrantId, uint> Delivered,
    KnownHead? Head)
{
    // A wallet that has none of what a later version adds is written as it was before.
    private const int Version = 1;
    private const int VersionWithMore = 2;
    private const int VersionWithGuardians = 3;
    private const int VersionWithDelegations = 4;
    private const int Length = 8;
    private const int LengthWithMore = 11;
    private const int LengthWithGuardians = 13;
    private const int LengthWithDelegations = 16;
    private const int Most = 1_000_000;

    public static WalletState Empty { get; } = new(0, true, [], [], [], ImmutableSortedDictionary<GrantId, uint>.Empty, null);

    /// <summary>Agents of organisations that the wallet's agent knows.</summary>
    public ImmutableList<AgentTie> Agents { get; init; } = [];

    /// <summary>What organisations have asked for, the oldest first.</summary>
    public ImmutableList<KeptRequest> Requests { get; init; } = [];

    /// <summary>What the patient wants of emergencies; null before there was a decision.</summary>
    public EmergencyWish? Emergency { get; init; }

    /// <summary>Whom the patient wants as guardians; null before there was a decision.</summary>
    public GuardiansWish? Guardians { get; init; }

    /// <summary>The wallets of others that this wallet's owner guards, in the order of agreeing.</summary>
    public ImmutableList<Guardianship> Guardianships { get; init; } = [];

    /// <summary>Mandates that are being begun.</summary>
    public ImmutableList<MandateDraft> MandateDrafts { get; init; } = [];

    /// <summary>Mandates that are being ended.</summary>
    public ImmutableList<PendingMandateEnd> MandateEnds { get; init; } = [];

    /// <summary>Those for whom this wallet's owner acts, in the order of agreeing.</summary>
    public ImmutableList<ActingMandate> ActingFor { get; init; } = [];

    private bool HasDelegations => !MandateDrafts.IsEmpty || !MandateEnds.IsEmpty || !ActingFor.IsEmpty;

    private bool HasGuardians => Guardians is not null || !Guardianships.IsEmpty;

    private bool HasMore => !Agents.IsEmpty || !Requests.IsEmpty || Emergency is not null;

    public uint NextRelationship => Relationships.IsEmpty ? 0 : Relationships[^1].Index + 1;

    public Relationship? Find(uint relationship) => Relationships.Find(item => item.Index == relationship);

    public WalletState With(Relationship relationship) =>
        Relationships.FindIndex(item => item.Index == relationship.Index) is var at and >= 0
            ? this with { Relationships = Relationships.SetItem(at, relationship) }
            : this with { Relationships = Relationships.Add(relationship).Sort((a, b) => a.Index.CompareTo(b.Index)) };

    public byte[] Encode()
    {
        var version = HasDelegations ? VersionWithDelegations : HasGuardians ? VersionWithGuardians : HasMore ? VersionWithMore : Version;
        var writer = new DeterministicCborWriter(16 * 1024)
            .WriteArray(LengthOf(version))
            .WriteUInt((ulong)version)
            .WriteUInt(Number)
            .WriteBool(Published)
            .WriteAll(Relationships, Relationship.Write)
            .WriteAll(Drafts, GrantDraft.Write)
            .WriteAll(Revocations, PendingRevocation.Write)
            .WriteAll([.. Delivered], (items, pair) => items.WriteArray(2).WriteBytes(pair.Key.ToArray()).WriteUInt(pair.Value));
        _ = Head is null ? writer.WriteNull() : writer.WriteItem(Head.Encode());
        if (version >= VersionWithMore)
        {
            writer.WriteAll(Agents, AgentTie.Write).WriteAll(Requests, KeptRequest.Write);
            if (Emergency is { } wish)
            {
                EmergencyWish.Write(writer, wish);
            }
            else
            {
                writer.WriteNull();
            }
        }

        if (version >= VersionWithGuardians)
        {
            if (Guardians is { } wish)
            {
                GuardiansWish.Write(writer, wish);
            }
            else
            {
                writer.WriteNull();
            }

            writer.WriteAll(Guardianships, Guardianship.Write);
        }

        if (version >= VersionWithDelegations)
        {
            writer.WriteAll(MandateDrafts, MandateDraft.Write).WriteAll(MandateEnds, PendingMandateEnd.Write).WriteAll(ActingFor, ActingMandate.Write);
        }

        return writer.ToArray();
    }

    public static WalletState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        var length = reader.ReadStartArray(Length, LengthWithDelegations);
        var version = (int)reader.ReadUInt(VersionWithDelegations);
        reader.Require(version >= Version && length == LengthOf(version));
        var hasMore = version >= VersionWithMore;
        var number = reader.ReadUInt(long.MaxValue);
        var published = reader.ReadBool();
        var relationships = reader.ReadArray(0, Most, Relationship.Read);
        var drafts = reader.ReadArray(0, Most, GrantDraft.Read);
        var revocations = reader.ReadArray(0, Most, PendingRevocation.Read);
        var delivered = reader.ReadArray(0, Most, item =>
        {
            item.ReadStartArray(2);
            var pair = KeyValuePair.Create(GrantId.FromBytes(item.ReadBytes(GrantId.Length).Span), item.ReadUInt32());
            item.ReadEndArray();
            return pair;
        });
        var head = reader.TryReadNull() ? null : reader.Require(KnownHead.TryParse(reader.ReadItem()));
        var agents = hasMore ? reader.ReadArray(0, Most, AgentTie.Read) : [];
        var requests = hasMore ? reader.ReadArray(0, KeptRequest.Most, KeptRequest.Read) : [];
        var wish = hasMore && !reader.TryReadNull() ? EmergencyWish.Read(reader) : null;
        var guardians = version >= VersionWithGuardians && !reader.TryReadNull() ? GuardiansWish.Read(reader) : null;
        var guardianships = version >= VersionWithGuardians ? reader.ReadArray(0, Most, Guardianship.Read) : [];
        var drafted = version >= VersionWithDelegations ? reader.ReadArray(0, Most, MandateDraft.Read) : [];
        var ending = version >= VersionWithDelegations ? reader.ReadArray(0, Most, PendingMandateEnd.Read) : [];
        var acting = version >= VersionWithDelegations ? reader.ReadArray(0, Most, ActingMandate.Read) : [];
        reader.ReadEndArray();

        // Each state has one encoding: what a version adds and does not hold is not written in it.
        reader.Require(version != VersionWithMore || agents.Length > 0 || requests.Length > 0 || wish is not null);
        reader.Require(version != VersionWithGuardians || guardians is not null || guardianships.Length > 0);
        reader.Require(version != VersionWithDelegations || drafted.Length > 0 || ending.Length > 0 || acting.Length > 0);
        RequireAscending(reader, relationships, item => item.Index);
        RequireAscending(reader, delivered, pair => pair.Key);
        return new WalletState(number, published, [.. relationships], [.. drafts], [.. revocations], delivered.ToImmutableSortedDictionary(), head)
        {
            Agents = [.. agents],
            Requests = [.. requests],
            Emergency = wish,
            Guardians = guardians,
            Guardianships = [.. guardianships],
            MandateDrafts = [.. drafted],
            MandateEnds = [.. ending],
            ActingFor = [.. acting],
        };
    });

    private static int LengthOf(int version) => version == Version ? Length : version == VersionWithMore ? LengthWithMore : version == VersionWithGuardians ? LengthWithGuardians : LengthWithDelegations;

    private static void RequireAscending<T, TKey>(StrictCborReader reader, T[] items, Func<T, TKey> key)
        where TKey : IComparable<TKey>
    {
        for (var i = 1; i < items.Length; i++)
        {
            reader.Require(key(items[i - 1]).CompareTo(key(items[i])) < 0);
        }
    }
}
