using System.Formats.Cbor;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Crypto.Cose;

/// <summary>Signed messages: an untagged COSE_Sign1 with EdDSA, for a purpose, within one consortium.</summary>
/// <remarks>
/// Source: RFC 9052 §4.2 and §4.4. <c>[ protected: bstr .cbor {1: -8, -65537: purpose}, unprotected: {}, payload: bstr, signature: bstr .size 64 ]</c>,
/// deterministically encoded. The external AAD is the digest that names the consortium, so that no signature counts in another one.
/// </remarks>
public static class CoseSign1
{
    /// <summary>The header parameter "alg" (IANA COSE header parameters).</summary>
    internal const int AlgorithmLabel = 1;

    /// <summary>EdDSA (RFC 9053 §2.2).</summary>
    internal const int EdDsa = -8;

    /// <summary>Our header parameter for the purpose, of the range for private use (below -65536).</summary>
    internal const int PurposeLabel = -65537;

    /// <summary>Signs a payload.</summary>
    /// <param name="purpose">The kind of message that the payload is.</param>
    /// <param name="payload">The bytes to be carried and signed.</param>
    /// <param name="key">The signer's key.</param>
    /// <param name="context">The digest of the consortium's genesis.</param>
    /// <returns>The encoded COSE_Sign1.</returns>
    public static byte[] Sign(SignedAs purpose, ReadOnlySpan<byte> payload, Ed25519PrivateKey key, Digest context)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfZero((byte)purpose);
        var header = Header(purpose);
        Span<byte> signature = stackalloc byte[Ed25519PublicKey.SignatureLength];
        key.SignInto(ToBeSigned(header, payload, context), signature);

        var writer = Writer(payload.Length);
        writer.WriteStartArray(4);
        writer.WriteByteString(header);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteByteString(payload);
        writer.WriteByteString(signature);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>Reads a message without checking its signature.</summary>
    /// <param name="bytes">Untrusted. The message keeps a slice of them, so they must not change afterwards.</param>
    /// <returns>Null unless it is a COSE_Sign1 in the one encoding that <see cref="Sign"/> writes.</returns>
    public static SignedMessage? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var header = reader.ReadBytes(0, 16);
        reader.Require(CborReading.TryRead(header, ReadHeader, out var purpose));
        reader.ReadStartMap(0);
        reader.ReadEndMap();
        var payload = reader.ReadBytes(0, int.MaxValue);
        var signature = reader.ReadBytes(Ed25519PublicKey.SignatureLength);
        reader.ReadEndArray();
        return new SignedMessage(bytes, purpose, header, payload, signature);
    });

    /// <summary>The Sig_structure of RFC 9052 §4.4.</summary>
    internal static byte[] ToBeSigned(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Digest context)
    {
        Span<byte> externalAad = stackalloc byte[Digest.Length];
        context.CopyTo(externalAad);
        var writer = Writer(payload.Length);
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(header);
        writer.WriteByteString(externalAad);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static byte[] Header(SignedAs purpose) =>
        new DeterministicCborWriter(16).WriteMap(2).WriteInt(AlgorithmLabel).WriteInt(EdDsa).WriteInt(PurposeLabel).WriteUInt((byte)purpose).ToArray();

    private static SignedAs ReadHeader(StrictCborReader reader)
    {
        reader.ReadStartMap(2);
        reader.Require(reader.ReadInt() == AlgorithmLabel && reader.ReadInt() == EdDsa && reader.ReadInt() == PurposeLabel);
        var purpose = reader.ReadByte();
        reader.Require(purpose != 0);
        reader.ReadEndMap();
        return (SignedAs)purpose;
    }

    // The structures have a fixed shape, so the writer need not check it; 128 bytes is room for all but the payload.
    private static CborWriter Writer(int payloadLength) => new(CborConformanceMode.Lax, initialCapacity: payloadLength + 128);
}
