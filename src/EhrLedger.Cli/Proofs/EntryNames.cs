using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Cli.Proofs;

/// <summary>The names of docs/formats.md, table of entries.</summary>
internal static class EntryNames
{
    private static readonly Dictionary<EntryType, string> Names = new()
    {
        [EntryType.MemberJoined] = nameof(EntryType.MemberJoined),
        [EntryType.MemberUpdated] = nameof(EntryType.MemberUpdated),
        [EntryType.MemberRemoved] = nameof(EntryType.MemberRemoved),
        [EntryType.RecordsAnchored] = nameof(EntryType.RecordsAnchored),
        [EntryType.AuthorReads] = nameof(EntryType.AuthorReads),
        [ConsentEntryTypes.SubjectOpened] = nameof(ConsentEntryTypes.SubjectOpened),
        [ConsentEntryTypes.SubjectKeyReplaced] = nameof(ConsentEntryTypes.SubjectKeyReplaced),
        [ConsentEntryTypes.Granted] = nameof(ConsentEntryTypes.Granted),
        [ConsentEntryTypes.GrantExtended] = nameof(ConsentEntryTypes.GrantExtended),
        [ConsentEntryTypes.Revoked] = nameof(ConsentEntryTypes.Revoked),
        [ConsentEntryTypes.EpochStarted] = nameof(ConsentEntryTypes.EpochStarted),
        [ConsentEntryTypes.Search] = nameof(ConsentEntryTypes.Search),
        [ConsentEntryTypes.Read] = nameof(ConsentEntryTypes.Read),
    };

    /// <summary>The type's name and number; the number alone for one that this version does not know.</summary>
    public static string Of(EntryType type) => Names.TryGetValue(type, out var name) ? $"{name} ({type.Number})" : $"type {type.Number}";
}
