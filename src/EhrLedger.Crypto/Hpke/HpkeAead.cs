using EhrLedger.Crypto.Aead;

namespace EhrLedger.Crypto.Hpke;

/// <summary>The AEADs of RFC 9180 §7.3. Our seals use AES-256-GCM; the published vectors use them all.</summary>
/// <param name="Id">The number in the IANA registry.</param>
/// <param name="KeyLength">Nk in bytes; 0 for export only.</param>
/// <param name="Cipher">Null for export only.</param>
internal sealed record HpkeAead(ushort Id, int KeyLength, IAead? Cipher)
{
    public static HpkeAead Aes128Gcm { get; } = new(0x0001, 16, AesGcmEngine.Current);

    public static HpkeAead Aes256Gcm { get; } = new(0x0002, 32, AesGcmEngine.Current);

    public static HpkeAead ChaCha20Poly1305 { get; } = new(0x0003, 32, BouncyCastleAead.ChaCha20Poly1305);

    public static HpkeAead ExportOnly { get; } = new(0xffff, 0, null);
}
