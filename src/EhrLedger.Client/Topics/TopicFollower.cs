using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Client.Topics;

/// <summary>How a topic was brought up to date.</summary>
/// <param name="Outcome">How far.</param>
/// <param name="Reached">Number that the topic's next entry gets, by the highest word of the members asked.</param>
/// <param name="AsOf">When a quorum last cosigned the log that this rests on; null if none ever did for this client.</param>
/// <param name="Fresh">Whether that is less than ten minutes ago.</param>
/// <param name="Heads">How many members gave their word.</param>
public sealed record TopicFollowed(TopicOutcome Outcome, ulong Reached, DateTimeOffset? AsOf, bool Fresh, int Heads);

/// <summary>How far a topic was followed.</summary>
public enum TopicOutcome
{
    /// <summary>Every entry up to the highest head is here and proven, and as many members were heard as it takes to hear an honest one.</summary>
    Complete = 1,

    /// <summary>The last entries are logged and not final yet.</summary>
    NotFinalYet = 2,

    /// <summary>Entries that a member says there are could not be had or proven from anyone. An alarm was raised where somebody is to blame.</summary>
    Withheld = 3,

    /// <summary>Fewer members were heard than it takes to rule out a cut tail. What is here is proven.</summary>
    TooFewHeads = 4,

    /// <summary>Nobody was heard: the copy is as it was.</summary>
    Offline = 5,
}

/// <summary>
/// Follows topics: asks enough members for a signed head that one of them is honest, takes the highest, has every leaf up to it proven against checkpoints with a quorum, and every checkpoint
/// shown to continue those before. Names whoever lies.
/// </summary>
public sealed class TopicFollower(VerifiedLog log)
{
    private const int PageSize = 128;

    /// <summary>Brings a copy up to date. Everything that it asks is about this one topic.</summary>
    public async Task<TopicFollowed> FollowAsync(TopicCopy copy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(copy);
        var heads = await AskHeadsAsync(copy.Topic, cancellationToken).ConfigureAwait(false);
        if (heads.Count == 0)
        {
            return Result(TopicOutcome.Offline, copy.NextNumber, 0);
        }

        var reached = Math.Max(heads.Max(head => head.Head.Head.NextNumber), copy.NextNumber);
        var pending = false;
        foreach (var (node, head) in heads.OrderByDescending(head => head.Head.Head.NextNumber))
        {
            if (copy.NextNumber >= reached)
            {
                break;
            }

            pending |= await FetchAsync(copy, node, head, cancellationToken).ConfigureAwait(false);
        }

        foreach (var (node, head) in heads)
        {
            Compare(copy, node, head);
        }

        return Result(
            copy.NextNumber < reached ? pending ? TopicOutcome.NotFinalYet : TopicOutcome.Withheld
            : heads.Count < Math.Min(log.Consortium.HeadsToAsk, log.Nodes.Count) ? TopicOutcome.TooFewHeads
            : TopicOutcome.Complete,
            reached,
            heads.Count);
    }

    private TopicFollowed Result(TopicOutcome outcome, ulong reached, int heads) => new(outcome, reached, log.Newest?.CosignedAt, log.IsFresh, heads);

    private async Task<List<(NodeClient Node, MemberHead Head)>> AskHeadsAsync(Topic topic, CancellationToken cancellationToken)
    {
        // Each topic begins elsewhere, so that no member is asked about all of them.
        var nodes = log.Nodes;
        var start = topic.Name.ToArray()[^1] % nodes.Count;
        var waiting = new Queue<NodeClient>(nodes.Skip(start).Concat(nodes.Take(start)));
        var heads = new List<(NodeClient, MemberHead)>();
        while (heads.Count < log.Consortium.HeadsToAsk && waiting.Count > 0)
        {
            // As many as are wanting, at once; whoever fails is made up for by the next.
            var asked = Enumerable.Range(0, Math.Min(log.Consortium.HeadsToAsk - heads.Count, waiting.Count)).Select(_ => waiting.Dequeue()).ToList();
            var answers = await Task.WhenAll(asked.Select(node => node.Ledger.ReadTopicHeadAsync(topic, cancellationToken))).ConfigureAwait(false);
            foreach (var (node, answer) in asked.Zip(answers))
            {
                log.Note(node, answer);
                if (answer.TryGet(out var head)
                    && (head.Final is not { } final || await log.AcceptAsync(final, node, cancellationToken).ConfigureAwait(false) != Continuity.Contradicted)
                    && await log.CompareHeadAsync(head.Head.Size, head.Head.Root, node, cancellationToken).ConfigureAwait(false) != Continuity.Contradicted)
                {
                    heads.Add((node, head));
                }
            }
        }

        return heads;
    }

