using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Reads;

/// <summary>Body of Search and of Read. Everybody sees that somebody read under a grant; what and why, only those to whom the opening is shown.</summary>
/// <param name="Grant">The grant whose reader key signed the entry.</param>
/// <param name="OpeningDigest">SHA-256 of the encoded <see cref="SearchOpening"/> or <see cref="ReadOpening"/>.</param>
/// <param name="SealedDetails">The <see cref="AccessDetails"/>, which the grant's log key opens; at most 58,000 bytes.</param>
public sealed record AccessBody(GrantId Grant, Digest OpeningDigest, ReadOnlyMemory<byte> SealedDetails)
{
    /// <summary>Most bytes of the sealed details: what an entry has room for.</summary>
    public const int LargestDetails = 58_000;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(SealedDetails.Length + 96)
            .WriteArray(3).WriteGrantId(Grant).WriteDigest(OpeningDigest).WriteBytes(SealedDetails.Span).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static AccessBody? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var body = new AccessBody(reader.ReadGrantId(), reader.ReadDigest(), reader.ReadBytes(0, LargestDetails));
        reader.ReadEndArray();
        return body;
    });
}
