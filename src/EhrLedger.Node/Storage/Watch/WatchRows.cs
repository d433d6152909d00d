namespace EhrLedger.Node.Storage.Watch;

/// <summary>One alarm; the same one again only counts.</summary>
internal sealed class AlarmRow
{
    public long Id { get; init; }

    public int Kind { get; init; }

    public required string Detail { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long FirstSeen { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long LastSeen { get; set; }

    public long Count { get; set; }
}

/// <summary>The largest final log that another member has shown.</summary>
internal sealed class SeenHeadRow
{
    /// <summary>Its did:key.</summary>
    public required string Organisation { get; init; }

    public long Size { get; set; }
}

/// <summary>The newest tree of a log that this node's witness has cosigned.</summary>
internal sealed class WitnessedRow
{
    public required string Origin { get; init; }

    public long Size { get; set; }

    public required byte[] Root { get; set; }
}
