namespace EhrLedger.MerkleLog.Auditing;

/// <summary>What is wrong with a log: the first thing that an audit came upon.</summary>
public abstract record AuditFinding
{
    private AuditFinding()
    {
    }

    /// <summary>One sentence for an operator.</summary>
    public abstract string Text { get; }

    /// <summary>The checkpoint cannot be trusted, so nothing below it was looked at.</summary>
    public sealed record BadCheckpoint(CheckpointFault Fault) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => Fault switch
        {
            CheckpointFault.Missing => "The log has no checkpoint.",
            CheckpointFault.Malformed => "The checkpoint cannot be read.",
            CheckpointFault.NotSignedByLog => "The checkpoint has no valid signature of a trusted log, or a wrong one of a known key.",
            CheckpointFault.NoQuorum => "The checkpoint is not cosigned by a quorum.",
        };
    }

    /// <summary>The checkpoint's tree is smaller than one that was checked earlier: the log was wound back.</summary>
    public sealed record Rewound(ulong CheckedSize, ulong CheckpointSize) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"The log has {CheckpointSize} entries, and had {CheckedSize}.";
    }

    /// <summary>The entries that were checked earlier are not those that the checkpoint's tree begins with: the log was forked or rewritten.</summary>
    public sealed record Forked(ulong CheckedSize) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"The first {CheckedSize} entries are no longer those that were checked earlier.";
    }

    /// <summary>A tile of hashes is not served.</summary>
    public sealed record MissingTile(int Level, ulong Index) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"Tile {Index} at level {Level} is missing.";
    }

    /// <summary>A bundle of entries is not served.</summary>
    public sealed record MissingEntries(ulong Index) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"Entry bundle {Index} is missing.";
    }

    /// <summary>A tile has another length than it must, or its hashes are not those that the checkpoint's root pins.</summary>
    public sealed record WrongTile(int Level, ulong Index) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"Tile {Index} at level {Level} is not the one that the checkpoint pins.";
    }

    /// <summary>A bundle does not hold as many entries as it must.</summary>
    public sealed record MalformedEntries(ulong Index) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"Entry bundle {Index} cannot be read.";
    }

    /// <summary>An entry is not the one whose hash the checkpoint pins.</summary>
    public sealed record WrongEntry(ulong Index) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"Entry {Index} is not the one that the checkpoint pins.";
    }

    /// <summary>An entry stands in the log rightly, and breaks a rule of the layer above.</summary>
    /// <param name="Index">Index of the entry.</param>
    /// <param name="Reason">What that layer says of it.</param>
    public sealed record RefusedEntry(ulong Index, string Reason) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"Entry {Index} breaks a rule: {Reason}";
    }

    /// <summary>The tiles do not come to the checkpoint's root, and no single one of them is to blame.</summary>
    public sealed record RootMismatch(ulong Size) : AuditFinding
    {
        /// <inheritdoc/>
        public override string Text => $"The tiles do not come to the checkpoint's root at size {Size}.";
    }
}
