namespace EhrLedger.Crypto.Hpke;

/// <summary>The pre-shared key of RFC 9180's PSK mode, which only its vectors use here.</summary>
/// <param name="Key">At least 32 bytes.</param>
/// <param name="Id">Its name.</param>
internal sealed record HpkePsk(byte[] Key, byte[] Id);