    /// <returns>True if what is missing is logged, and only not final yet.</returns>
    private async Task<bool> FetchAsync(TopicCopy copy, NodeClient node, MemberHead head, CancellationToken cancellationToken)
    {
        while (copy.NextNumber < head.Head.NextNumber)
        {
            var before = copy.NextNumber;
            var answer = await node.Ledger.ReadTopicAsync(copy.Topic, before, PageSize, cancellationToken).ConfigureAwait(false);
            log.Note(node, answer);
            if (!answer.TryGet(out var page))
            {
                return false;
            }

            if (page.Leaves.Count == 0)
            {
                log.Raise(AlarmKind.TopicWithheld, node, $"signed that {copy.Topic} has {head.Head.NextNumber} entries, and gives only {before}");
                return false;
            }

            foreach (var leaf in page.Leaves)
            {
                switch (await ProveAsync(leaf, node, copy, cancellationToken).ConfigureAwait(false))
                {
                    case Proving.NotFinal:
                        return leaf.Index >= (log.Newest?.Size ?? 0);
                    case Proving.Failed:
                        return false;
                    case Proving.Taken:
                        break;
                }
            }
        }

        return false;
    }

    private enum Proving
    {
        /// <summary>The leaf is in the copy.</summary>
        Taken,

        /// <summary>The node has no proof yet.</summary>
        NotFinal,

        /// <summary>No proof, or a wrong one.</summary>
        Failed,
    }

    private async Task<Proving> ProveAsync(Leaf leaf, NodeClient node, TopicCopy copy, CancellationToken cancellationToken)
    {
        var about = copy.Topic.Kind.IsPatients ? copy.Topic : (Topic?)null;
        var answer = await node.Ledger.ProveAsync(leaf.Index, about, cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case Answer<LeafProof>.Refused(404, _):
                return Proving.NotFinal;
            case Answer<LeafProof>.Untrue(var why):
                log.Raise(AlarmKind.TamperedLog, node, $"answered for index {leaf.Index} with {why}");
                return Proving.Failed;
            case Answer<LeafProof>.Given(var proof):
                if (await log.AcceptAsync(proof.Under, node, cancellationToken).ConfigureAwait(false) != Continuity.Shown)
                {
                    return Proving.Failed;
                }

                // The page said one thing and the proof another, or the leaf is not the next: either way the node contradicts itself or the log.
                if (!leaf.Encode().AsSpan().SequenceEqual(proof.Leaf.Bytes.Span) || !copy.TryAppend(proof.Leaf))
                {
                    log.Raise(AlarmKind.TamperedLog, node, $"gives a leaf at index {leaf.Index} that is not the one in the log, or out of order");
                    return Proving.Failed;
                }

                return Proving.Taken;
            default:
                return Proving.Failed;
        }
    }

    /// <summary>A head that counts the leaf of an entry and not the entry is a lie, signed.</summary>
    private void Compare(TopicCopy copy, NodeClient node, MemberHead head)
    {
        var said = head.Head;
        if (said.NextNumber < copy.NextNumber && copy.Entries[(int)said.NextNumber].Proven.Leaf.Index < said.Size)
        {
            log.Raise(AlarmKind.TopicWithheld, node, $"signed that {copy.Topic} has {said.NextNumber} entries within {said.Size} leaves, where there are at least {copy.NextNumber}");
        }
    }
}
