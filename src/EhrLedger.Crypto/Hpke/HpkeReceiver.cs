using System.Security.Cryptography;

namespace EhrLedger.Crypto.Hpke;

/// <summary>The opening side of HPKE, base mode. Not thread-safe.</summary>
/// <remarks>Source: RFC 9180 §5.1.1 with X-Wing (0x647a), HKDF-SHA256 and AES-256-GCM.</remarks>
public sealed class HpkeReceiver : HpkeContext
{
    private HpkeReceiver(ushort kemId, HpkeAead aead, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info, HpkePsk? psk)
        : base(kemId, aead, sharedSecret, info, psk)
    {
    }

    /// <summary>Follows a sender.</summary>
    /// <param name="key">The recipient's key.</param>
    /// <param name="encapsulation">From the sender; untrusted.</param>
    /// <param name="info">As the sender said.</param>
    /// <returns>Null unless there are 1,120 bytes. A wrong encapsulation, key or info shows when nothing opens.</returns>
    public static HpkeReceiver? SetUp(XWingPrivateKey key, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> info)
    {
        ArgumentNullException.ThrowIfNull(key);
        return TrySetUp(key, HpkeAead.Aes256Gcm, encapsulation, info);
    }

    internal static HpkeReceiver? TrySetUp(IDecapsulationKey key, HpkeAead aead, ReadOnlySpan<byte> encapsulation, ReadOnlySpan<byte> info, HpkePsk? psk = null)
    {
        Span<byte> sharedSecret = stackalloc byte[32];
        var receiver = key.TryDecapsulate(encapsulation, sharedSecret) ? new HpkeReceiver(key.KemId, aead, sharedSecret, info, psk) : null;
        CryptographicOperations.ZeroMemory(sharedSecret);
        return receiver;
    }

    /// <summary>Opens the next message of the series. One that fails does not count.</summary>
    /// <returns>Null if anything is other than it was sealed, or out of turn.</returns>
    public byte[]? Open(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes) => OpenNext(aad, sealedBytes);
}
