namespace EhrLedger.Node.Storage.Log;

/// <summary>A leaf of docs/formats.md.</summary>
internal sealed class LeafRow
{
    public long Index { get; init; }

    public required byte[] Leaf { get; init; }

    public bool Effective { get; init; }
}

/// <summary>A stored hash of the tree. Level and index share one integer key, so that rows are appended at the end of each level's range and found without a second index.</summary>
internal sealed class HashRow
{
    /// <summary>Level × 2^56 + index within the level.</summary>
    public long Position { get; init; }

    public required byte[] Hash { get; init; }
}

/// <summary>A topic's newest state.</summary>
internal sealed class TopicRow
{
    public required byte[] Topic { get; init; }

    public long NextNumber { get; init; }

    /// <summary>Empty where no entry had an effect.</summary>
    public required byte[] State { get; init; }
}

/// <summary>Where the number-th entry of a topic stands.</summary>
internal sealed class TopicLeafRow
{
    public required byte[] Topic { get; init; }

    public long Number { get; init; }

    public long Index { get; init; }
}

/// <summary>An entry whose replay could still be valid.</summary>
internal sealed class RecentRow
{
    public required byte[] Digest { get; init; }

    public long Index { get; init; }

    /// <summary>Unix seconds.</summary>
    public long ValidUntil { get; init; }
}

/// <summary>The end of the log; the one row has id 1.</summary>
internal sealed class HeadRow
{
    public int Id { get; init; }

    public long Size { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long Time { get; init; }

    public required byte[] Frontier { get; init; }
}

/// <summary>The newest final checkpoint; at most one row, with id 1.</summary>
internal sealed class FinalRow
{
    public int Id { get; init; }

    public required byte[] Note { get; init; }
}
