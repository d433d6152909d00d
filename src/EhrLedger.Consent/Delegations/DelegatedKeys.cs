using System.Numerics;
using System.Security.Cryptography;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Delegations;

/// <summary>
/// What a delegate needs for the acts that are delegated, and nothing else: docs/formats.md, delegated-keys. The patient's wallet leaves it with the members, sealed to the delegate, and anew whenever it changes. Its keys are zeroed on Dispose.
/// </summary>
/// <param name="subjects">In the order of the delegate's keys. Taken over.</param>
public sealed class DelegatedKeys(IReadOnlyList<DelegatedSubject> subjects) : IDisposable
{
    private const byte Marker = 0x80;
    private const int SmallestSize = 4_096;

    /// <summary>Those whose delegation is in force.</summary>
    public IReadOnlyList<DelegatedSubject> Subjects => subjects;

    /// <summary>Seals it to the delegate.</summary>
    public PublishedKeys Seal(MandateId mandate, XWingPublicKey delegateKey)
    {
        var padded = Pad();
        var published = new PublishedKeys(Digest.Of(padded), HpkeMessage.Seal(delegateKey, SealedFor.DelegatedKeys, mandate.Key.ToArray(), padded));
        CryptographicOperations.ZeroMemory(padded);
        return published;
    }

    /// <summary>By which the wallet sees that members have the newest. It tells nothing: there are secrets in what it is of.</summary>
    public Digest ComputeDigest()
    {
        var padded = Pad();
        var digest = Digest.Of(padded);
        CryptographicOperations.ZeroMemory(padded);
        return digest;
    }

    /// <summary>Opens it. Null if it is another delegate's, or anything but what the patient's wallet has sealed.</summary>
    public static DelegatedKeys? Open(MandateId mandate, PublishedKeys published, XWingPrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(published);
        if (HpkeMessage.Open(key, SealedFor.DelegatedKeys, mandate.Key.ToArray(), published.Message.Span) is not { } padded)
        {
            return null;
        }

        var end = padded.AsSpan().LastIndexOfAnyExcept((byte)0);
        var keys = Digest.Of(padded) == published.Digest && end >= 0 && padded[end] == Marker && padded.Length == SizeFor(end + 1) ? TryParse(padded.AsMemory(0, end)) : null;
        CryptographicOperations.ZeroMemory(padded);
        return keys;
    }

    /// <summary>Canonical bytes. The caller zeroes them.</summary>
    public byte[] Encode() => new DeterministicCborWriter(SmallestSize).WriteArray(2).WriteUInt(1).WriteAll(Subjects, DelegatedSubject.Write).ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    /// <param name="bytes">Nothing keeps a slice of them: the caller may zero them.</param>
    public static DelegatedKeys? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        reader.Require(reader.ReadUInt() == 1);
        var keys = new DelegatedKeys(reader.ReadArray(0, DelegateInvitation.MostSubjects, DelegatedSubject.Read));
        reader.ReadEndArray();
        for (var i = 1; i < keys.Subjects.Count; i++)
        {
            reader.Require(keys.Subjects[i - 1].Number < keys.Subjects[i].Number);
        }

        return keys;
    });

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        foreach (var subject in subjects)
        {
            subject.Dispose();
        }
    }

    /// <summary>"DelegatedKeys(redacted)".</summary>
    public override string ToString() => "DelegatedKeys(redacted)";

    // Its size tells only to a power of two for how many subjects somebody acts.
    private byte[] Pad()
    {
        var plain = Encode();
        var padded = new byte[SizeFor(plain.Length + 1)];
        plain.CopyTo(padded, 0);
        padded[plain.Length] = Marker;
        CryptographicOperations.ZeroMemory(plain);
        return padded;
    }

    private static int SizeFor(int length) => (int)Math.Max(BitOperations.RoundUpToPowerOf2((uint)length), SmallestSize);
}

/// <summary>What a delegate has of one subject.</summary>
public sealed class DelegatedSubject : IDisposable
{
    private const int MostLogs = 512;

    /// <summary>Whose topic.</summary>
    public required SubjectId Subject { get; init; }

    /// <summary>Who writes its records.</summary>
    public required OrganisationId Author { get; init; }

    /// <summary>What it is the pseudonym for.</summary>
    public required Category Category { get; init; }

    /// <summary>Under which the delegate acts.</summary>
    public required DelegationId Delegation { get; init; }

    /// <summary>Which of the delegate's keys it is for, from 0.</summary>
    public required uint Number { get; init; }

    /// <summary>From which come the memos and log keys of grants that the delegate gives.</summary>
    public required SymmetricKey MemoKey { get; init; }

    /// <summary>The keys of the epochs, ascending: what a grant gives away. None where the delegate may not grant.</summary>
    public required IReadOnlyList<EpochKey> Epochs { get; init; }

