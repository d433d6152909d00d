using EhrLedger.Client.Submitting;
using EhrLedger.Client.Topics;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Entries;
using EhrLedger.Wallet.Delegations;

namespace EhrLedger.Wallet.Acting;

/// <summary>The subjects of others for whom this wallet's owner acts: every entry proven and executed again. They are followed anew each time the app starts.</summary>
internal sealed class ActingTopics(WalletSession session)
{
    private const int MostAttempts = 5;

    private readonly Dictionary<Topic, TopicCopy> _copies = [];
    private readonly SubjectContract _contract = new(session.Genesis);

    /// <summary>What the patient's wallet has left for this one.</summary>
    /// <returns>The newest that any member has, which the caller disposes of; null where none answers with one.</returns>
    public async Task<DelegatedKeys?> FindKeysAsync(ActingMandate mandate, CancellationToken cancellationToken)
    {
        SealedDirectory? newest = null;
        foreach (var node in session.Nodes.All)
        {
            var answer = await node.Wallet.ReadDirectoryAsync(mandate.Mandate.Key, cancellationToken).ConfigureAwait(false);
            session.Log.Note(node, answer);
            newest = answer.TryGet(out var directory) && !(directory.Number <= newest?.Number) ? directory : newest;
        }

        using var key = session.Seed.DeriveDelegateSealingKey(mandate.Mandate.Key);
        return newest is not null && PublishedKeys.TryParse(newest.Sealed) is { } published ? DelegatedKeys.Open(mandate.Mandate, published, key) : null;
    }

    /// <summary>Brings one subject up to date. Whatever is asked for on the way is about this subject alone.</summary>
    public async Task<ActingView> SyncAsync(ActingMandate mandate, DelegatedSubject subject, CancellationToken cancellationToken)
    {
        var topic = subject.Subject.Topic;
        if (!_copies.TryGetValue(topic, out var copy))
        {
            copy = _copies[topic] = new TopicCopy(topic, _contract, session.Members, session.Genesis);
        }

        var followed = await session.Topics.FollowAsync(copy, cancellationToken).ConfigureAwait(false);
        using var key = session.Seed.DeriveDelegateKey(mandate.Mandate.Key, subject.Number);
        return new ActingView(subject, key.Public, copy, followed, session.Today);
    }

    /// <summary>Writes to a subject's topic until the topic shows it. May be called again after any interruption.</summary>
    /// <param name="mandate">Under which.</param>
    /// <param name="subject">Whose topic.</param>
    /// <param name="isShown">Whether nothing needs to be done (any more).</param>
    /// <param name="make">The entry that does it.</param>
    /// <param name="cancellationToken">Gives up; what was submitted may be logged all the same.</param>
    public async Task<(ActingView View, bool Shown)> EnsureAsync(
        ActingMandate mandate, DelegatedSubject subject, Func<ActingView, bool> isShown, Func<DelegateEntries, Entry> make, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var view = await SyncAsync(mandate, subject, cancellationToken).ConfigureAwait(false);
            if (isShown(view) || attempt > MostAttempts || view.Followed.Outcome == TopicOutcome.Offline || !view.IsInForce)
            {
                return (view, isShown(view));
            }

            if (view.Followed.Outcome == TopicOutcome.NotFinalYet)
            {
                // It may be what this wallet itself sent before it was interrupted.
                await session.PauseAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            using var key = session.Seed.DeriveDelegateKey(mandate.Mandate.Key, subject.Number);
            var entry = make(new DelegateEntries(subject.Subject, subject.Delegation, key, session.Genesis));
            switch (await session.Submitter.SubmitAsync(entry, cancellationToken).ConfigureAwait(false))
            {
                case SubmitResult.Final(var leaf):
                    view.Copy.TryAppend(leaf);
                    break;
                case SubmitResult.Refused:
                    await session.PauseAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case SubmitResult.Logged:
                    break;
                case SubmitResult.Unavailable:
                    return (view, false);
            }
        }
    }
}
