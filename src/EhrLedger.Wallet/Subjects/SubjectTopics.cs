using EhrLedger.Client.Submitting;
using EhrLedger.Client.Topics;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Subjects;

/// <summary>The wallet's copies of its subjects' topics: kept on the device, brought up to date, and written to.</summary>
internal sealed class SubjectTopics(WalletSession session)
{
    private const int MostAttempts = 5;

    private readonly Dictionary<Topic, TopicCopy> _copies = [];
    private readonly SubjectContract _contract = new(session.Genesis);

    /// <summary>Brings one subject up to date. Whatever is asked for on the way is about this subject alone.</summary>
    public async Task<SubjectView> SyncAsync(uint relationship, Category category, CancellationToken cancellationToken)
    {
        var keys = session.KeysOf(relationship, category);
        var topic = keys.Subject.Topic;
        var copy = await OpenAsync(topic, cancellationToken).ConfigureAwait(false);
        var before = copy.NextNumber;
        var followed = await session.Topics.FollowAsync(copy, cancellationToken).ConfigureAwait(false);
        var tie = Tie(relationship);
        var seen = tie.Mark(category).TopicNext;
        if (followed.Outcome != TopicOutcome.Offline && seen > followed.Reached)
        {
            session.Alarm(AlarmKind.TopicWithheld, $"The members asked say that {topic} has {followed.Reached} entries, where this wallet has seen {seen}.");
            followed = followed with { Outcome = TopicOutcome.Withheld };
        }

        if (copy.NextNumber > before)
        {
            await KeepAsync(relationship, category, copy, cancellationToken).ConfigureAwait(false);
        }

        return new SubjectView(Tie(relationship), keys, copy, followed);
    }

    /// <summary>As this device last saw it: nobody is asked.</summary>
    public async Task<SubjectView> OpenKeptAsync(uint relationship, Category category, CancellationToken cancellationToken)
    {
        var keys = session.KeysOf(relationship, category);
        var copy = await OpenAsync(keys.Subject.Topic, cancellationToken).ConfigureAwait(false);
        return new SubjectView(Tie(relationship), keys, copy, new TopicFollowed(TopicOutcome.Complete, copy.NextNumber, session.Log.Newest?.CosignedAt, session.Log.IsFresh, 0));
    }

    /// <summary>
    /// As this device last saw it, where there is nothing to see: a subject that no device of this wallet has opened is on no ledger, because only its key opens it, and other devices say in the directory what they open.
    /// </summary>
    /// <returns>Null where the members have to be asked.</returns>
    public async Task<SubjectView?> FindUnopenedAsync(uint relationship, Category category, CancellationToken cancellationToken)
    {
        var tie = Tie(relationship);
        if (tie.Mark(category).TopicNext > 0 || session.State.Drafts.Exists(draft => draft.Relationship == relationship && draft.Category == category))
        {
            return null;
        }

        var keys = session.KeysOf(relationship, category);
        var copy = await OpenAsync(keys.Subject.Topic, cancellationToken).ConfigureAwait(false);
        return copy.NextNumber > 0 ? null : new SubjectView(tie, keys, copy, new TopicFollowed(TopicOutcome.Complete, 0, session.Log.Newest?.CosignedAt, session.Log.IsFresh, 0));
    }

    /// <summary>Writes to a subject's topic until the topic shows it. May be called again after any interruption.</summary>
    /// <param name="relationship">Whose subject.</param>
    /// <param name="category">Which.</param>
    /// <param name="isShown">Whether nothing needs to be done (any more).</param>
    /// <param name="make">The entry that does it; null where nothing can.</param>
    /// <param name="cancellationToken">Gives up; what was submitted may be logged all the same.</param>
    /// <param name="known">The subject where it was brought up to date just now: the first attempt rests on it, and any other looks again.</param>
    /// <returns>The subject after it, and whether it shows it.</returns>
    public async Task<(SubjectView View, bool Shown)> EnsureAsync(
        uint relationship, Category category, Func<SubjectView, bool> isShown, Func<SubjectView, Entry?> make, CancellationToken cancellationToken, SubjectView? known = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var view = (attempt == 1 ? known : null) ?? await SyncAsync(relationship, category, cancellationToken).ConfigureAwait(false);
            if (isShown(view) || attempt > MostAttempts || view.Followed.Outcome == TopicOutcome.Offline)
            {
                return (view, isShown(view));
            }

            if (view.Followed.Outcome == TopicOutcome.NotFinalYet)
            {
                // It may be what this wallet itself sent before it was interrupted.
                await session.PauseAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (make(view) is not { } entry)
            {
                return (view, false);
            }

            switch (await session.Submitter.SubmitAsync(entry, cancellationToken).ConfigureAwait(false))
            {
                case SubmitResult.Final(var leaf) when view.Copy.TryAppend(leaf):
                    await KeepAsync(relationship, category, view.Copy, cancellationToken).ConfigureAwait(false);
                    view = new SubjectView(Tie(relationship), view.Keys, view.Copy, view.Followed with { Reached = Math.Max(view.Followed.Reached, view.Copy.NextNumber) });
                    if (isShown(view))
                    {
                        return (view, true);
                    }

                    break;
                case SubmitResult.Refused:
                    // The ledger is further than this copy: what is asked for may be on its way, or the epoch has moved on.
                    await session.PauseAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case SubmitResult.Final or SubmitResult.Logged:
                    break;
                case SubmitResult.Unavailable:
                    return (view, false);
            }
        }
    }

    private Relationship Tie(uint relationship) =>
        session.State.Find(relationship) ?? throw new ArgumentOutOfRangeException(nameof(relationship), relationship, "The wallet has no such relationship.");

    private async Task<TopicCopy> OpenAsync(Topic topic, CancellationToken cancellationToken)
    {
        if (_copies.TryGetValue(topic, out var copy))
        {
            return copy;
        }

        copy = new TopicCopy(topic, _contract, session.Members, session.Genesis);
        if (await session.Vault.ReadAsync(session.Vault.NameOf(topic), cancellationToken).ConfigureAwait(false) is { } kept)
        {
            copy.TryRestore(kept);
        }

        return _copies[topic] = copy;
    }

    private async Task KeepAsync(uint relationship, Category category, TopicCopy copy, CancellationToken cancellationToken)
    {
        await session.Vault.WriteAsync(session.Vault.NameOf(copy.Topic), copy.Encode(), cancellationToken).ConfigureAwait(false);
        var tie = Tie(relationship);
        var mark = tie.Mark(category);
        if (copy.NextNumber > mark.TopicNext)
        {
            var next = session.State.With(tie.With(mark with { TopicNext = copy.NextNumber }));

            // That there is something to follow, other devices have to know.
            await (mark.TopicNext == 0 ? session.SaveAsync(next, cancellationToken) : session.NoteAsync(next, cancellationToken)).ConfigureAwait(false);
        }
    }
}
