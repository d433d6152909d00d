using EhrLedger.Client;
using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Submitting;
using EhrLedger.Client.Topics;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Wallet.Guardians;

/// <summary>Recoveries' topics as a wallet, a guardian or a new phone sees them: every entry proven and executed again. They are short, so that they are followed anew each time the app starts.</summary>
internal sealed class RecoveryLedger(Consortium consortium, KnownMembers members, ConsortiumNodes nodes, VerifiedLog log, ClientSettings settings, TimeProvider time)
{
    private const int MostAttempts = 5;

    private readonly Dictionary<RecoveryId, TopicCopy> _copies = [];
    private readonly RecoveryContract _contract = new(consortium.Genesis);
    private readonly TopicFollower _follower = new(log);
    private readonly EntrySubmitter _submitter = new(log);

    /// <summary>Brings one topic up to date.</summary>
    public async Task<RecoveryView> SyncAsync(RecoveryId recovery, CancellationToken cancellationToken)
    {
        if (!_copies.TryGetValue(recovery, out var copy))
        {
            copy = _copies[recovery] = new TopicCopy(recovery.Topic, _contract, members, consortium.Digest);
        }

        return new RecoveryView(copy, await _follower.FollowAsync(copy, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Writes to a topic until it shows what is wanted. May be called again after any interruption.</summary>
    /// <param name="recovery">Whose.</param>
    /// <param name="isShown">Whether nothing needs to be done (any more).</param>
    /// <param name="make">The entry that does it; null where nothing can.</param>
    /// <param name="cancellationToken">Gives up; what was submitted may be logged all the same.</param>
    public async Task<(RecoveryView View, bool Shown)> EnsureAsync(RecoveryId recovery, Func<RecoveryView, bool> isShown, Func<RecoveryView, Entry?> make, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var view = await SyncAsync(recovery, cancellationToken).ConfigureAwait(false);
            if (isShown(view) || attempt > MostAttempts || view.IsOffline)
            {
                return (view, !view.IsOffline && isShown(view));
            }

            if (view.Followed.Outcome == TopicOutcome.NotFinalYet)
            {
                // It may be what this wallet itself sent before it was interrupted.
                await Task.Delay(settings.FinalPause, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (make(view) is not { } entry)
            {
                return (view, false);
            }

            switch (await _submitter.SubmitAsync(entry, cancellationToken).ConfigureAwait(false))
            {
                case SubmitResult.Final(var leaf):
                    view.Copy.TryAppend(leaf);
                    break;
                case SubmitResult.Refused:
                    await Task.Delay(settings.FinalPause, time, cancellationToken).ConfigureAwait(false);
                    break;
                case SubmitResult.Logged:
                    break;
                case SubmitResult.Unavailable:
                    return (view, false);
            }
        }
    }

    /// <summary>The plan with this digest, from whichever member has it. Null where none does.</summary>
    public async Task<PublishedPlan?> FindPlanAsync(RecoveryId recovery, Digest plan, CancellationToken cancellationToken)
    {
        foreach (var node in nodes.All)
        {
            if (await FindPlanAsync(node, recovery, plan, cancellationToken).ConfigureAwait(false) is { } published)
            {
                return published;
            }
        }

        return null;
    }

    /// <summary>Leaves a plan with the members.</summary>
    /// <returns>True if enough members have it that an honest one does.</returns>
    public async Task<bool> PublishAsync(PublishedPlan published, Ed25519PrivateKey key, CancellationToken cancellationToken)
    {
        var (recovery, digest) = (published.Plan.Recovery, published.Plan.Digest);
        var signedBytes = new SealedDirectory(published.Plan.Number, published.Encode()).Sign(key, consortium.Digest);
        var has = 0;
        foreach (var node in nodes.All)
        {
            has += await FindPlanAsync(node, recovery, digest, cancellationToken).ConfigureAwait(false) is not null
                || await node.Wallet.WriteDirectoryAsync(recovery.Key, signedBytes, cancellationToken, recovery.Topic).ConfigureAwait(false) is Answer<Done>.Given
                    ? 1
                    : 0;
        }

        return has >= consortium.HeadsToAsk;
    }

    private async Task<PublishedPlan?> FindPlanAsync(NodeClient node, RecoveryId recovery, Digest plan, CancellationToken cancellationToken)
    {
        var answer = await node.Wallet.ReadDirectoryAsync(recovery.Key, cancellationToken, recovery.Topic).ConfigureAwait(false);
        log.Note(node, answer);
        return answer.TryGet(out var directory) && PublishedPlan.TryParse(directory.Sealed) is { } published && published.Plan.Digest == plan ? published : null;
    }
}

/// <summary>A recovery's topic, as it was last followed.</summary>
/// <param name="Copy">The entries.</param>
/// <param name="Followed">How far.</param>
internal sealed record RecoveryView(TopicCopy Copy, TopicFollowed Followed)
{
    public RecoveryState? State => (RecoveryState?)Copy.State;

    public bool IsOffline => Followed.Outcome == TopicOutcome.Offline;

    /// <summary>Digest of the entry at this index of the log.</summary>
    public Digest? DigestAt(ulong index) => Copy.Entries.FirstOrDefault(entry => entry.Proven.Leaf.Index == index)?.Entry.Digest;

    /// <summary>When the entry at this index was logged.</summary>
    public DateTimeOffset? TimeAt(ulong index) =>
        Copy.Entries.FirstOrDefault(entry => entry.Proven.Leaf.Index == index) is { } found ? At(found.Proven.Leaf.Time) : null;

    /// <summary>Whatever a leaf says, a time that can be shown.</summary>
    public static DateTimeOffset At(ulong milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(milliseconds, 253_402_300_799_999));
}
