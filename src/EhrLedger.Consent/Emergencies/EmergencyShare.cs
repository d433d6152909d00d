using System.Security.Cryptography;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;

namespace EhrLedger.Consent.Emergencies;

/// <summary>A custodian's share of an emergency key: its number and 32 bytes; sealed to the custodian, and bound to the policy.</summary>
public static class EmergencyShare
{
    /// <summary>Bytes of a share in the clear.</summary>
    public const int Length = 1 + XWingPrivateKey.SeedLength;

    /// <summary>Bytes of a sealed share.</summary>
    public const int SealedLength = HpkeMessage.Overhead + Length;

    /// <summary>Seals a share.</summary>
    /// <param name="share">Of the policy's key.</param>
    /// <param name="policy">Which binds it to subject and number.</param>
    /// <param name="custodian">The custodian's sealing key on the ledger.</param>
    public static byte[] Seal(Share share, EmergencyPolicy policy, XWingPublicKey custodian)
    {
        ArgumentNullException.ThrowIfNull(share);
        ArgumentNullException.ThrowIfNull(policy);
        var bytes = Encode(share);
        var message = HpkeMessage.Seal(custodian, SealedFor.EmergencyShare, policy.Digest.ToArray(), bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return message;
    }

    /// <summary>Null unless it is the policy's share with this number.</summary>
    /// <param name="sealedShare">Untrusted.</param>
    /// <param name="policy">That it is said to belong to.</param>
    /// <param name="place">The custodian's place in the set, from 0.</param>
    /// <param name="sealingKey">The custodian's.</param>
    public static Share? Open(ReadOnlySpan<byte> sealedShare, EmergencyPolicy policy, int place, XWingPrivateKey sealingKey)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (HpkeMessage.Open(sealingKey, SealedFor.EmergencyShare, policy.Digest.ToArray(), sealedShare) is not { } bytes)
        {
            return null;
        }

        var share = TryDecode(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        if (share is null || share.Number != place + 1 || !policy.Holds(share))
        {
            share?.Dispose();
            return null;
        }

        return share;
    }

    internal static byte[] Encode(Share share)
    {
        var bytes = new byte[1 + share.Length];
        bytes[0] = share.Number;
        share.ExportTo(bytes.AsSpan(1));
        return bytes;
    }

    internal static Share? TryDecode(ReadOnlySpan<byte> bytes) => bytes.Length == Length ? Share.TryFromBytes(bytes[0], bytes[1..]) : null;
}
