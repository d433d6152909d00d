using System.Buffers.Binary;
using System.Buffers.Text;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Fhir.History;

/// <summary>
/// The tokens in the links of a history's pages. They are sealed: a place has the time and the row of a version, and rows are numbered over all patients' records, so that whoever could read it would count what it may not see.
/// </summary>
internal sealed class HistoryPages(StorageKeys keys)
{
    private const int PlaceLength = sizeof(long) + sizeof(long) + sizeof(uint);
    private const int MostCharacters = 200;

    /// <summary>The token of a place; another one each time.</summary>
    public string TokenOf(HistoryPlace place)
    {
        Span<byte> plain = stackalloc byte[PlaceLength];
        BinaryPrimitives.WriteInt64BigEndian(plain, place.Time);
        BinaryPrimitives.WriteInt64BigEndian(plain[sizeof(long)..], place.Row);
        BinaryPrimitives.WriteUInt32BigEndian(plain[(2 * sizeof(long))..], place.Version);
        return Base64Url.EncodeToString(keys.SealColumn("history-page", plain));
    }

    /// <summary>Null for what is no token of this node.</summary>
    public HistoryPlace? Find(string token) =>
        token.Length <= MostCharacters && Base64Url.IsValid(token) && keys.OpenColumn("history-page", Base64Url.DecodeFromChars(token)) is { Length: PlaceLength } plain
            ? new HistoryPlace(BinaryPrimitives.ReadInt64BigEndian(plain), BinaryPrimitives.ReadInt64BigEndian(plain.AsSpan(sizeof(long))), BinaryPrimitives.ReadUInt32BigEndian(plain.AsSpan(2 * sizeof(long))))
            : null;
}
