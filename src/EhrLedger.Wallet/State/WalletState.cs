using System.Collections.Immutable;
using EhrLedger.Client.Log;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;

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
    private const int Version = 1;
    private const int Most = 1_000_000;

    public static WalletState Empty { get; } = new(0, true, [], [], [], ImmutableSortedDictionary<GrantId, uint>.Empty, null);

    public uint NextRelationship => Relationships.IsEmpty ? 0 : Relationships[^1].Index + 1;

    public Relationship? Find(uint relationship) => Relationships.Find(item => item.Index == relationship);

    public WalletState With(Relationship relationship) =>
        Relationships.FindIndex(item => item.Index == relationship.Index) is var at and >= 0
            ? this with { Relationships = Relationships.SetItem(at, relationship) }
            : this with { Relationships = Relationships.Add(relationship).Sort((a, b) => a.Index.CompareTo(b.Index)) };

    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(16 * 1024)
            .WriteArray(8)
            .WriteUInt(Version)
            .WriteUInt(Number)
            .WriteBool(Published)
            .WriteAll(Relationships, Relationship.Write)
            .WriteAll(Drafts, GrantDraft.Write)
            .WriteAll(Revocations, PendingRevocation.Write)
            .WriteAll([.. Delivered], (items, pair) => items.WriteArray(2).WriteBytes(pair.Key.ToArray()).WriteUInt(pair.Value));
        return (Head is null ? writer.WriteNull() : writer.WriteItem(Head.Encode())).ToArray();
    }

    public static WalletState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(8);
        reader.Require(reader.ReadUInt() == Version);
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
        reader.ReadEndArray();
        RequireAscending(reader, relationships, item => item.Index);
        RequireAscending(reader, delivered, pair => pair.Key);
        return new WalletState(number, published, [.. relationships], [.. drafts], [.. revocations], delivered.ToImmutableSortedDictionary(), head);
    });

    private static void RequireAscending<T, TKey>(StrictCborReader reader, T[] items, Func<T, TKey> key)
        where TKey : IComparable<TKey>
    {
        for (var i = 1; i < items.Length; i++)
        {
            reader.Require(key(items[i - 1]).CompareTo(key(items[i])) < 0);
        }
    }
}
