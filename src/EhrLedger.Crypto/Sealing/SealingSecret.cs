using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Crypto.Sealing;

/// <summary>The sealing side of many small seals to one X-Wing key. A seal costs one HMAC and one AES call. Thread-safe, except for Dispose.</summary>
public sealed class SealingSecret : ExporterSecret
{
    private readonly byte[] _encapsulation;

    private SealingSecret(byte[] encapsulation, ReadOnlySpan<byte> exporterSecret)
        : base(exporterSecret, encapsulation) => _encapsulation = encapsulation;

    /// <summary>1,120 bytes, public: what the recipient makes its <see cref="OpeningSecret"/> of.</summary>
    public ReadOnlyMemory<byte> Encapsulation => _encapsulation;

    /// <summary>Makes a fresh secret. Costs one X-Wing encapsulation.</summary>
    /// <param name="recipient">Whose private key opens the seals.</param>
    /// <param name="info">What they are for; the recipient must say the same.</param>
    public static SealingSecret SetUp(XWingPublicKey recipient, ReadOnlySpan<byte> info)
    {
        using var sender = HpkeSender.SetUp(recipient, info);
        return new SealingSecret(sender.Encapsulation.ToArray(), sender.ExporterSecret);
    }

    /// <summary>Takes up a secret from the key store, where <see cref="SecretKey.ExportTo"/> put it.</summary>
    /// <param name="encapsulation">The 1,120 bytes that belong to it.</param>
    /// <param name="exporterSecret">32 bytes; the caller zeroes its own copy.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static SealingSecret FromStored(ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> exporterSecret)
    {
        if (encapsulation.Length != XWingPublicKey.EncapsulationLength || exporterSecret.Length != SecretLength)
        {
            throw new ArgumentException($"An encapsulation has {XWingPublicKey.EncapsulationLength} bytes, its secret {SecretLength}.");
        }

        return new SealingSecret(encapsulation.ToArray(), exporterSecret);
    }

    /// <summary>Seals a few bytes.</summary>
    /// <param name="context">
    /// Names this seal, and no other one under this secret: the digest of something with 32 random bytes in it. Two plaintexts under one
    /// context would share a key and a nonce, which gives both away.
    /// </param>
    /// <param name="plaintext">The bytes.</param>
    /// <returns>Ciphertext || tag, 16 bytes longer.</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[] Seal(Digest context, ReadOnlySpan<byte> plaintext)
    {
        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        DeriveOneTimeKey(context, key);
        var result = AesGcmEngine.SealOnce(key, [], plaintext);
        Zero(key);
        return result;
    }
}
