using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Grants;

/// <summary>
/// What a wallet needs to show a grant and to give its keys again, so that the phrase alone restores it: docs/formats.md, memo. It stands in the Granted entry,
/// sealed for the wallet by <see cref="MemoKey"/>.
/// </summary>
/// <param name="Grantee">Who may read.</param>
/// <param name="Category">What the subject is the pseudonym for.</param>
/// <param name="Terms">What is covered.</param>
/// <param name="AnswerKey">What access keys are sealed to.</param>
/// <param name="Statement">The grantee's statement, as it signed it: the proof of who holds the reader key. At most 3,072 bytes.</param>
public sealed record GrantMemo(OrganisationId Grantee, Category Category, GrantTerms Terms, XWingPublicKey AnswerKey, ReadOnlyMemory<byte> Statement)
{
    private const int Kind = 1;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(4096)
        .WriteArray(6)
        .WriteUInt(Kind)
        .WriteOrganisation(Grantee)
        .WriteUInt((ulong)Category)
        .WriteItem(Terms.Encode())
        .WriteBytes(AnswerKey.ToArray())
        .WriteBytes(Statement.Span)
        .ToArray();

    /// <summary>Null unless the bytes are a memo in its only encoding.</summary>
    public static GrantMemo? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        reader.Require(reader.ReadUInt() == Kind);
        var memo = new GrantMemo(
            reader.ReadOrganisation(),
            reader.ReadCategory(),
            GrantTerms.Read(reader),
            reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)),
            reader.ReadBytes(0, 3072));
        reader.ReadEndArray();
        return memo;
    });
}

/// <summary>
/// The memo of one grant in a GrantExtended entry: which epochs' keys the access key of its digest holds. The rest stands in the grant's own memo.
/// </summary>
/// <param name="FirstEpoch">First epoch; the last is the entry's.</param>
public sealed record ExtensionMemo(uint FirstEpoch)
{
    private const int Kind = 2;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(8).WriteArray(2).WriteUInt(Kind).WriteUInt(FirstEpoch).ToArray();

    /// <summary>Null unless the bytes are a memo in its only encoding.</summary>
    public static ExtensionMemo? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        reader.Require(reader.ReadUInt() == Kind);
        var memo = new ExtensionMemo(reader.ReadUInt32());
        reader.ReadEndArray();
        return memo;
    });
}
