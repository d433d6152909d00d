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
}
