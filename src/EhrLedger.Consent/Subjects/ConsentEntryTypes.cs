using EhrLedger.Ledger.Entries;

namespace EhrLedger.Consent.Subjects;

/// <summary>The entries that stand on subjects' topics: docs/formats.md, table of entries.</summary>
public static class ConsentEntryTypes
{
    /// <summary>A subject appears, with its first epoch.</summary>
    public static readonly EntryType SubjectOpened = new(20);

    /// <summary>Another key signs for the subject from now on.</summary>
    public static readonly EntryType SubjectKeyReplaced = new(21);

    /// <summary>A grantee may read.</summary>
    public static readonly EntryType Granted = new(22);

    /// <summary>Grants that stay are given the keys of the current epoch.</summary>
    public static readonly EntryType GrantExtended = new(23);

    /// <summary>A grant ends, and with it the epoch.</summary>
    public static readonly EntryType Revoked = new(24);

    /// <summary>A new epoch without a revocation.</summary>
    public static readonly EntryType EpochStarted = new(25);

    /// <summary>A grantee searches the index.</summary>
    public static readonly EntryType Search = new(26);

    /// <summary>A grantee reads records.</summary>
    public static readonly EntryType Read = new(27);

    /// <summary>What may be opened in an emergency, and by whom, or that nothing may.</summary>
    public static readonly EntryType EmergencyPolicySet = new(28);

    /// <summary>An organisation opens a subject's records in an emergency.</summary>
    public static readonly EntryType EmergencyAccess = new(29);

    /// <summary>The patient says that it should not have.</summary>
    public static readonly EntryType EmergencyDisputed = new(30);

    /// <summary>The patient wants a record gone.</summary>
    public static readonly EntryType Erased = new(31);

    /// <summary>What an organisation says that it has done for an erasure.</summary>
    public static readonly EntryType ErasureAnswered = new(32);

    /// <summary>Somebody else may act for the subject.</summary>
    public static readonly EntryType Delegated = new(33);

    /// <summary>Nobody may any more under that delegation.</summary>
    public static readonly EntryType DelegationEnded = new(34);

    /// <summary>A grantee may read: a delegate says so.</summary>
    public static readonly EntryType DelegateGranted = new(35);

    /// <summary>A grant ends: a delegate says so.</summary>
    public static readonly EntryType DelegateEndedGrant = new(36);
}
