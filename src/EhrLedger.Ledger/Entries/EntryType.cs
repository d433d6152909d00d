namespace EhrLedger.Ledger.Entries;

/// <summary>The number of an entry's type (docs/formats.md, table of entries). A number is never reused; a new version of a body takes a new one.</summary>
/// <param name="Number">As it stands in the signed payload.</param>
public readonly record struct EntryType(uint Number)
{
    /// <summary>An organisation becomes a member.</summary>
    public static readonly EntryType MemberJoined = new(1);

    /// <summary>A member changes its keys, name or endpoint.</summary>
    public static readonly EntryType MemberUpdated = new(2);

    /// <summary>A member leaves or is removed.</summary>
    public static readonly EntryType MemberRemoved = new(3);

    /// <summary>An author anchors a batch of salted rows about records.</summary>
    public static readonly EntryType RecordsAnchored = new(10);

    /// <summary>An author anchors a batch of salted rows about its own reads.</summary>
    public static readonly EntryType AuthorReads = new(11);
}
