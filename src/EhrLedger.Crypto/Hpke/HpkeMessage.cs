namespace EhrLedger.Crypto.Hpke;

/// <summary>One message to the holder of an X-Wing key: encapsulation (1,120 bytes) || ciphertext || tag (16).</summary>
/// <remarks>Source: RFC 9180 §6.1, single-shot. Costs an encapsulation; small repeated seals share one (see the Sealing folder).</remarks>
public static class HpkeMessage
{
    /// <summary>How much longer than the plaintext a message is, in bytes.</summary>
    public const int Overhead = XWingPublicKey.EncapsulationLength + Aead.IAead.TagLength;

    /// <summary>Seals a message.</summary>
    /// <param name="recipient">Whose private key opens it.</param>
    /// <param name="info">What it is for; the receiver must say the same.</param>
    /// <param name="aad">Authenticated, not encrypted.</param>
    /// <param name="plaintext">The message.</param>
    public static byte[] Seal(XWingPublicKey recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext)
    {
        using var sender = HpkeSender.SetUp(recipient, info);
        return [.. sender.Encapsulation, .. sender.Seal(aad, plaintext)];
    }

    /// <summary>Opens a message.</summary>
    /// <returns>Null if anything is other than it was sealed. Never throws on hostile input.</returns>
    public static byte[]? Open(XWingPrivateKey key, ReadOnlySpan<byte> info, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (message.Length < Overhead)
        {
            return null;
        }

        using var receiver = HpkeReceiver.SetUp(key, message[..XWingPublicKey.EncapsulationLength], info);
        return receiver?.Open(aad, message[XWingPublicKey.EncapsulationLength..]);
    }
}
