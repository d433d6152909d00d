using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Restoring;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Emergencies;

/// <summary>What may be opened in an emergency without the patient, and what was: a part of <see cref="Wallet"/>.</summary>
public sealed class PatientEmergencies
{
    private readonly WalletSession _session;
    private readonly SubjectTopics _topics;
    private readonly GrantMaker _grants;
    private readonly EmergencyKeeper _keeper;
    private readonly DirectoryKeeper _directories;
    private readonly OneAtATime _one;

    internal PatientEmergencies(WalletSession session, SubjectTopics topics, GrantMaker grants, EmergencyKeeper keeper, DirectoryKeeper directories, OneAtATime one) =>
        (_session, _topics, _grants, _keeper, _directories, _one) = (session, topics, grants, keeper, directories, one);

    /// <summary>What an app proposes to a patient who is asked about emergencies for the first time, and sets unless the patient declines: hospitals.</summary>
    public static IReadOnlyList<string> DefaultKinds { get; } = ["hospital"];

    /// <summary>Who may open records in an emergency, without asking: kinds of organisation, none where nobody may; null before the patient has decided.</summary>
    public IReadOnlyList<string>? Kinds => _session.State.Emergency?.Kinds;

    /// <summary>
    /// Sets, for every category at every organisation, which kinds of organisation may open records in an emergency. With it, as many custodians together as release a record could open what it covers, without the patient; and the entries of an
    /// emergency show that its subjects are one person's. A screen says both. Categories that get their first record later are covered by a later <see cref="Wallet.ResumeAsync"/>.
    /// </summary>
    /// <param name="kinds">Such as <see cref="DefaultKinds"/>; at most 16 of small letters, digits and hyphens. None switches it off.</param>
    /// <param name="cancellationToken">Gives up; what is left to do, <see cref="Wallet.ResumeAsync"/> does.</param>
    /// <returns>True if nothing is left to do.</returns>
    /// <exception cref="ArgumentException">A kind is none.</exception>
    public Task<bool> SetPolicyAsync(IReadOnlyCollection<string> kinds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        return EmergencyWish.AreSound(kinds)
            ? _one.RunAsync(
                async token =>
                {
                    var wish = new EmergencyWish([.. kinds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], _session.State.Emergency?.Card ?? 0, (ulong)_session.Now.ToUnixTimeMilliseconds());
                    await _session.SaveAsync(_session.State with { Emergency = wish }, token).ConfigureAwait(false);
                    var done = await KeepAsync(token).ConfigureAwait(false);
                    return done & await _directories.PublishAsync(token).ConfigureAwait(false);
                },
                cancellationToken)
            : throw new ArgumentException("A kind of organisation has small letters, digits and hyphens, at most 40, and there are at most 16.", nameof(kinds));
    }

    /// <summary>The text of the patient's emergency card, for a QR code. Whoever has it finds the subjects, and opens nothing. Null where emergency access is off.</summary>
    public string? ToCard()
    {
        if (_session.State.Emergency is not { IsOn: true } wish)
        {
            return null;
        }

        using var card = new EmergencyCard(_session.Seed.DeriveEmergencyCard(wish.Card));
        return card.ToText();
    }

    /// <summary>Makes a new card, after which the one before leads nowhere.</summary>
    /// <returns>True if nothing is left to do. False also where emergency access is off.</returns>
    public Task<bool> ReplaceCardAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            if (_session.State.Emergency is not { IsOn: true } wish)
            {
                return false;
            }

            await _session.SaveAsync(_session.State with { Emergency = wish with { Card = wish.Card + 1, ChangedAt = (ulong)_session.Now.ToUnixTimeMilliseconds() } }, token).ConfigureAwait(false);
            var done = await _keeper.PublishCardAsync([], wish.Card, token).ConfigureAwait(false);
            done &= await KeepAsync(token).ConfigureAwait(false);
            return done & await _directories.PublishAsync(token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Every emergency in which somebody opened this patient's records, the newest first. <see cref="Wallet.RevokeAsync"/> ends one that lasts.</summary>
    public Task<IReadOnlyList<EmergencyShown>> ListAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var shown = new List<EmergencyShown>();
            foreach (var (tie, mark) in Subjects().Where(subject => subject.Mark.TopicNext > 0))
            {
                var view = await _topics.SyncAsync(tie.Index, mark.Category, token).ConfigureAwait(false);
                shown.AddRange(view.Emergencies.Select(emergency => new EmergencyShown(
                    emergency.Body.Grant,
                    tie.Index,
                    tie.Organisation,
                    mark.Category,
                    emergency.Body.Organisation,
                    emergency.Body.Reason,
                    view.Keys.OpenAccount(emergency.Body),
                    emergency.Time,
                    emergency.EndsAt,
                    emergency.DisputedAt,
                    view.State!.Emergencies.Undisputed.Contains(emergency.Body.Grant))));
            }

            return (IReadOnlyList<EmergencyShown>)[.. shown.OrderByDescending(emergency => emergency.DeclaredAt)];
        },
        cancellationToken);

    /// <summary>Says for all to see that an emergency should not have been declared.</summary>
    public Task<DisputeOutcome> DisputeAsync(GrantId emergency, DisputeGround ground, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            foreach (var (tie, mark) in Subjects().Where(subject => subject.Mark.TopicNext > 0))
            {
                if ((await _topics.SyncAsync(tie.Index, mark.Category, token).ConfigureAwait(false)).State?.Emergencies.Undisputed.Contains(emergency) != true)
                {
                    continue;
                }

                var (_, disputed) = await _topics.EnsureAsync(
                    tie.Index,
                    mark.Category,
                    view => view.FindEmergency(emergency)?.DisputedAt is not null,
                    view => _grants.EntriesOf(view).Dispute(new EmergencyDisputed(emergency, ground), _session.ValidUntil),
                    token).ConfigureAwait(false);
                return disputed ? DisputeOutcome.Disputed : DisputeOutcome.Unavailable;
            }

            return DisputeOutcome.Unknown;
        },
        cancellationToken);

    /// <summary>Does what is left to do, for every subject and for the card. The caller is alone.</summary>
    internal async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        var done = true;
        var covered = new List<SubjectId>();
        foreach (var (tie, mark) in Subjects().ToList())
        {
            var (isKept, subject) = await _keeper.KeepAsync(tie.Index, mark.Category, cancellationToken).ConfigureAwait(false);
            done &= isKept;
            if (subject is { } one)
            {
                covered.Add(one);
            }
        }

        return _session.State.Emergency is not { } wish ? done : done & await _keeper.PublishCardAsync(covered, wish.Card, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<(Relationship Tie, SubjectMark Mark)> Subjects() =>
        from tie in _session.State.Relationships where tie.IsConnected from mark in tie.Marks select (tie, mark);
}
