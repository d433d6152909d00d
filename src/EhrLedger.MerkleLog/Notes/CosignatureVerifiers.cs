using System.Buffers.Binary;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>Type 0x04: u64 time, then 64 bytes of Ed25519. Source: c2sp.org/tlog-cosignature, "Ed25519 signed message".</summary>
internal sealed class Ed25519CosignatureVerifier(NoteKeyName name, Ed25519PublicKey key)
    : NoteVerifier(name, NoteSignatureType.Ed25519Cosignature, key.ToArray())
{
    internal override VerifiedSignature? Verify(string text, NoteSignature signature) =>
        TimestampedSignature.Read(signature, Ed25519PublicKey.SignatureLength) is { } stamped
        && key.Verifies(CosignedMessage.ForEd25519(stamped.Time, text), stamped.Signature.Span)
            ? new VerifiedSignature(this, signature, text, stamped.Time)
            : null;
}

/// <summary>Type 0x06: u64 time, then 2,420 bytes of ML-DSA-44. Source: c2sp.org/tlog-cosignature, "ML-DSA-44 signed message".</summary>
internal sealed class MlDsa44CosignatureVerifier(NoteKeyName name, MlDsa44PublicKey key)
    : NoteVerifier(name, NoteSignatureType.MlDsa44Cosignature, key.ToArray())
{
    internal override VerifiedSignature? Verify(string text, NoteSignature signature) =>
        TimestampedSignature.Read(signature, MlDsa44PublicKey.SignatureLength) is { } stamped
        && CosignedMessage.ForMlDsa44(Name, stamped.Time, text) is { } message
        && key.Verifies(message, stamped.Signature.Span)
            ? new VerifiedSignature(this, signature, text, stamped.Time)
            : null;
}

/// <summary>The <c>timestamped_signature</c> of c2sp.org/tlog-cosignature.</summary>
internal readonly record struct TimestampedSignature(DateTimeOffset Time, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Reads it; null for another length, or for a time after the year 9999, which no honest cosigner gives.</summary>
    public static TimestampedSignature? Read(NoteSignature signature, int signatureLength)
    {
        if (signature.Bytes.Length != sizeof(ulong) + signatureLength)
        {
            return null;
        }

        ulong seconds = BinaryPrimitives.ReadUInt64BigEndian(signature.Bytes.AsSpan());
        return seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? new TimestampedSignature(DateTimeOffset.FromUnixTimeSeconds((long)seconds), signature.Bytes.AsMemory()[sizeof(ulong)..])
            : null;
    }

    public static byte[] Write(DateTimeOffset time, ReadOnlySpan<byte> signature)
    {
        var bytes = new byte[sizeof(ulong) + signature.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)time.ToUnixTimeSeconds());
        signature.CopyTo(bytes.AsSpan(sizeof(ulong)));
        return bytes;
    }
}
