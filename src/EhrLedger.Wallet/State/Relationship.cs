using System.Collections.Immutable;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.State;

/// <summary>The wallet's tie to one organisation: one subject for each category.</summary>
/// <param name="Index">Its number in the key tree.</param>
/// <param name="Organisation">Who writes the records.</param>
/// <param name="Status">Whether the organisation has taken the code.</param>
/// <param name="Patient">The organisation's own FHIR reference of the patient; empty where a restored wallet does not know it.</param>
/// <param name="Total">How many records the organisation said that it seals anew.</param>
/// <param name="Marks">How far each subject was seen, in the order of the categories.</param>
/// <param name="Provisional">The subjects that stood for the patient before.</param>
internal sealed record Relationship(
    uint Index,
    OrganisationId Organisation,
    RelationshipStatus Status,
    string Patient,
    ulong Total,
    ImmutableArray<SubjectMark> Marks,
    ImmutableArray<Provisional> Provisional)
{
    public static Relationship Start(uint index, OrganisationId organisation) =>
        new(index, organisation, RelationshipStatus.Waiting, "", 0, [.. Enum.GetValues<Category>().Order().Select(category => new SubjectMark(category, 0, 0, 0, 0))], []);

    public bool IsConnected => Status == RelationshipStatus.Connected;

    public SubjectMark Mark(Category category) => Marks.FirstOrDefault(mark => mark.Category == category) ?? new SubjectMark(category, 0, 0, 0, 0);

    public Relationship With(SubjectMark mark) => this with { Marks = [.. Marks.Where(other => other.Category != mark.Category).Append(mark).OrderBy(other => other.Category)] };

    private static RelationshipStatus ReadStatus(StrictCborReader reader)
    {
        var status = (RelationshipStatus)reader.ReadByte();
        reader.Require(Enum.IsDefined(status));
        return status;
    }

    internal static void Write(DeterministicCborWriter writer, Relationship item) => writer
        .WriteArray(7)
        .WriteUInt(item.Index)
        .WriteBytes(item.Organisation.Key.ToArray())
        .WriteUInt((ulong)item.Status)
        .WriteText(item.Patient)
        .WriteUInt(item.Total)
        .WriteAll(item.Marks, SubjectMark.Write)
        .WriteAll(item.Provisional, (items, old) => items.WriteArray(2).WriteBytes(old.Subject.Key.ToArray()).WriteUInt(old.Rows));

    internal static Relationship Read(StrictCborReader reader)
    {
        reader.ReadStartArray(7);
        var item = new Relationship(
            reader.ReadUInt32(),
            reader.ReadOrganisation(),
            ReadStatus(reader),
            reader.ReadText(200),
            reader.ReadUInt(),
            [.. reader.ReadArray(0, 256, SubjectMark.Read)],
            [.. reader.ReadArray(0, 64, row =>
            {
                row.ReadStartArray(2);
                var old = new Provisional(row.ReadSubject(), row.ReadUInt());
                row.ReadEndArray();
                return old;
            })]);
        reader.ReadEndArray();
        for (var i = 1; i < item.Marks.Length; i++)
        {
            reader.Require(item.Marks[i - 1].Category < item.Marks[i].Category);
        }

        return item;
    }
}

/// <summary>Whether an organisation has taken a wallet's subjects.</summary>
internal enum RelationshipStatus : byte
{
    /// <summary>Its answer was not heard.</summary>
    Waiting = 1,

    /// <summary>It has.</summary>
    Connected = 2,

    /// <summary>It did not know the code. It has seen the subjects, so they are kept for it: no other organisation may ever be given them.</summary>
    Refused = 3,
}

/// <summary>How far a subject was seen. What was seen once must always be there: it is how a cut tail shows.</summary>
/// <param name="Category">Which subject of the relationship.</param>
/// <param name="TopicNext">Number that the topic's next entry had.</param>
/// <param name="WritesNext">Number that the author's next row of a write had.</param>
/// <param name="ReadsNext">Number that the author's next row of a read had.</param>
/// <param name="AuthorEpoch">The epoch that the author was given last.</param>
internal sealed record SubjectMark(Category Category, ulong TopicNext, ulong WritesNext, ulong ReadsNext, uint AuthorEpoch)
{
    internal static void Write(DeterministicCborWriter writer, SubjectMark mark) => writer
        .WriteArray(5)
        .WriteUInt((ulong)mark.Category)
        .WriteUInt(mark.TopicNext)
        .WriteUInt(mark.WritesNext)
        .WriteUInt(mark.ReadsNext)
        .WriteUInt(mark.AuthorEpoch);

    internal static SubjectMark Read(StrictCborReader reader)
    {
        reader.ReadStartArray(5);
        var mark = new SubjectMark(reader.ReadCategory(), reader.ReadUInt(), reader.ReadUInt(), reader.ReadUInt(), reader.ReadUInt32());
        reader.ReadEndArray();
        return mark;
    }
}

/// <summary>A subject that the organisation had made for the patient.</summary>
/// <param name="Subject">Its name.</param>
/// <param name="Rows">How many records were written under it.</param>
internal sealed record Provisional(SubjectId Subject, ulong Rows);
