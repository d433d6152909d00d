using System.Security.Cryptography;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;

namespace EhrLedger.Consent.Recovery;

/// <summary>A share of one of a set-up's two secrets: its number and 32 bytes, as those of emergency keys. What it is sealed for binds it to plan or request.</summary>
public static class RecoveryShare
{
    /// <summary>Bytes of a sealed share.</summary>
    public const int SealedLength = EmergencyShare.SealedLength;

    /// <summary>SHA-256 of number and bytes.</summary>
    public static Digest DigestOf(Share share)
    {
        ArgumentNullException.ThrowIfNull(share);
        var bytes = EmergencyShare.Encode(share);
        var digest = Digest.Of(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return digest;
    }

    /// <summary>Seals a share.</summary>
    /// <param name="share">Stays the caller's.</param>
    /// <param name="recipient">Who opens it.</param>
    /// <param name="info">One of <see cref="SealedFor"/>.</param>
    /// <param name="boundTo">Digest of the plan, or of what was asked for.</param>
    public static byte[] Seal(Share share, XWingPublicKey recipient, ReadOnlySpan<byte> info, Digest boundTo)
    {
        var bytes = EmergencyShare.Encode(share);
        var message = HpkeMessage.Seal(recipient, info, boundTo.ToArray(), bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return message;
    }

    /// <summary>Null if it was sealed for something else. What it opens to is a claim, until it is held against the plan.</summary>
    /// <param name="sealedShare">Untrusted.</param>
    /// <param name="key">The recipient's.</param>
    /// <param name="info">One of <see cref="SealedFor"/>.</param>
    /// <param name="boundTo">Digest of the plan, or of what was asked for.</param>
    public static Share? Open(ReadOnlySpan<byte> sealedShare, XWingPrivateKey key, ReadOnlySpan<byte> info, Digest boundTo)
    {
        if (HpkeMessage.Open(key, info, boundTo.ToArray(), sealedShare) is not { } bytes)
        {
            return null;
        }

        var share = EmergencyShare.TryDecode(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return share;
    }
}
