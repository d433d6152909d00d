namespace EhrLedger.Node.Custody;

/// <summary>What another member's node, or this one, says to a reader.</summary>
internal abstract record KeeperAnswer<T>
{
    private KeeperAnswer()
    {
    }

    /// <summary>What was asked for.</summary>
    public sealed record Given(T Value) : KeeperAnswer<T>;

    /// <summary>It refuses, for whatever reason.</summary>
    public sealed record Denied : KeeperAnswer<T>;

    /// <summary>It does not answer, not now, or not with anything that can be used.</summary>
    public sealed record Silent : KeeperAnswer<T>;
}
