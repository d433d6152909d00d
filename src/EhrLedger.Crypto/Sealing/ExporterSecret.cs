using System.Security.Cryptography;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Crypto.Sealing;

/// <summary>
/// The HPKE exporter secret that one encapsulation gives both sides, and the one-time AES keys that come out of it.
/// </summary>
/// <remarks>
/// The key of a seal is Export(context, 32) of RFC 9180 §5.3, for the digest that names the seal. It is used once, so the nonce is
/// zero and there is no counter that could be lost in a crash or repeated from a backup.
/// </remarks>
public abstract class ExporterSecret : SecretKey
{
    /// <summary>Length of the secret in bytes.</summary>
    public const int SecretLength = 32;

    /// <summary>How much longer than the plaintext a seal is, in bytes.</summary>
    public const int Overhead = Aead.IAead.TagLength;

    private static readonly HpkeLabels Labels = new([.. "HPKE"u8, 0x64, 0x7a, 0x00, 0x01, 0x00, 0x02]);

    // All but the context of the info of LabeledExpand; only the last 32 bytes differ from seal to seal.
    private static readonly byte[] InfoTemplate = Labels.Info("sec"u8, new byte[Digest.Length], SymmetricKey.KeyLength);

    private readonly Kdf.PreparedHmac _prepared = new();

    private protected ExporterSecret(ReadOnlySpan<byte> exporterSecret, ReadOnlySpan<byte> encapsulation)
        : base(exporterSecret)
    {
        EncapsulationId = Digest.Of(encapsulation);
    }

    /// <summary>SHA-256 of the encapsulation: by it a seal says which secret opens it.</summary>
    public Digest EncapsulationId { get; }

    private protected void DeriveOneTimeKey(Digest context, Span<byte> key)
    {
        Span<byte> info = stackalloc byte[InfoTemplate.Length];
        InfoTemplate.CopyTo(info);
        context.CopyTo(info[^Digest.Length..]);
        Kdf.Hkdf.Expand(_prepared, Secret, info, key);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _prepared.Dispose();
    }

    private protected static void Zero(Span<byte> key) => CryptographicOperations.ZeroMemory(key);
}
