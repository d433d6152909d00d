using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Grants;

/// <summary>What a grant covers: docs/formats.md, terms. The ledger has the digest; the grantee shows the terms to custodians and index holders.</summary>
/// <param name="Salt">Random, so that nobody guesses the terms from the digest.</param>
/// <param name="Subject">Whose records.</param>
/// <param name="FirstEpoch">First epoch whose records are covered.</param>
/// <param name="LastEpoch">Last one, as of the grant; GrantExtended entries move it on.</param>
/// <param name="Purposes">1 to 32, each covering itself only.</param>
/// <param name="Records">
/// Single records, in all their versions that the epochs cover; 1 to 3,000, kept in ascending order. Null for all of the subject's.
/// </param>
/// <param name="Future">Whether records that are anchored after the grant are included; never with single records.</param>
public sealed record GrantTerms(
    Salt Salt, SubjectId Subject, uint FirstEpoch, uint LastEpoch, IReadOnlyList<PurposeOfUse> Purposes, IReadOnlyList<RecordId>? Records, bool Future)
{
    /// <summary>Most single records of a grant: as many as its memo, and with it the entry, has room for.</summary>
    public const int MostRecords = 3_000;

    /// <summary>Most purposes of a grant.</summary>
    public const int MostPurposes = 32;

    /// <summary>Single records in ascending order, each once. Null for all of the subject's.</summary>
    public IReadOnlyList<RecordId>? Records
    {
        get;
        init => field = InOrder(value);
    }
    = InOrder(Records);

    /// <summary>SHA-256 of the canonical bytes, as the Granted entry has it.</summary>
    public Digest Digest => Digest.Of(Encode());

    /// <summary>Whether reading for this purpose is allowed.</summary>
    public bool Allows(PurposeOfUse purpose) => Purposes.Contains(purpose);

    /// <summary>Whether the record is one of those granted, as far as its id goes.</summary>
    public bool Names(RecordId record) => Records is null || Array.BinarySearch((RecordId[])Records, record) >= 0;

    /// <summary>Canonical bytes. Order and uniqueness of purposes are made here.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(128 + ((Records?.Count ?? 0) * 17))
            .WriteArray(7)
            .WriteSalt(Salt)
            .WriteSubject(Subject)
            .WriteUInt(FirstEpoch)
            .WriteUInt(LastEpoch)
            .WritePurposes(Purposes);
        _ = Records is null ? writer.WriteNull() : writer.WriteAll(Records, (items, record) => items.WriteBytes(record.ToArray()));
        return writer.WriteBool(Future).ToArray();
    }

    /// <summary>Null unless the bytes are terms in their only encoding.</summary>
    public static GrantTerms? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, Read);

    internal static GrantTerms Read(StrictCborReader reader)
    {
        reader.ReadStartArray(7);
        var terms = new GrantTerms(
            reader.ReadSalt(),
            reader.ReadSubject(),
            reader.ReadUInt32(),
            reader.ReadUInt32(),
            reader.ReadPurposes(),
            reader.TryReadNull() ? null : reader.ReadAscending(1, MostRecords, item => item.ReadRecordId()),
            reader.ReadBool());
        reader.ReadEndArray();
        reader.Require(terms.FirstEpoch <= terms.LastEpoch && !(terms.Future && terms.Records is not null));
        return terms;
    }

    private static RecordId[]? InOrder(IReadOnlyList<RecordId>? records) => records is null ? null : [.. records.Distinct().Order()];
}
