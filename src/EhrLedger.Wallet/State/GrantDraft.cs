using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.State;

/// <summary>
/// A grant that was decided on. Everything random in it is fixed before the first step that others see; how far it has come is read off the ledger.
/// </summary>
/// <param name="Id">Which.</param>
/// <param name="Relationship">Whose records.</param>
/// <param name="Category">Which of them.</param>
/// <param name="Grantee">Who will read.</param>
/// <param name="Reader">The grantee's reader key for it.</param>
/// <param name="Answer">The grantee's answer key for it.</param>
/// <param name="Statement">The grantee's signed word that the keys are its own.</param>
/// <param name="Days">When it holds.</param>
/// <param name="Terms">What it covers.</param>
/// <param name="SingleRecords">The encoded access key of a grant of single records, whose K1 had to be fetched. Null for a grant of all: its access key is derived.</param>
internal sealed record GrantDraft(
    GrantId Id,
    uint Relationship,
    Category Category,
    OrganisationId Grantee,
    Ed25519PublicKey Reader,
    XWingPublicKey Answer,
    ReadOnlyMemory<byte> Statement,
    DayRange Days,
    GrantTerms Terms,
    ReadOnlyMemory<byte>? SingleRecords)
{
    internal static void Write(DeterministicCborWriter writer, GrantDraft draft)
    {
        writer
            .WriteArray(11)
            .WriteBytes(draft.Id.ToArray())
            .WriteUInt(draft.Relationship)
            .WriteUInt((ulong)draft.Category)
            .WriteBytes(draft.Grantee.Key.ToArray())
            .WriteBytes(draft.Reader.ToArray())
            .WriteBytes(draft.Answer.ToArray())
            .WriteBytes(draft.Statement.Span)
            .WriteUInt(draft.Days.First)
            .WriteUInt(draft.Days.Last)
            .WriteItem(draft.Terms.Encode());
        _ = draft.SingleRecords is { } records ? writer.WriteBytes(records.Span) : writer.WriteNull();
    }

    internal static GrantDraft Read(StrictCborReader reader)
    {
        reader.ReadStartArray(11);
        var draft = new GrantDraft(
            GrantId.FromBytes(reader.ReadBytes(GrantId.Length).Span),
            reader.ReadUInt32(),
            reader.ReadCategory(),
            reader.ReadOrganisation(),
            reader.ReadKey(),
            reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span)),
            reader.ReadBytes(0, 8_192),
            new DayRange(reader.ReadUInt32(), reader.ReadUInt32()),
            reader.Require(GrantTerms.TryParse(reader.ReadItem())),
            reader.TryReadNull() ? (ReadOnlyMemory<byte>?)null : reader.ReadBytes(0, 32 << 20));
        reader.ReadEndArray();
        return draft;
    }

    /// <summary>Which grant; the access key is secret.</summary>
    public override string ToString() => $"GrantDraft({Id})";
}

/// <summary>A grant that is being ended.</summary>
/// <param name="Grant">Which.</param>
/// <param name="Relationship">Whose records.</param>
/// <param name="Category">Which of them.</param>
internal sealed record PendingRevocation(GrantId Grant, uint Relationship, Category Category)
{
    internal static void Write(DeterministicCborWriter writer, PendingRevocation item) =>
        writer.WriteArray(3).WriteBytes(item.Grant.ToArray()).WriteUInt(item.Relationship).WriteUInt((ulong)item.Category);

    internal static PendingRevocation Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var item = new PendingRevocation(GrantId.FromBytes(reader.ReadBytes(GrantId.Length).Span), reader.ReadUInt32(), reader.ReadCategory());
        reader.ReadEndArray();
        return item;
    }
}
