using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;

namespace EhrLedger.Consent.Emergencies;

/// <summary>A custodian's answer in an emergency: docs/formats.md, emergency-release. The share is zeroed on Dispose.</summary>
public sealed class EmergencyRelease : IDisposable
{
    private EmergencyRelease(ReadOnlyMemory<byte> signedDeposit, Share share)
    {
        SignedDeposit = signedDeposit;
        Share = share;
    }

    /// <summary>What the subject has left with the custodian, as it was signed: so the custodian can't make it up. Not checked.</summary>
    public ReadOnlyMemory<byte> SignedDeposit { get; }

    /// <summary>The custodian's share: a claim, until it is held against the policy.</summary>
    public Share Share { get; }

    /// <summary>Seals an answer.</summary>
    /// <param name="signedDeposit">Of the subject, under the policy in force.</param>
    /// <param name="share">This custodian's, opened. Stays the caller's.</param>
    /// <param name="answerKey">From the request, whose digest <see cref="EmergencyCheck"/> has found in the entry.</param>
    /// <param name="entry">Digest of the EmergencyAccess entry: the answer opens for no other.</param>
    /// <returns>Null if the answer key is no valid key.</returns>
    public static byte[]? Seal(ReadOnlyMemory<byte> signedDeposit, Share share, ReadOnlySpan<byte> answerKey, Digest entry)
    {
        if (XWingPublicKey.TryFromBytes(answerKey) is not { } recipient)
        {
            return null;
        }

        var bytes = EmergencyShare.Encode(share);
        var plaintext = new DeterministicCborWriter(signedDeposit.Length + 64).WriteArray(2).WriteBytes(signedDeposit.Span).WriteBytes(bytes).ToArray();
        var message = HpkeMessage.Seal(recipient, SealedFor.EmergencyRelease, entry.ToArray(), plaintext);
        CryptographicOperations.ZeroMemory(bytes);
        CryptographicOperations.ZeroMemory(plaintext);
        return message;
    }

    /// <summary>Null if it is another emergency's, or was changed.</summary>
    /// <param name="answerKey">Of the emergency.</param>
    /// <param name="entry">Digest of the EmergencyAccess entry.</param>
    /// <param name="message">Untrusted.</param>
    public static EmergencyRelease? Open(XWingPrivateKey answerKey, Digest entry, ReadOnlySpan<byte> message) =>
        HpkeMessage.Open(answerKey, SealedFor.EmergencyRelease, entry.ToArray(), message) is { } plaintext
            ? CborReading.TryRead(plaintext, reader =>
            {
                reader.ReadStartArray(2);
                var deposit = reader.ReadBytes(0, EmergencyDeposit.LargestSize);
                var release = new EmergencyRelease(deposit, reader.Require(EmergencyShare.TryDecode(reader.ReadBytes(EmergencyShare.Length).Span)));
                reader.ReadEndArray();
                return release;
            })
            : null;

    /// <summary>Overwrites the share with zeros.</summary>
    public void Dispose() => Share.Dispose();

    /// <summary>"EmergencyRelease(redacted)".</summary>
    public override string ToString() => "EmergencyRelease(redacted)";
}
