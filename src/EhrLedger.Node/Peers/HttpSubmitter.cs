using System.Text.Json;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Relaying;

namespace EhrLedger.Node.Peers;

/// <summary>
/// A follower's way to the sequencer. Accepted and durable are the sequencer's word; final is this node's own finding: its copy holds the very bytes at that index, and a quorum has
/// cosigned that far. A series is the outbox's, whose every entry names its author; whose wish a single entry is, the sequencer does not see.
/// </summary>
internal sealed class HttpSubmitter(LogReplica replica, Finality finality, IPeerTransport transport, RelayedPeers relayed, TimeProvider time, IAlarmSink alarms) : ISubmitter
{
    private const string ProblemPrefix = "urn:ehrledger:";

    // Signed bytes that arrive twice are a duplicate, not a second entry: repeating is harmless.
    private static readonly PeerLimits Limits = new(1 << 20, TimeSpan.FromSeconds(10), Retries: 1);

    /// <inheritdoc/>
    public async ValueTask<SubmitOutcome> SubmitAsync(ReadOnlyMemory<byte> signedBytes, CommitLevel level, CancellationToken cancellationToken)
    {
        if (Entry.TryParse(signedBytes) is not { } entry)
        {
            return new SubmitOutcome.Refused(Rejection.Malformed);
        }

        if (replica.Members.Find(replica.Genesis.Sequencer) is not { } sequencer)
        {
            return new SubmitOutcome.Unavailable("the consortium has no sequencer");
        }

        var asked = level == CommitLevel.Accepted ? "accepted" : "durable";
        var answer = await relayed.SendAsync(sequencer, HttpMethod.Post, $"/ledger/entries?level={asked}", signedBytes, Limits, cancellationToken).ConfigureAwait(false);
        if (answer.Status == StatusCodes.Status422UnprocessableEntity && CodeOf(answer.Body) is { } code)
        {
            return new SubmitOutcome.Refused(new Rejection(code));
        }

        if (answer.Found is not { } body || SubmitAnswer.TryParse(body) is not { } placed)
        {
            return new SubmitOutcome.Unavailable("the sequencer can't be reached, or can't write");
        }

        var logged = new SubmitOutcome.Logged(placed.Index, placed.Time, level == CommitLevel.Accepted ? CommitLevel.Accepted : CommitLevel.Durable);
        return level == CommitLevel.Final ? await WaitForFinalAsync(entry, logged, cancellationToken).ConfigureAwait(false) : logged;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SubmitOutcome>> SubmitSeriesAsync(IReadOnlyList<ReadOnlyMemory<byte>> signedBytes, CancellationToken cancellationToken)
    {
        if (replica.Members.Find(replica.Genesis.Sequencer) is not { } sequencer)
        {
            return [new SubmitOutcome.Unavailable("the consortium has no sequencer")];
        }

        var answer = await transport.SendAsync(sequencer, HttpMethod.Post, "/ledger/entries/series", EntrySeries.Encode(signedBytes), Limits, cancellationToken).ConfigureAwait(false);
        return answer.Found is { } body && EntrySeries.TryParseAnswer(body, signedBytes.Count) is { } outcomes ? outcomes : [new SubmitOutcome.Unavailable("the sequencer can't be reached, or can't write")];
    }

    private async Task<SubmitOutcome> WaitForFinalAsync(Entry entry, SubmitOutcome.Logged logged, CancellationToken cancellationToken)
    {
        try
        {
            await finality.WaitForSizeAsync(logged.Index + 1, cancellationToken).WaitAsync(LocalSubmitter.LongestWait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return logged;
        }

        if (replica.FindLeaf(logged.Index) is { Effective: true } stored && Leaf.TryParse(stored.Bytes) is { } leaf && leaf.Entry.Span.SequenceEqual(entry.SignedBytes.Span))
        {
            return logged with { Time = leaf.Time, Level = CommitLevel.Final };
        }

        alarms.Raise(AlarmKind.LyingPeer, $"The sequencer said that entry {entry.Digest} stands at index {logged.Index}; something else does.");
        return new SubmitOutcome.Unavailable("the sequencer's answer was not true");
    }

    private static string? CodeOf(ReadOnlyMemory<byte> problem)
    {
        try
        {
            using var json = JsonDocument.Parse(problem);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.GetString() is { } text
                && text.StartsWith(ProblemPrefix, StringComparison.Ordinal)
                && text[ProblemPrefix.Length..] is var code
                && RejectionCode.IsOne(code)
                    ? code
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
