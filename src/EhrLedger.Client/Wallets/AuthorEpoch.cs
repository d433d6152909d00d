using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Client.Wallets;

/// <summary>Answer of kind 4.</summary>
/// <param name="Epoch">The epoch that the author seals under now.</param>
public sealed record AuthorEpoch(uint Epoch)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(8).WriteArray(1).WriteUInt(Epoch).ToArray();

    /// <summary>Null unless the bytes are this answer in its only encoding.</summary>
    public static AuthorEpoch? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(1);
        var epoch = new AuthorEpoch(reader.ReadUInt32());
        reader.ReadEndArray();
        return epoch;
    });
}
