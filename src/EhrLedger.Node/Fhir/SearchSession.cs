using EhrLedger.Crypto.Cbor;
using EhrLedger.Node.Authoring;

namespace EhrLedger.Node.Fhir;

/// <summary>What the first page of a search froze.</summary>
/// <param name="Scope">Where it looks.</param>
/// <param name="Parameters">As they were understood.</param>
/// <param name="AskedAt">When.</param>
/// <param name="LedgerSize">Entries that this node's copy of the ledger had.</param>
/// <param name="Owner">Whose it is: <see cref="CallerName.OwnerOf"/>.</param>
/// <param name="Size">Matches on a page.</param>
/// <param name="Matches">In order.</param>
internal sealed record SearchSession(
    SearchScope Scope,
    IReadOnlyList<(string Name, string Value)> Parameters,
    DateTimeOffset AskedAt,
    ulong LedgerSize,
    string Owner,
    int Size,
    IReadOnlyList<SearchSession.Match> Matches)
{
    private const int MostText = 1 << 24;

    /// <summary>Whether the first page was this caller's, for this purpose and within the same scopes.</summary>
    public bool IsOf(Asking asking) => Owner == CallerName.OwnerOf(asking);

    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(256 + (64 * Matches.Count)).WriteArray(9);
        foreach (var part in (string?[])[Scope.Type, Scope.CompartmentType, Scope.CompartmentId])
        {
            _ = part is null ? writer.WriteNull() : writer.WriteText(part);
        }

        writer.WriteArray(Parameters.Count);
        foreach (var (name, value) in Parameters)
        {
            writer.WriteArray(2).WriteText(name).WriteText(value);
        }

        writer.WriteUInt((ulong)AskedAt.UtcTicks).WriteUInt(LedgerSize).WriteText(Owner).WriteUInt((ulong)Size).WriteArray(Matches.Count);
        foreach (var match in Matches)
        {
            writer.WriteArray(4).WriteText(match.Type).WriteText(match.Id).WriteUInt(match.Version ?? 0).WriteArray(match.Told.Count);
            foreach (var row in match.Told)
            {
                writer.WriteUInt((ulong)row);
            }
        }

        return writer.ToArray();
    }

    public static SearchSession? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(9);
        string? ReadOptional() => reader.TryReadNull() ? null : reader.ReadText(MostText);
        var session = new SearchSession(
            new SearchScope(ReadOptional(), ReadOptional(), ReadOptional()),
            reader.ReadArray(0, 1_000, item =>
            {
                item.ReadStartArray(2);
                var pair = (item.ReadText(MostText), item.ReadText(MostText));
                item.ReadEndArray();
                return pair;
            }),
            new DateTimeOffset((long)reader.ReadUInt((ulong)DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero),
            reader.ReadUInt(),
            reader.ReadText(MostText),
            (int)reader.ReadUInt(int.MaxValue),
            reader.ReadArray(0, int.MaxValue, item =>
            {
                item.ReadStartArray(4);
                var (type, id, version) = (item.ReadText(100), item.ReadText(100), item.ReadUInt32());
                var told = item.ReadArray(0, int.MaxValue, row => (long)row.ReadUInt(long.MaxValue));
                item.ReadEndArray();
                return new Match(type, id, version == 0 ? null : version, told);
            }));
        reader.ReadEndArray();
        return session;
    });

    /// <summary>A match in its place.</summary>
    /// <param name="Type">FHIR resource type.</param>
    /// <param name="Id">FHIR id, or record id of another author's.</param>
    /// <param name="Version">Null for another author's record, whose current version is shown.</param>
    /// <param name="Told">Rows of own resources that it tells of, because a chain leads to them.</param>
    internal sealed record Match(string Type, string Id, uint? Version, IReadOnlyList<long> Told);
}
