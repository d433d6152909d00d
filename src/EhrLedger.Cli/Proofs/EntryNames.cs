using EhrLedger.Consent.Recovery;
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
        [ConsentEntryTypes.EmergencyPolicySet] = nameof(ConsentEntryTypes.EmergencyPolicySet),
        [ConsentEntryTypes.EmergencyAccess] = nameof(ConsentEntryTypes.EmergencyAccess),
        [ConsentEntryTypes.EmergencyDisputed] = nameof(ConsentEntryTypes.EmergencyDisputed),
        [ConsentEntryTypes.Erased] = nameof(ConsentEntryTypes.Erased),
        [ConsentEntryTypes.ErasureAnswered] = nameof(ConsentEntryTypes.ErasureAnswered),
        [ConsentEntryTypes.Delegated] = nameof(ConsentEntryTypes.Delegated),
        [ConsentEntryTypes.DelegationEnded] = nameof(ConsentEntryTypes.DelegationEnded),
        [ConsentEntryTypes.DelegateGranted] = nameof(ConsentEntryTypes.DelegateGranted),
        [ConsentEntryTypes.DelegateEndedGrant] = nameof(ConsentEntryTypes.DelegateEndedGrant),
        [RecoveryEntryTypes.GuardiansSet] = nameof(RecoveryEntryTypes.GuardiansSet),
        [RecoveryEntryTypes.RecoveryRequested] = nameof(RecoveryEntryTypes.RecoveryRequested),
        [RecoveryEntryTypes.RecoveryVetoed] = nameof(RecoveryEntryTypes.RecoveryVetoed),
    };

    /// <summary>The type's name and number; the number alone for one that this version does not know.</summary>
    public static string Of(EntryType type) => Names.TryGetValue(type, out var name) ? $"{name} ({type.Number})" : $"type {type.Number}";
}
