using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Emergencies;

/// <summary>What an emergency opens: docs/formats.md, emergency-keys. It is sealed to the emergency key, and lies with the custodians. Zeroed on Dispose.</summary>
/// <param name="author">Who wrote the records, and has them.</param>
/// <param name="category">What the subject is the pseudonym for.</param>
/// <param name="logKey">What the log key of each emergency under the policy comes from. Taken over.</param>
/// <param name="epochs">The keys of the epochs from 0 on, ascending. Taken over.</param>
public sealed class EmergencyKeys(OrganisationId author, Category category, SymmetricKey logKey, IReadOnlyList<EpochKey> epochs) : IDisposable
{
    /// <summary>Most bytes when sealed.</summary>
    public const int LargestSize = 1 << 20;

    /// <summary>Most bytes when sealed, of the epochs up to one.</summary>
    public static long LargestThrough(uint epoch) => HpkeMessage.Overhead + 128 + (76 * (epoch + 1L));

    /// <summary>Who wrote the records.</summary>
    public OrganisationId Author => author;

    /// <summary>What the subject is the pseudonym for.</summary>
    public Category Category => category;

    /// <summary>The keys of the epochs.</summary>
    public IReadOnlyList<EpochKey> Epochs => epochs;

    /// <summary>The log key of one emergency, which the wallet can derive as well.</summary>
    public SymmetricKey DeriveLogKey(GrantId grant) => LogKeyOf(logKey, grant);

    /// <summary>The log key of one emergency.</summary>
    /// <param name="policyKey">Of the policy; stays the caller's.</param>
    /// <param name="grant">The emergency's.</param>
    public static SymmetricKey LogKeyOf(SymmetricKey policyKey, GrantId grant)
    {
        ArgumentNullException.ThrowIfNull(policyKey);
        return policyKey.Derive("log", grant.ToArray());
    }

    /// <summary>Seals the keys.</summary>
    public byte[] Seal(EmergencyPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var plaintext = Encode();
        var message = HpkeMessage.Seal(policy.Key, SealedFor.EmergencyKeys, policy.Digest.ToArray(), plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return message;
    }

    /// <summary>Null unless it was sealed so for this policy.</summary>
    /// <param name="key">The policy's emergency key, put together from shares.</param>
    /// <param name="policy">Which.</param>
    /// <param name="message">Untrusted.</param>
    public static EmergencyKeys? Open(XWingPrivateKey key, EmergencyPolicy policy, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (HpkeMessage.Open(key, SealedFor.EmergencyKeys, policy.Digest.ToArray(), message) is not { } plaintext)
        {
            return null;
        }

        var keys = TryParse(plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return keys;
    }

    /// <summary>Canonical bytes. The caller zeroes them.</summary>
    public byte[] Encode()
    {
        Span<byte> log = stackalloc byte[SymmetricKey.KeyLength];
        logKey.ExportTo(log);
        var writer = new DeterministicCborWriter(128 + (epochs.Count * 80))
            .WriteArray(4)
            .WriteOrganisation(author)
            .WriteUInt((ulong)category)
            .WriteBytes(log)
            .WriteAll(epochs, EpochKey.Write);
        CryptographicOperations.ZeroMemory(log);
        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are these keys in their only encoding. Nothing keeps a slice of them.</summary>
    public static EmergencyKeys? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(4);
        var keys = new EmergencyKeys(
            reader.ReadOrganisation(),
            reader.ReadCategory(),
            SymmetricKey.FromBytes(reader.ReadBytes(SymmetricKey.KeyLength).Span),
            reader.ReadArray(1, SubjectState.MostEpochs, EpochKey.Read));
        reader.ReadEndArray();
        for (var i = 1; i < keys.Epochs.Count; i++)
        {
            reader.Require(keys.Epochs[i - 1].Epoch < keys.Epochs[i].Epoch);
        }

        return keys;
    });

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        logKey.Dispose();
        foreach (var epoch in epochs)
        {
            epoch.Dispose();
        }
    }

    /// <summary>"EmergencyKeys(redacted)".</summary>
    public override string ToString() => "EmergencyKeys(redacted)";
}
