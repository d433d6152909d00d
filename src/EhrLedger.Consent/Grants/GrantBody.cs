using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Grants;

/// <summary>
/// Body of Granted. Who may read, and what, nobody can see in it: the keys are made for this grant alone, and the terms stand as a salted digest.
/// </summary>
/// <param name="Id">Random.</param>
/// <param name="ReaderKey">Signs the grantee's Search and Read entries and requests under this grant.</param>
/// <param name="AnswerKeyDigest">SHA-256 of the X-Wing public key that custodians seal their answers to.</param>
/// <param name="Days">When it holds.</param>
/// <param name="TermsDigest">SHA-256 of the encoded <see cref="GrantTerms"/>.</param>
/// <param name="AccessKeyDigest">SHA-256 of the access key's plaintext, which the grantee gets by message.</param>
/// <param name="Memo">What the wallet needs to show and restore the grant, sealed for it alone; at most 58,000 bytes.</param>
public sealed record GrantBody(
    GrantId Id, Ed25519PublicKey ReaderKey, Digest AnswerKeyDigest, DayRange Days, Digest TermsDigest, Digest AccessKeyDigest, ReadOnlyMemory<byte> Memo)
{
    /// <summary>Most bytes of a memo.</summary>
    public const int LargestMemo = 58_000;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Memo.Length + 256)
        .WriteArray(8)
        .WriteGrantId(Id)
        .WriteKey(ReaderKey)
        .WriteDigest(AnswerKeyDigest)
        .WriteUInt(Days.First)
        .WriteUInt(Days.Last)
        .WriteDigest(TermsDigest)
        .WriteDigest(AccessKeyDigest)
        .WriteBytes(Memo.Span)
        .ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static GrantBody? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, Read);

    /// <summary>The grant that an entry makes, in the patient's own name or a delegate's. Null where it makes none.</summary>
    public static GrantBody? Find(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Type == ConsentEntryTypes.Granted ? TryParse(entry.Body)
            : entry.Type == ConsentEntryTypes.DelegateGranted ? DelegateGranted.TryParse(entry.Body)?.Grant
            : null;
    }

    internal static GrantBody Read(StrictCborReader reader)
    {
        reader.ReadStartArray(8);
        var body = new GrantBody(
            reader.ReadGrantId(),
            reader.ReadKey(),
            reader.ReadDigest(),
            new DayRange(reader.ReadUInt32(), reader.ReadUInt32()),
            reader.ReadDigest(),
            reader.ReadDigest(),
            reader.ReadBytes(0, LargestMemo));
        reader.ReadEndArray();
        return body;
    }
}
