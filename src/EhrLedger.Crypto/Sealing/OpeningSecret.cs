using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Hpke;

namespace EhrLedger.Crypto.Sealing;

/// <summary>The opening side of many small seals that share one encapsulation. Thread-safe, except for Dispose.</summary>
public sealed class OpeningSecret : ExporterSecret
{
    private OpeningSecret(ReadOnlySpan<byte> exporterSecret, ReadOnlySpan<byte> encapsulation)
        : base(exporterSecret, encapsulation)
    {
    }

    /// <summary>Makes the secret of an encapsulation. Costs one X-Wing decapsulation, so keep it for the seals that follow.</summary>
    /// <param name="key">The recipient's key.</param>
    /// <param name="encapsulation">From the sealing side; untrusted.</param>
    /// <param name="info">As the sealing side said.</param>
    /// <returns>Null unless there are 1,120 bytes. A wrong encapsulation, key or info shows when nothing opens.</returns>
    public static OpeningSecret? SetUp(XWingPrivateKey key, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> info)
    {
        using var receiver = HpkeReceiver.SetUp(key, encapsulation, info);
        return receiver is null ? null : new OpeningSecret(receiver.ExporterSecret, encapsulation);
    }

    /// <summary>Opens a seal.</summary>
    /// <param name="context">As it was sealed with.</param>
    /// <param name="sealedBytes">Ciphertext || tag; untrusted.</param>
    /// <returns>Null if anything is other than it was sealed.</returns>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public byte[]? Open(Digest context, ReadOnlySpan<byte> sealedBytes)
    {
        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        DeriveOneTimeKey(context, key);
        var result = AesGcmEngine.OpenOnce(key, [], sealedBytes);
        Zero(key);
        return result;
    }
}
