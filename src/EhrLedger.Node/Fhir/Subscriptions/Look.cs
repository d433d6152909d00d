using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>How far a grant was looked at.</summary>
/// <param name="At">When it was, last. Whole milliseconds.</param>
/// <param name="Places">For each FHIR resource type the last row that the author has named.</param>
internal sealed record Look(DateTimeOffset At, IReadOnlyDictionary<string, ulong> Places)
{
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(256).WriteArray(2).WriteUInt((ulong)At.ToUnixTimeMilliseconds()).WriteArray(Places.Count);
        foreach (var (type, place) in Places.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteArray(2).WriteText(type).WriteUInt(place);
        }

        return writer.ToArray();
    }

    /// <summary>Null for what is none.</summary>
    public static Look? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var look = new Look(
            DateTimeOffset.FromUnixTimeMilliseconds((long)reader.ReadUInt(253_402_300_799_999)),
            reader.ReadArray(0, 1_000, item =>
            {
                item.ReadStartArray(2);
                var place = (Type: item.ReadText(100), Place: item.ReadUInt());
                item.ReadEndArray();
                return place;
            }).ToDictionary(one => one.Type, one => one.Place, StringComparer.Ordinal));
        reader.ReadEndArray();
        return look;
    });
}
