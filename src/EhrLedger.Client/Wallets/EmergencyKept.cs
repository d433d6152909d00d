using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Client.Wallets;

/// <summary>Answer of kind 5.</summary>
/// <param name="Policy">Digest of the policy that the custodian keeps a share for; null where it keeps none for the one in force.</param>
/// <param name="Through">Last epoch whose keys it keeps; 0 where it keeps none.</param>
public sealed record EmergencyKept(Digest? Policy, uint Through)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(48).WriteArray(2);
        return (Policy is { } policy ? writer.WriteDigest(policy) : writer.WriteNull()).WriteUInt(Through).ToArray();
    }

    /// <summary>Null unless the bytes are this answer in its only encoding.</summary>
    public static EmergencyKept? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var kept = new EmergencyKept(reader.TryReadNull() ? null : reader.ReadDigest(), reader.ReadUInt32());
        reader.ReadEndArray();
        return kept;
    });
}
