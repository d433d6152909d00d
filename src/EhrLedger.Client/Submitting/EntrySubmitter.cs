using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Client.Submitting;

/// <summary>What became of an entry.</summary>
public abstract record SubmitResult
{
    private SubmitResult()
    {
    }

    /// <summary>It stands in the log, final, as proven here.</summary>
    public sealed record Final(ProvenLeaf Leaf) : SubmitResult;

    /// <summary>A node says that it is logged; that was not proven in time. It may be sent again, unchanged, to hear more.</summary>
    public sealed record Logged(ulong Index) : SubmitResult;

    /// <summary>The contracts refuse it, as two nodes say (or the only one).</summary>
    /// <param name="Code">docs/contracts.md.</param>
    public sealed record Refused(string Code) : SubmitResult;

    /// <summary>Nobody took it. It may be sent again, unchanged.</summary>
    public sealed record Unavailable(string Why) : SubmitResult;
}

/// <summary>Brings an entry to the ledger by way of any node, and waits until it is proven to be final.</summary>
public sealed class EntrySubmitter(VerifiedLog log)
{
    /// <summary>Submits. Sending the same entry again is harmless: it is a duplicate of itself, and is answered with its place.</summary>
    public async Task<SubmitResult> SubmitAsync(Entry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var until = log.Time.GetTimestamp();
        SubmitResult result = new SubmitResult.Unavailable("no node is known");
        var refusals = 0;
        var nodes = log.Nodes;
        var start = entry.Topic.Name.ToArray()[^1] % nodes.Count;
        foreach (var node in nodes.Skip(start).Concat(nodes.Take(start)))
        {
            var answer = await node.Ledger.SubmitAsync(entry, CommitLevel.Final, cancellationToken).ConfigureAwait(false);
            log.Note(node, answer);
            switch (answer)
            {
                case Answer<Submitted>.Given(var submitted):
                    result = await WaitAsync(entry, submitted.Index, node, until, cancellationToken).ConfigureAwait(false);
                    if (result is SubmitResult.Final)
                    {
                        return result;
                    }

                    break;
                case Answer<Submitted>.Refused(_, var code):
                    // One node may lie about it; a second one has no reason to lie the same.
                    if (++refusals >= Math.Min(2, log.Nodes.Count))
                    {
                        return new SubmitResult.Refused(code);
                    }

                    result = result is SubmitResult.Logged ? result : new SubmitResult.Unavailable("one node refuses it, and no other answers");
                    break;
                case Answer<Submitted>.Unavailable(var why):
                    result = result is SubmitResult.Logged ? result : new SubmitResult.Unavailable(why);
                    break;
                case Answer<Submitted>.Untrue:
                    break;
            }
        }

        return result;
    }

    private async Task<SubmitResult> WaitAsync(Entry entry, ulong index, NodeClient node, long started, CancellationToken cancellationToken)
    {
        var about = entry.Topic.Kind.IsPatients ? entry.Topic : (Topic?)null;
        while (true)
        {
            var answer = await node.Ledger.ProveAsync(index, about, cancellationToken).ConfigureAwait(false);
            log.Note(node, answer);
            if (answer.TryGet(out var proof))
            {
                if (proof.Leaf.Entry?.Digest != entry.Digest)
                {
                    log.Raise(AlarmKind.LyingPeer, node, $"says that a submitted entry stands at index {index}, where another one is");
                    return new SubmitResult.Unavailable("a node answered what can't be true");
                }

                if (await log.AcceptAsync(proof.Under, node, cancellationToken).ConfigureAwait(false) == Continuity.Shown)
                {
                    return new SubmitResult.Final(proof.Leaf);
                }
            }

            if (answer is Answer<LeafProof>.Untrue or Answer<LeafProof>.Unavailable || log.Time.GetElapsedTime(started) > log.Settings.FinalTimeout)
            {
                return new SubmitResult.Logged(index);
            }

            await Task.Delay(log.Settings.FinalPause, log.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
