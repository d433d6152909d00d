using System.Buffers.Binary;
using EhrLedger.Crypto.Kdf;

namespace EhrLedger.Crypto.Hpke;

/// <summary>LabeledExtract and LabeledExpand of RFC 9180 §4, over HKDF-SHA256.</summary>
/// <param name="suiteId">"KEM" || kem, or "HPKE" || kem || kdf || aead.</param>
internal sealed class HpkeLabels(byte[] suiteId)
{
    private static ReadOnlySpan<byte> Version => "HPKE-v1"u8;

    public void Extract(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> inputKeyMaterial, Span<byte> prk) =>
        Hkdf.Extract(salt, [.. Version, .. suiteId, .. label, .. inputKeyMaterial], prk);

    public void Expand(ReadOnlySpan<byte> prk, ReadOnlySpan<byte> label, ReadOnlySpan<byte> info, Span<byte> output)
    {
        // RFC 5869 gives nothing for nothing; .NET refuses to be asked.
        if (!output.IsEmpty)
        {
            Hkdf.Expand(prk, Info(label, info, output.Length), output);
        }
    }

    /// <summary>length || "HPKE-v1" || suite || label || info.</summary>
    public byte[] Info(ReadOnlySpan<byte> label, ReadOnlySpan<byte> info, int outputLength)
    {
        var result = new byte[2 + Version.Length + suiteId.Length + label.Length + info.Length];
        BinaryPrimitives.WriteUInt16BigEndian(result, checked((ushort)outputLength));
        var rest = result.AsSpan(2);
        Append(Version, ref rest);
        Append(suiteId, ref rest);
        Append(label, ref rest);
        Append(info, ref rest);
        return result;
    }

    private static void Append(ReadOnlySpan<byte> part, ref Span<byte> rest)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }
}
