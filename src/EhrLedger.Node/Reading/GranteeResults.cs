namespace EhrLedger.Node.Reading;

/// <summary>What a search under one grant came to.</summary>
internal abstract record CandidateSearch
{
    private CandidateSearch()
    {
    }

    /// <summary>An index holder has answered; there may be none.</summary>
    public sealed record Found(IReadOnlyList<Candidate> Candidates) : CandidateSearch;

    /// <summary>More than <see cref="GranteeReader.MostCandidates"/>.</summary>
    public sealed record TooMany : CandidateSearch;

    /// <summary>The ledger or an index holder refuses: to the caller the same as finding nothing.</summary>
    public sealed record Denied : CandidateSearch;

    /// <summary>Nobody has refused, and whom it takes does not answer: the sequencer, or every index holder.</summary>
    public sealed record Unavailable : CandidateSearch;
}

/// <summary>What became of one candidate.</summary>
internal abstract record RecordRead
{
    private RecordRead()
    {
    }

    /// <summary>Logged, finally, and released.</summary>
    public sealed record Opened(Candidate Candidate, ReadOnlyMemory<byte> Json) : RecordRead;

    /// <summary>Not covered, refused, or nothing that opens: to the caller the same as not being there.</summary>
    public sealed record Denied : RecordRead;

    /// <summary>Nobody has refused, and whom it takes does not answer: the sequencer, enough custodians, or whoever keeps the ciphertext.</summary>
    public sealed record Unavailable : RecordRead;
}
