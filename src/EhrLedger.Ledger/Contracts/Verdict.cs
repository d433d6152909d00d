namespace EhrLedger.Ledger.Contracts;

/// <summary>What a contract says of an entry.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>The entry holds; the topic is now in this state.</summary>
    /// <param name="State">The same object as before where the entry changes nothing.</param>
    public sealed record Accepted(ITopicState State) : Verdict;

    /// <summary>The entry has no effect.</summary>
    /// <param name="Reason">Why, as documented in docs/contracts.md.</param>
    public sealed record Rejected(Rejection Reason) : Verdict;

    /// <summary>Shorthand for a rejection.</summary>
    public static Verdict Reject(string code) => new Rejected(new Rejection(code));
}
