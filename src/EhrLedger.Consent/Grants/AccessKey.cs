using System.Security.Cryptography;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Grants;

/// <summary>
/// What the grantee gets beside the Granted entry: docs/formats.md, access-key. It opens K1 of what the grant covers, and no record without the custodians. It
/// goes in an HPKE message, never onto the ledger. Its keys are zeroed on Dispose.
/// </summary>
public sealed class AccessKey : IDisposable
{
    private const int MostEpochs = SubjectState.MostEpochs;

    /// <summary>Which grant.</summary>
    public required GrantId Grant { get; init; }

    /// <summary>Whose records.</summary>
    public required SubjectId Subject { get; init; }

    /// <summary>Who wrote them, and has them.</summary>
    public required OrganisationId Author { get; init; }

    /// <summary>What the subject is the pseudonym for.</summary>
    public required Category Category { get; init; }

    /// <summary>What is covered.</summary>
    public required GrantTerms Terms { get; init; }

    /// <summary>Seals what the grantee's entries say, for the wallet.</summary>
    public required SymmetricKey LogKey { get; init; }

    /// <summary>The keys of the epochs covered, ascending. Empty for a grant of single records.</summary>
    public required IReadOnlyList<EpochKey> Epochs { get; init; }

    /// <summary>The single records covered. Empty for a grant of all.</summary>
    public required IReadOnlyList<RecordKey> Records { get; init; }

    /// <summary>The grantee's own name of the patient, from its statement.</summary>
    public required string PatientLink { get; init; }

    /// <summary>The epoch's keys, null where the access key has none.</summary>
    public EpochKey? FindEpoch(uint epoch) => Epochs.FirstOrDefault(key => key.Epoch == epoch);

    /// <summary>Seals the access key to the grantee.</summary>
    /// <param name="answerKey">Of the grant.</param>
    /// <returns>The HPKE message, and the digest for the entry.</returns>
    public (byte[] Message, Digest Digest) Seal(XWingPublicKey answerKey)
    {
        var plaintext = Encode();
        var message = HpkeMessage.Seal(answerKey, SealedFor.AccessKey, Grant.ToArray(), plaintext);
        var digest = Digest.Of(plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return (message, digest);
    }

    /// <summary>The digest for the entry. It tells nothing: the log key in the access key is secret.</summary>
    public Digest ComputeDigest()
    {
        var plaintext = Encode();
        var digest = Digest.Of(plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return digest;
    }

    /// <summary>Opens the message.</summary>
    /// <param name="answerKey">The grantee's.</param>
    /// <param name="grant">The grant that it is said to belong to.</param>
    /// <param name="expected">The digest in the Granted or GrantExtended entry.</param>
    /// <param name="message">Untrusted.</param>
    /// <returns>Null if anything is other than the patient signed.</returns>
    public static AccessKey? Open(XWingPrivateKey answerKey, GrantId grant, Digest expected, ReadOnlySpan<byte> message)
    {
        if (HpkeMessage.Open(answerKey, SealedFor.AccessKey, grant.ToArray(), message) is not { } plaintext)
        {
            return null;
        }

        var key = Digest.Of(plaintext) == expected ? CborReading.TryRead(plaintext, Read) : null;
        CryptographicOperations.ZeroMemory(plaintext);
        if (key is not null && key.Grant != grant)
        {
            key.Dispose();
            return null;
        }

        return key;
    }

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        LogKey.Dispose();
        foreach (var epoch in Epochs)
        {
            epoch.Dispose();
        }

        foreach (var record in Records)
        {
            record.Dispose();
        }
    }

    /// <summary>"AccessKey(redacted)".</summary>
    public override string ToString() => "AccessKey(redacted)";

    /// <summary>Canonical bytes, for a key store. The caller zeroes them.</summary>
    public byte[] Encode()
    {
        Span<byte> logKey = stackalloc byte[SymmetricKey.KeyLength];
        LogKey.ExportTo(logKey);
        var writer = new DeterministicCborWriter(512 + (Epochs.Count * 80) + (Records.Count * 1024))
            .WriteArray(9)
            .WriteGrantId(Grant)
            .WriteSubject(Subject)
            .WriteOrganisation(Author)
            .WriteUInt((ulong)Category)
            .WriteItem(Terms.Encode())
            .WriteBytes(logKey)
            .WriteAll(Epochs, EpochKey.Write)
            .WriteAll(Records, RecordKey.Write)
            .WriteText(PatientLink);
        CryptographicOperations.ZeroMemory(logKey);
        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are an access key in its only encoding.</summary>
    /// <param name="bytes">From a key store. Nothing keeps a slice of them: the caller may zero them.</param>
    public static AccessKey? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, Read);

    private static AccessKey Read(StrictCborReader reader)
    {
        reader.ReadStartArray(9);
        var key = new AccessKey
        {
            Grant = reader.ReadGrantId(),
            Subject = reader.ReadSubject(),
            Author = reader.ReadOrganisation(),
            Category = reader.ReadCategory(),
            Terms = GrantTerms.Read(reader),
            LogKey = SymmetricKey.FromBytes(reader.ReadBytes(SymmetricKey.KeyLength).Span),
            Epochs = reader.ReadArray(0, MostEpochs, EpochKey.Read),
            Records = reader.ReadArray(0, GrantTerms.MostRecords, RecordKey.Read),
            PatientLink = reader.ReadText(200),
        };
        reader.ReadEndArray();
        for (var i = 1; i < key.Epochs.Count; i++)
        {
            reader.Require(key.Epochs[i - 1].Epoch < key.Epochs[i].Epoch);
        }

        reader.Require(key.Terms.Subject == key.Subject);
        return key;
    }
}
