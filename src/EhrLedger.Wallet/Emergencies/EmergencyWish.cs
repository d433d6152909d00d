using EhrLedger.Crypto.Cbor;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Emergencies;

/// <summary>What the patient wants of emergencies, for all subjects that there are and will be.</summary>
/// <param name="Kinds">Kinds of organisation that may open records, in ordinal order, each once; none switches it off.</param>
/// <param name="Card">Number of the card that leads to the subjects.</param>
/// <param name="ChangedAt">Unix milliseconds, by the device's clock: of two devices the later wish counts.</param>
internal sealed record EmergencyWish(IReadOnlyList<string> Kinds, uint Card, ulong ChangedAt)
{
    private const int MostKinds = 16;

    public bool IsOn => Kinds.Count > 0;

    public static bool AreSound(IReadOnlyCollection<string> kinds) =>
        kinds.Count <= MostKinds && kinds.All(kind => kind.Length is > 0 and <= 40 && kind.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));

    internal static void Write(DeterministicCborWriter writer, EmergencyWish wish) =>
        writer.WriteArray(3).WriteAll(wish.Kinds, (items, kind) => items.WriteText(kind)).WriteUInt(wish.Card).WriteUInt(wish.ChangedAt);

    internal static EmergencyWish Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var wish = new EmergencyWish(reader.ReadArray(0, MostKinds, item => item.ReadText(40)), reader.ReadUInt32(), reader.ReadUInt(long.MaxValue));
        reader.ReadEndArray();
        for (var i = 1; i < wish.Kinds.Count; i++)
        {
            reader.Require(string.CompareOrdinal(wish.Kinds[i - 1], wish.Kinds[i]) < 0);
        }

        return wish;
    }
}
