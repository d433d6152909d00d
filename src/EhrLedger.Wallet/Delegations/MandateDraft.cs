using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Delegations;

/// <summary>A mandate that is being begun: docs/formats.md, mandate-draft. Once all its delegations stand on the ledger, these have all of it.</summary>
/// <param name="Salt">From which the mandate's key comes.</param>
/// <param name="Name">What the patient calls the delegate.</param>
/// <param name="Keys">The delegate's, one for each subject.</param>
/// <param name="SealingKey">The delegate's.</param>
/// <param name="Acts">What the delegate may do.</param>
/// <param name="Purposes">What the delegate may grant for.</param>
/// <param name="LastDay">Last day, UTC.</param>
/// <param name="Subjects">In the order of the keys.</param>
internal sealed record MandateDraft(
    Salt Salt,
    string Name,
    IReadOnlyList<Ed25519PublicKey> Keys,
    XWingPublicKey SealingKey,
    DelegateActs Acts,
    IReadOnlyList<PurposeOfUse> Purposes,
    uint LastDay,
    IReadOnlyList<(uint Relationship, Category Category)> Subjects)
{
    internal static void Write(DeterministicCborWriter writer, MandateDraft draft) => writer
        .WriteArray(8)
        .WriteBytes(draft.Salt.ToArray())
        .WriteText(draft.Name)
        .WriteAll(draft.Keys, (items, key) => items.WriteBytes(key.ToArray()))
        .WriteBytes(draft.SealingKey.ToArray())
        .WriteUInt((ulong)draft.Acts)
        .WriteAll(draft.Purposes, (items, purpose) => items.WriteText(purpose.Code))
        .WriteUInt(draft.LastDay)
        .WriteAll(draft.Subjects, (items, subject) => items.WriteArray(2).WriteUInt(subject.Relationship).WriteUInt((ulong)subject.Category));

    internal static MandateDraft Read(StrictCborReader reader)
    {
        reader.ReadStartArray(8);
        var draft = new MandateDraft(
            Salt.FromBytes(reader.ReadBytes(Salt.Length).Span),
            reader.ReadText(DelegateInvitation.LongestName),
            reader.ReadArray(1, DelegateInvitation.MostSubjects, item => item.ReadKey()),
            reader.ReadXWing(),
            (DelegateActs)reader.ReadByte(),
            reader.ReadArray(1, GrantTerms.MostPurposes, item => item.Require(PurposeOfUse.TryParse(item.ReadText(PurposeOfUse.MostCharacters)))),
            reader.ReadUInt32(),
            reader.ReadArray(1, DelegateInvitation.MostSubjects, item =>
            {
                item.ReadStartArray(2);
                var subject = (item.ReadUInt32(), item.ReadCategory());
                item.ReadEndArray();
                return subject;
            }));
        reader.ReadEndArray();
        reader.Require(draft.Keys.Count == draft.Subjects.Count);
        return draft;
    }
}

/// <summary>A mandate that is being ended. It stays for a while: an entry of it that was under way might be logged late.</summary>
/// <param name="Mandate">Which.</param>
/// <param name="EndsGrants">Whether what the delegate has granted ends with it.</param>
/// <param name="At">Unix milliseconds, by the device's clock.</param>
internal sealed record PendingMandateEnd(MandateId Mandate, bool EndsGrants, ulong At)
{
    internal static void Write(DeterministicCborWriter writer, PendingMandateEnd end) =>
        writer.WriteArray(3).WriteBytes(end.Mandate.Key.ToArray()).WriteBool(end.EndsGrants).WriteUInt(end.At);

    internal static PendingMandateEnd Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var end = new PendingMandateEnd(new MandateId(reader.ReadKey()), reader.ReadBool(), reader.ReadUInt(long.MaxValue));
        reader.ReadEndArray();
        return end;
    }
}

/// <summary>Somebody for whom this wallet's owner has agreed to act.</summary>
/// <param name="Mandate">Names what was agreed on.</param>
/// <param name="Name">What the other calls himself or herself.</param>
public sealed record ActingMandate(MandateId Mandate, string Name)
{
    internal static void Write(DeterministicCborWriter writer, ActingMandate mandate) => writer.WriteArray(2).WriteBytes(mandate.Mandate.Key.ToArray()).WriteText(mandate.Name);

    internal static ActingMandate Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var mandate = new ActingMandate(new MandateId(reader.ReadKey()), reader.ReadText(DelegateInvitation.LongestName));
        reader.ReadEndArray();
        return mandate;
    }
}
