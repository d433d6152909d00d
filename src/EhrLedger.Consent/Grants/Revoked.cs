using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Grants;

/// <summary>Body of Revoked: a grant ends, and with it the epoch, so that later records use keys that its grantee never had.</summary>
/// <param name="Grant">Which; it may be one that is not logged yet, and is then kept out for ever.</param>
/// <param name="Epoch">One more than the epoch that ends.</param>
/// <param name="SealingKeyDigest">SHA-256 of the new epoch's X-Wing public key.</param>
public sealed record Revoked(GrantId Grant, uint Epoch, Digest SealingKeyDigest)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(96).WriteArray(3).WriteGrantId(Grant).WriteUInt(Epoch).WriteDigest(SealingKeyDigest).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static Revoked? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var body = new Revoked(reader.ReadGrantId(), reader.ReadUInt32(), reader.ReadDigest());
        reader.ReadEndArray();
        return body;
    });
}
