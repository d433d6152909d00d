using System.Security.Cryptography;

namespace EhrLedger.Crypto.Hpke;

/// <summary>The sealing side of HPKE, base mode. Not thread-safe.</summary>
/// <remarks>Source: RFC 9180 §5.1.1 with X-Wing (0x647a), HKDF-SHA256 and AES-256-GCM. Base mode authenticates no sender: who seals also signs.</remarks>
public sealed class HpkeSender : HpkeContext
{
    private readonly byte[] _encapsulation;

    private HpkeSender(byte[] encapsulation, ushort kemId, HpkeAead aead, ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> info, HpkePsk? psk)
        : base(kemId, aead, sharedSecret, info, psk) => _encapsulation = encapsulation;

    /// <summary>What the receiver needs to follow: 1,120 bytes for X-Wing.</summary>
    public ReadOnlySpan<byte> Encapsulation => _encapsulation;

    /// <summary>Starts a series of messages to the holder of a key.</summary>
    /// <param name="recipient">Whose private key opens them.</param>
    /// <param name="info">What they are for; the receiver must say the same.</param>
    public static HpkeSender SetUp(XWingPublicKey recipient, ReadOnlySpan<byte> info)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return TrySetUp(recipient, HpkeAead.Aes256Gcm, info) ?? throw new InvalidOperationException("X-Wing encapsulates to every valid key.");
    }

    /// <returns>Null if the recipient's key is an X25519 point of small order.</returns>
    internal static HpkeSender? TrySetUp(IEncapsulationKey recipient, HpkeAead aead, ReadOnlySpan<byte> info, HpkePsk? psk = null, byte[]? seed = null)
    {
        seed ??= RandomNumberGenerator.GetBytes(recipient.EncapsulationSeedLength);
        Span<byte> sharedSecret = stackalloc byte[32];
        var encapsulation = recipient.Encapsulate(seed, sharedSecret);
        var sender = encapsulation is null ? null : new HpkeSender(encapsulation, recipient.KemId, aead, sharedSecret, info, psk);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(sharedSecret);
        return sender;
    }

    /// <summary>Seals the next message of the series.</summary>
    /// <param name="aad">Authenticated, not encrypted.</param>
    /// <param name="plaintext">The message.</param>
    /// <returns>Ciphertext || tag, 16 bytes longer.</returns>
    public byte[] Seal(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext) => SealNext(aad, plaintext);
}
