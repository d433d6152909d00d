using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;

namespace EhrLedger.Consent.Records;

/// <summary>A small seal of a half key or a share, whose context is the header's digest: docs/formats.md, sealed-half.</summary>
/// <param name="Encapsulation">SHA-256 of the encapsulation (1,120 bytes) that it was made with; who opens fetches that by its digest, once for many.</param>
/// <param name="Sealed">48 bytes for a half key, 49 for a share.</param>
public sealed record SealedHalf(Digest Encapsulation, ReadOnlyMemory<byte> Sealed)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(96);
        Write(writer, this);
        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are a sealed half in its only encoding.</summary>
    public static SealedHalf? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, Read);

    internal static SealedHalf Of(SealingSecret secret, Digest header, ReadOnlySpan<byte> half) => new(secret.EncapsulationId, secret.Seal(header, half));

    /// <summary>Null if the secret belongs to another encapsulation, or the seal was made for another header.</summary>
    internal byte[]? Open(OpeningSecret secret, Digest header) => secret.EncapsulationId == Encapsulation ? secret.Open(header, Sealed.Span) : null;

    internal static void Write(DeterministicCborWriter writer, SealedHalf half) =>
        writer.WriteArray(2).WriteDigest(half.Encapsulation).WriteBytes(half.Sealed.Span);

    internal static SealedHalf Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var half = new SealedHalf(reader.ReadDigest(), reader.ReadBytes(48, 49));
        reader.ReadEndArray();
        return half;
    }
}
