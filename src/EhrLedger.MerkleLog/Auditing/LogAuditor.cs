using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.MerkleLog.Auditing;

/// <summary>
/// Re-verifies a whole log from what it publishes: checkpoint, every tile, every entry. Shares no code with the log's writer but SHA-256 and the
/// checking of signatures. Memory does not grow with the log: a bundle, and a tile per level.
/// </summary>
/// <param name="source">The log's published files.</param>
/// <param name="policy">Which log, and whose cosignatures are asked for. <see cref="WitnessPolicy.ForLogAlone"/> asks for none.</param>
public sealed class LogAuditor(ITileSource source, WitnessPolicy policy)
{
    /// <summary>Audits the log up to its newest checkpoint.</summary>
    /// <param name="from">Where an earlier audit of the same log came to, or <see cref="AuditState.Start"/>.</param>
    /// <param name="check">Looks at each entry that is new since then; null for none.</param>
    /// <param name="progress">Told after each bundle; null for nobody.</param>
    /// <param name="cancellationToken">Stops between two entries; what was reported as progress stays good.</param>
    /// <returns>The first finding, or none. What was checked before the start is held against the checkpoint too, by its peaks.</returns>
    public async Task<AuditResult> AuditAsync(
        AuditState from, EntryCheck? check, IProgress<AuditProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        var fetch = new AuditFetch(source, cancellationToken);
        (CosignedCheckpoint? trusted, CheckpointFault fault) = await OpenCheckpointAsync(fetch).ConfigureAwait(false);
        if (trusted is null)
        {
            return new AuditResult(new AuditFinding.BadCheckpoint(fault), from, Checkpoint: null);
        }

        ulong size = trusted.Checkpoint.Size;
        if (size < from.Size)
        {
            return new AuditResult(new AuditFinding.Rewound(from.Size, size), from, trusted);
        }

        var tree = new AuditTree(fetch, size, trusted.Checkpoint.Root);
        if (!await tree.OpenAsync().ConfigureAwait(false) || await tree.StateAtAsync(from.Size).ConfigureAwait(false) is not { } pinned)
        {
            return new AuditResult(tree.Finding, from, trusted);
        }

        if (!pinned.Peaks.SequenceEqual(from.Peaks))
        {
            return new AuditResult(new AuditFinding.Forked(from.Size), from, trusted);
        }

        AuditState reached = from;
        while (reached.Size < size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AuditFinding? finding = await CheckBundleAsync(fetch, tree, reached.Size, size, check, cancellationToken).ConfigureAwait(false);
            ulong end = Math.Min(size, ((reached.Size / AuditFetch.FullWidth) + 1) * AuditFetch.FullWidth);
            if (finding is not null || await tree.StateAtAsync(end).ConfigureAwait(false) is not { } next)
            {
                return new AuditResult(finding ?? tree.Finding, reached, trusted);
            }

            reached = next;
            progress?.Report(new AuditProgress(reached, size));
        }

        return new AuditResult(Finding: null, reached, trusted);
    }

    private static async ValueTask<AuditFinding?> CheckBundleAsync(
        AuditFetch fetch, AuditTree tree, ulong from, ulong size, EntryCheck? check, CancellationToken cancellationToken)
    {
        ulong bundle = from / AuditFetch.FullWidth;
        ulong first = bundle * AuditFetch.FullWidth;
        if (await tree.TileAsync(0, bundle).ConfigureAwait(false) is not { } tile)
        {
            return tree.Finding;
        }

        int width = (int)Math.Min(AuditFetch.FullWidth, size - first);
        (IReadOnlyList<ReadOnlyMemory<byte>> entries, AuditFinding? missing) = await fetch.EntriesAsync(bundle, width).ConfigureAwait(false);
        if (missing is not null)
        {
            return missing;
        }

        for (int i = 0; i < width; i++)
        {
            ulong index = first + (ulong)i;
            if (AuditHash.OfEntry(entries[i].Span) != tile[i])
            {
                return new AuditFinding.WrongEntry(index);
            }

            if (index >= from && check is not null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await check(index, entries[i], cancellationToken).ConfigureAwait(false) is { } reason)
                {
                    return new AuditFinding.RefusedEntry(index, reason);
                }
            }
        }

        return null;
    }

    private async ValueTask<(CosignedCheckpoint? Trusted, CheckpointFault Fault)> OpenCheckpointAsync(AuditFetch fetch)
    {
        byte[]? bytes = await fetch.CheckpointAsync().ConfigureAwait(false);
        if (bytes is null)
        {
            return (null, CheckpointFault.Missing);
        }

        if (SignedCheckpoint.Parse(bytes) is not { } signed)
        {
            return (null, CheckpointFault.Malformed);
        }

        if (policy.OpenLogged(signed) is not { } checkpoint)
        {
            return (null, CheckpointFault.NotSignedByLog);
        }

        return (CosignedCheckpoint.Check(checkpoint, policy), CheckpointFault.NoQuorum);
    }
}