    /// <summary>What opens the log of the patient's own grants. None where the delegate may not see it.</summary>
    public required IReadOnlyList<DelegatedLog> Logs { get; init; }

    /// <summary>The memos and log keys of grants that the delegate gives. The caller disposes of it.</summary>
    public MemoKey OpenMemos()
    {
        Span<byte> secret = stackalloc byte[SymmetricKey.KeyLength];
        MemoKey.ExportTo(secret);
        var memos = new MemoKey(SymmetricKey.FromBytes(secret));
        CryptographicOperations.ZeroMemory(secret);
        return memos;
    }

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        MemoKey.Dispose();
        foreach (var epoch in Epochs)
        {
            epoch.Dispose();
        }

        foreach (var log in Logs)
        {
            log.Dispose();
        }
    }

    /// <summary>"DelegatedSubject(redacted)".</summary>
    public override string ToString() => "DelegatedSubject(redacted)";

    internal static void Write(DeterministicCborWriter writer, DelegatedSubject subject)
    {
        writer.WriteArray(8)
            .WriteSubject(subject.Subject)
            .WriteOrganisation(subject.Author)
            .WriteUInt((ulong)subject.Category)
            .WriteBytes(subject.Delegation.ToArray())
            .WriteUInt(subject.Number);
        WriteSecret(writer, subject.MemoKey);
        writer.WriteAll(subject.Epochs, EpochKey.Write).WriteAll(subject.Logs, (items, log) =>
        {
            items.WriteArray(3).WriteGrantId(log.Grant).WriteOrganisation(log.Grantee);
            WriteSecret(items, log.Key);
        });
    }

    internal static DelegatedSubject Read(StrictCborReader reader)
    {
        reader.ReadStartArray(8);
        var subject = new DelegatedSubject
        {
            Subject = reader.ReadSubject(),
            Author = reader.ReadOrganisation(),
            Category = reader.ReadCategory(),
            Delegation = reader.ReadDelegationId(),
            Number = reader.ReadUInt32(),
            MemoKey = SymmetricKey.FromBytes(reader.ReadBytes(SymmetricKey.KeyLength).Span),
            Epochs = reader.ReadArray(0, SubjectState.MostEpochs, EpochKey.Read),
            Logs = reader.ReadArray(0, MostLogs, item =>
            {
                item.ReadStartArray(3);
                var log = new DelegatedLog(item.ReadGrantId(), item.ReadOrganisation(), SymmetricKey.FromBytes(item.ReadBytes(SymmetricKey.KeyLength).Span));
                item.ReadEndArray();
                return log;
            }),
        };
        reader.ReadEndArray();
        for (var i = 1; i < subject.Epochs.Count; i++)
        {
            reader.Require(subject.Epochs[i - 1].Epoch < subject.Epochs[i].Epoch);
        }

        return subject;
    }

    private static void WriteSecret(DeterministicCborWriter writer, SymmetricKey key)
    {
        Span<byte> secret = stackalloc byte[SymmetricKey.KeyLength];
        key.ExportTo(secret);
        writer.WriteBytes(secret);
        CryptographicOperations.ZeroMemory(secret);
    }
}

/// <summary>What opens the log of one grant.</summary>
/// <param name="grant">Which.</param>
/// <param name="grantee">To whom.</param>
/// <param name="key">Its log key. Taken over.</param>
public sealed class DelegatedLog(GrantId grant, OrganisationId grantee, SymmetricKey key) : IDisposable
{
    /// <summary>Which.</summary>
    public GrantId Grant => grant;

    /// <summary>To whom.</summary>
    public OrganisationId Grantee => grantee;

    /// <summary>Opens what the grantee's entries say.</summary>
    public SymmetricKey Key => key;

    /// <summary>Overwrites the key with zeros.</summary>
    public void Dispose() => key.Dispose();

    /// <summary>"DelegatedLog(redacted)".</summary>
    public override string ToString() => "DelegatedLog(redacted)";
}

/// <summary>What members keep for a delegate: docs/formats.md, published-keys.</summary>
/// <param name="Digest">SHA-256 of what is sealed.</param>
/// <param name="Message">HPKE message to the delegate.</param>
public sealed record PublishedKeys(Digest Digest, ReadOnlyMemory<byte> Message)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Message.Length + 64).WriteArray(2).WriteDigest(Digest).WriteBytes(Message.Span).ToArray();

    /// <summary>Null unless the bytes are this in its only encoding.</summary>
    public static PublishedKeys? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var published = new PublishedKeys(reader.ReadDigest(), reader.ReadBytes(0, 1 << 20));
        reader.ReadEndArray();
        return published;
    });
}
