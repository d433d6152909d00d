using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>What a subscription is to be told of.</summary>
internal abstract record Notice
{
    private Notice()
    {
    }

    /// <summary>Row of the table; in the order of writing. 0 until it stands there.</summary>
    public long Row { get; init; }

    /// <summary>A version that this organisation wrote.</summary>
    /// <param name="ResourceRow">Row of the resource.</param>
    /// <param name="Version">Its number.</param>
    public sealed record Own(long ResourceRow, uint Version) : Notice;

    /// <summary>Something that came under a grant.</summary>
    /// <param name="Grant">Which.</param>
    public sealed record Granted(GrantId Grant) : Notice;

    public byte[] Encode() => this switch
    {
        Own(var resource, var version) => new DeterministicCborWriter(32).WriteArray(2).WriteUInt((ulong)resource).WriteUInt(version).ToArray(),
        Granted(var grant) => new DeterministicCborWriter(32).WriteArray(1).WriteBytes(grant.ToArray()).ToArray(),
        _ => throw new InvalidOperationException("Notice is closed."),
    };

    /// <summary>Null for what is none.</summary>
    public static Notice? TryParse(ReadOnlyMemory<byte> bytes, long row) => TryParseOwn(bytes, row) ?? TryParseGranted(bytes, row);

    private static Notice? TryParseOwn(ReadOnlyMemory<byte> bytes, long row) => CborReading.TryRead<Notice>(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var notice = new Own((long)reader.ReadUInt(long.MaxValue), reader.ReadUInt32()) { Row = row };
        reader.ReadEndArray();
        return notice;
    });

    private static Notice? TryParseGranted(ReadOnlyMemory<byte> bytes, long row) => CborReading.TryRead<Notice>(bytes, reader =>
    {
        reader.ReadStartArray(1);
        var notice = new Granted(GrantId.FromBytes(reader.ReadBytes(GrantId.Length).Span)) { Row = row };
        reader.ReadEndArray();
        return notice;
    });
}
