using System.Runtime.CompilerServices;
using EhrLedger.Client.Invitations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Acting;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Erasing;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Guardians;
using EhrLedger.Wallet.Messages;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Restoring;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Storage;
using EhrLedger.Wallet.Subjects;
using DecisionBody = EhrLedger.Messaging.Messages.DecisionBody;

namespace EhrLedger.Wallet;

/// <summary>
/// A patient's wallet without a screen. It holds the keys, decides on grants, and believes nothing that it has not proven. One caller at a time is let in; others wait. Whatever is interrupted, by an exception of
/// the host, a crash or the caller's cancellation, <see cref="ResumeAsync"/> finishes.
/// </summary>
public sealed class Wallet : IDisposable
{
    private readonly OneAtATime _one = new();
    private readonly WalletSession _session;
    private readonly SubjectTopics _topics;
    private readonly SubjectReader _subjects;
    private readonly GrantMaker _grants;
    private readonly EpochKeeper _epochs;
    private readonly Connector _connector;
    private readonly DirectoryKeeper _directories;
    private readonly Restorer _restorer;
    private readonly WalletAgent _agent;
    private readonly Messenger _messenger;
    private readonly EmergencyKeeper _emergencies;

    private Wallet(WalletSession session)
    {
        _session = session;
        _topics = new SubjectTopics(session);
        var records = new OwnRecordReader(session);
        _subjects = new SubjectReader(session, _topics, records);
        _grants = new GrantMaker(session, _topics, records);
        _epochs = new EpochKeeper(session, _topics, _grants);
        _connector = new Connector(session);
        _directories = new DirectoryKeeper(session);
        _emergencies = new EmergencyKeeper(session, _topics, _grants);
        Emergencies = new PatientEmergencies(session, _topics, _grants, _emergencies, _directories, _one);
        Erasures = new PatientErasures(session, _topics, _grants, records, _one);
        Delegations = new PatientDelegations(session, _topics, _grants, _epochs, _directories, _one);
        ActingFor = new ActingForOthers(session, _grants, _directories, _one);
        var recoveries = new RecoveryLedger(session.Consortium, session.Members, session.Nodes, session.Log, session.Settings, session.Time);
        Guardians = new PatientGuardians(session, recoveries, _directories, _one);
        Guardianships = new PatientGuardianships(session, recoveries, _directories, _one);
        _restorer = new Restorer(session, _topics, _directories, _connector);
        _agent = new WalletAgent(session, session.Time);
        _messenger = new Messenger(session, _agent);
    }

    /// <summary>The connections, in the order in which they were made.</summary>
    public IReadOnlyList<ConnectionShown> Connections =>
        [.. _session.State.Relationships.Where(tie => tie.IsConnected).Select(tie => new ConnectionShown(tie.Index, tie.Organisation, tie.Patient, tie.Total))];

    /// <summary>What may be opened in an emergency, and what was.</summary>
    public PatientEmergencies Emergencies { get; }

    /// <summary>Records that the patient has had erased, and who has done it.</summary>
    public PatientErasures Erasures { get; }

    /// <summary>Who may act for the patient, and what they have done.</summary>
    public PatientDelegations Delegations { get; }

    /// <summary>What the patient does for others, as their delegate.</summary>
    public ActingForOthers ActingFor { get; }

    /// <summary>People through whom this wallet can come back when phone and words are lost.</summary>
    public PatientGuardians Guardians { get; }

    /// <summary>The wallets of others that this wallet's owner guards.</summary>
    public PatientGuardianships Guardianships { get; }

    /// <summary>The members of the consortium as far as this wallet knows: who can be connected to, and who may be asked what an id stands for.</summary>
    public IReadOnlyList<Member> Members => _session.Members.Active;

    /// <summary>When a quorum last cosigned the newest log that this wallet has seen; null before it has seen any.</summary>
    public DateTimeOffset? AsOf => _session.Log.Newest?.CosignedAt;

    /// <summary>Whether that is less than ten minutes ago.</summary>
    public bool IsFresh => _session.Log.IsFresh;

    /// <summary>A new wallet. Its phrase is to be written down.</summary>
    public static Task<Wallet> CreateAsync(WalletHost host, CancellationToken cancellationToken) => OpenAsync(WalletSeed.Generate(), host, cancellationToken);

    /// <summary>The wallet of a phrase, with whatever the device's store has of it. On a device that has nothing, <see cref="RestoreAsync"/> brings it back.</summary>
    /// <param name="phrase">24 words, as a person typed them.</param>
    /// <param name="host">Where it lives.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null unless the words are a phrase.</returns>
    public static async Task<Wallet?> FromPhraseAsync(string phrase, WalletHost host, CancellationToken cancellationToken) =>
        WalletSeed.FromPhrase(phrase) is { } seed ? await OpenAsync(seed, host, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>The wallet of a seed, with whatever the device's store has of it.</summary>
    /// <param name="seed">Taken over.</param>
    /// <param name="host">Where it lives.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Wallet> OpenAsync(WalletSeed seed, WalletHost host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(host);
        using var key = seed.DeriveDirectoryEncryptionKey();
        var vault = new WalletVault(key, host.Store);
        var kept = await vault.ReadAsync(WalletVault.State, cancellationToken).ConfigureAwait(false);
        return new Wallet(new WalletSession(seed, host, kept is null ? WalletState.Empty : WalletState.TryParse(kept) ?? WalletState.Empty, vault));
    }

    /// <summary>The 24 words. As secret as the wallet itself.</summary>
    public string ToPhrase() => _session.Seed.ToPhrase();

    /// <summary>Brings everything back from the seed alone.</summary>
    public Task<RestoreOutcome> RestoreAsync(CancellationToken cancellationToken) => AloneAsync(_restorer.RestoreAsync, cancellationToken);

    /// <summary>Connects to an organisation.</summary>
    /// <param name="organisation">Whose card it is.</param>
    /// <param name="code">From the card; once.</param>
    /// <param name="cancellationToken">Gives up; the connection may have been made all the same.</param>
    public Task<ConnectOutcome> ConnectAsync(OrganisationId organisation, string code, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            // Subjects that another device has given to one organisation must not be given to a second.
            await _directories.TakeNewestAsync(token).ConfigureAwait(false);
            var outcome = await _connector.ConnectAsync(organisation, code, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return outcome;
        },
        cancellationToken);

    /// <summary>What organisations ask for and the patient has not decided on, the oldest first.</summary>
    public IReadOnlyList<AccessAsked> AccessRequests => _messenger.Requests;

    /// <summary>Lets the agent of an invitation's organisation send messages to this wallet.</summary>
    /// <param name="invitation">As it was scanned.</param>
    /// <param name="cancellationToken">Gives up; it may be tried again.</param>
    public Task<MeetOutcome> MeetAsync(Invitation invitation, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(invitation);
            var outcome = await _messenger.MeetAsync(invitation, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return outcome;
        },
        cancellationToken);

    /// <summary>Picks up what waits for this wallet at the organisations that it has met.</summary>
    public Task<MessagesChecked> CheckMessagesAsync(CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            var came = await _messenger.CheckAsync(token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return came;
        },
        cancellationToken);

    /// <summary>What people at organisations have written and the patient has not put away, the oldest first. This device's alone.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<TextReceived>> ListTextsAsync(CancellationToken cancellationToken) => AloneAsync(_messenger.Texts.ReadAsync, cancellationToken);

    /// <summary>Forgets what somebody has written.</summary>
    /// <param name="text">Of <see cref="ListTextsAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task PutAwayAsync(TextReceived text, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            await _messenger.Texts.RemoveAsync(text, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Allows what an organisation has asked for, or less of it.</summary>
    /// <param name="request">Of <see cref="AccessRequests"/>.</param>
    /// <param name="approval">What the patient allows.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// As for <see cref="GrantAsync"/>, over all connections; <see cref="GrantRefusal.UnknownRequest"/> for a request that is answered already, <see cref="GrantRefusal.BadOrder"/> for more than was asked. Where one connection's
    /// grants can't be ordered, those before it stand, and the request stays unanswered.
    /// </returns>
    public Task<GrantOutcome> ApproveAsync(AccessAsked request, Approval approval, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(request);
            ArgumentNullException.ThrowIfNull(approval);
            if (_messenger.Find(request.Request) is not { } kept)
            {
                return new GrantOutcome.NotOrdered(GrantRefusal.UnknownRequest);
            }

            if (approval.Relationships.Count == 0 || (long)approval.Relationships.Count * approval.Categories.Count > DecisionBody.MostGrants || approval.Days < 1 || approval.Days > request.Days || approval.Categories.Except(request.Categories).Any() || approval.Purposes.Except(request.Purposes).Any())
            {
                return new GrantOutcome.NotOrdered(GrantRefusal.BadOrder);
            }

            var first = DateOnly.FromDateTime(_session.Now.UtcDateTime);
            var (grants, waiting) = (new List<GrantId>(), new List<GrantId>());
            GrantOutcome.NotOrdered? refused = null;
            foreach (var relationship in approval.Relationships)
            {
                var order = new GrantOrder(
                    relationship, approval.Categories, new AccessInvitation(kept.Organisation, request.Request), approval.Purposes, first, first.AddDays(approval.Days - 1), approval.Future);
                switch (await OrderAsync(order, token).ConfigureAwait(false))
                {
                    case GrantOutcome.Ordered(var ordered, var unfinished):
                        grants.AddRange(ordered);
                        waiting.AddRange(unfinished);
                        break;
                    case GrantOutcome.NotOrdered not:
                        refused ??= not;
                        break;
                }
            }

            // What was granted stands, and is the answer, though it is less: to ask the patient again would grant it twice.
            if (refused is not null && grants.Count == 0)
            {
                await _directories.PublishAsync(token).ConfigureAwait(false);
                return refused;
            }

            await _messenger.DecideAsync(kept, grants, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return (GrantOutcome)new GrantOutcome.Ordered(grants, waiting);
        },
        cancellationToken);

    /// <summary>Declines. Nothing is sent: the organisation can't tell it from no answer.</summary>
    /// <param name="request">Of <see cref="AccessRequests"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task DeclineAsync(AccessAsked request, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(request);
            if (_messenger.Find(request.Request) is { } kept)
            {
                await _messenger.DecideAsync(kept, [], token).ConfigureAwait(false);
                await _directories.PublishAsync(token).ConfigureAwait(false);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Allows somebody to read.</summary>
    public Task<GrantOutcome> GrantAsync(GrantOrder order, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(order);
            var outcome = await OrderAsync(order, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return outcome;
        },
        cancellationToken);

    /// <summary>Ends a grant or an emergency, and gives the grants that stay the keys of the epoch that begins with it.</summary>
    public Task<RevokeOutcome> RevokeAsync(GrantId grant, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            if (await FindAsync(grant, token).ConfigureAwait(false) is not { } revocation)
            {
                return RevokeOutcome.UnknownGrant;
            }

            var state = _session.State;
            await _session.SaveAsync(
                state with
                {
                    Drafts = state.Drafts.RemoveAll(draft => draft.Id == grant),
                    Revocations = state.Revocations.RemoveAll(other => other.Grant == grant).Add(revocation),
                },
                token).ConfigureAwait(false);

            // The revocation comes before the directory: nothing may hold it up.
            var revoked = await _epochs.RevokeAsync(revocation, token).ConfigureAwait(false);
            await _epochs.KeepAsync(revocation.Relationship, revocation.Category, token).ConfigureAwait(false);
            await _emergencies.KeepAsync(revocation.Relationship, revocation.Category, token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return revoked ? RevokeOutcome.Revoked : RevokeOutcome.Waiting;
        },
        cancellationToken);

    /// <summary>Finishes what was interrupted, starts the epochs that lapsed grants ask for, and publishes the directory. Apps call it when they start, and from time to time.</summary>
    /// <returns>True if nothing is left to do.</returns>
    public Task<bool> ResumeAsync(CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            await _restorer.KnowOrganisationsAsync(token).ConfigureAwait(false);
            var done = true;
            foreach (var revocation in _session.State.Revocations)
            {
                done &= await _epochs.RevokeAsync(revocation, token).ConfigureAwait(false);
            }

            // What another device has connected, opened and granted is followed here too.
            await _directories.TakeNewestAsync(token).ConfigureAwait(false);
            foreach (var tie in _session.State.Relationships.Where(tie => tie.Status == RelationshipStatus.Waiting))
            {
                done &= await _connector.ResumeAsync(tie, token).ConfigureAwait(false);
            }

            foreach (var draft in _session.State.Drafts)
            {
                done &= await _grants.AdvanceAsync(draft, token).ConfigureAwait(false);
            }

            foreach (var (tie, mark) in Subjects().Where(subject => subject.Mark.TopicNext > 0))
            {
                done &= await _epochs.KeepAsync(tie.Index, mark.Category, token).ConfigureAwait(false);
            }

            done &= await Delegations.KeepAsync(token).ConfigureAwait(false);
            done &= await ActingFor.KeepAsync(token).ConfigureAwait(false);
            done &= await Emergencies.KeepAsync(token).ConfigureAwait(false);
            done &= await Erasures.KeepAsync(token).ConfigureAwait(false);
            done &= await Guardians.KeepAsync(token).ConfigureAwait(false);
            return done & await _directories.PublishAsync(token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>All grants, those of long ago included, as the ledger has them now.</summary>
    public Task<IReadOnlyList<GrantShown>> ListGrantsAsync(CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            var shown = new List<GrantShown>();
            foreach (var (tie, mark) in Subjects().Where(subject => subject.Mark.TopicNext > 0))
            {
                var view = await _topics.SyncAsync(tie.Index, mark.Category, token).ConfigureAwait(false);
                shown.AddRange(view.Grants.Select(grant => Show(view, grant)));
            }

            shown.AddRange(_session.State.Drafts.Where(draft => shown.TrueForAll(grant => grant.Id != draft.Id)).Select(Show));
            return (IReadOnlyList<GrantShown>)shown;
        },
        cancellationToken);

    /// <summary>Who looked at the records at one organisation.</summary>
    /// <param name="relationship">Index of the connection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<AccessLog> ReadAccessLogAsync(uint relationship, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            var findings = new List<Finding>();
            var events = new List<AccessEvent>();
            await _session.Log.RefreshAsync(token).ConfigureAwait(false);
            foreach (var mark in Tie(relationship).Marks)
            {
                var view = await _topics.SyncAsync(relationship, mark.Category, token).ConfigureAwait(false);
                events.AddRange(await _subjects.ReadLogAsync(view, null, findings, token).ConfigureAwait(false));
            }

            return new AccessLog([.. events.OrderBy(seen => seen.Time ?? DateTimeOffset.MaxValue).ThenBy(seen => seen.Index)], findings.Count == 0, AsOf, IsFresh, findings);
        },
        cancellationToken);

    /// <summary>The patient's own records of one category, opened without any custodian.</summary>
    /// <param name="relationship">Index of the connection.</param>
    /// <param name="category">Which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<OwnRecords> ReadRecordsAsync(uint relationship, Category category, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            Tie(relationship);
            var view = await _topics.SyncAsync(relationship, category, token).ConfigureAwait(false);
            return await _subjects.ReadRecordsAsync(view, null, token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>
    /// Who looked at the records of categories, and the records, with every question asked once, and the next ones asked while an answer is on its way. About a subject that this wallet has not opened on the ledger only its
    /// author is asked. Apps that show everything go through all categories with it.
    /// </summary>
    /// <param name="subjects">Indexes of connections, and categories.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One for each, in their order, as they come. Others are let in between two.</returns>
    public async IAsyncEnumerable<SubjectRead> ReadSubjectsAsync(IReadOnlyList<(uint Relationship, Category Category)> subjects, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subjects);
        var begun = new Queue<SubjectReader.FirstRows>();
        var next = 0;
        foreach (var (relationship, category) in subjects)
        {
            yield return await AloneAsync(
                token =>
                {
                    for (; begun.Count < Ahead.Most && next < subjects.Count; next++)
                    {
                        begun.Enqueue(_subjects.Begin(Tie(subjects[next].Relationship).Index, subjects[next].Category, token));
                    }

                    return _subjects.ReadAsync(relationship, category, begun.Dequeue(), token);
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What this device has opened of a category before; asks nobody.</summary>
    /// <param name="relationship">Index of the connection.</param>
    /// <param name="category">Which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if it was never read here.</returns>
    public Task<KeptRecords?> FindKeptRecordsAsync(uint relationship, Category category, CancellationToken cancellationToken) => AloneAsync(
        token =>
        {
            Tie(relationship);
            return _subjects.FindKeptAsync(relationship, category, token);
        },
        cancellationToken);

    /// <summary>Overwrites the keys with zeros. Nobody may be inside.</summary>
    public void Dispose()
    {
        _agent.Dispose();
        _session.Dispose();
        _one.Dispose();
    }

    /// <summary>"Wallet(redacted)".</summary>
    public override string ToString() => "Wallet(redacted)";

    /// <summary>Orders grants. What follows upon it, the caller publishes.</summary>
    private async Task<GrantOutcome> OrderAsync(GrantOrder order, CancellationToken token)
    {
        var (drafts, refusal) = await _grants.DraftAsync(order, token).ConfigureAwait(false);
        if (refusal is { } reason)
        {
            return new GrantOutcome.NotOrdered(reason);
        }

        await _directories.PublishAsync(token).ConfigureAwait(false);
        var waiting = new List<GrantId>();
        foreach (var (draft, view) in drafts)
        {
            if (!await _grants.AdvanceAsync(draft, token, view).ConfigureAwait(false))
            {
                waiting.Add(draft.Id);
            }
        }

        return (GrantOutcome)new GrantOutcome.Ordered([.. drafts.Select(one => one.Draft.Id)], waiting);
    }

    private Relationship Tie(uint relationship) =>
        _session.State.Find(relationship) is { IsConnected: true } tie ? tie : throw new ArgumentOutOfRangeException(nameof(relationship), relationship, "The wallet has no such connection.");

    private IEnumerable<(Relationship Tie, SubjectMark Mark)> Subjects() =>
        from tie in _session.State.Relationships where tie.IsConnected from mark in tie.Marks select (tie, mark);

    private async Task<PendingRevocation?> FindAsync(GrantId grant, CancellationToken cancellationToken)
    {
        if (_session.State.Drafts.Find(draft => draft.Id == grant) is { } drafted)
        {
            return new PendingRevocation(grant, drafted.Relationship, drafted.Category);
        }

        // Most often this device knows it already; where it does not, another one may have made it.
        foreach (var find in new Func<uint, Category, CancellationToken, Task<SubjectView>>[] { _topics.OpenKeptAsync, _topics.SyncAsync })
        {
            foreach (var (tie, mark) in Subjects().Where(subject => subject.Mark.TopicNext > 0))
            {
                var view = await find(tie.Index, mark.Category, cancellationToken).ConfigureAwait(false);
                if (view.Find(grant) is not null || view.FindEmergency(grant) is not null)
                {
                    return new PendingRevocation(grant, tie.Index, mark.Category);
                }
            }
        }

        return null;
    }

    private GrantShown Show(SubjectView view, GrantSeen grant)
    {
        var memo = grant.Memo;
        var proven = memo is not null
            && _session.OpenStatement(memo.Grantee, memo.Statement) is { } statement
            && statement.Keys.Any(pair => pair.Reader == grant.Body.ReaderKey && pair.AnswerKeyDigest == grant.Body.AnswerKeyDigest);
        var status = grant.RevokedAt is not null ? GrantStatus.Revoked
            : _session.State.Revocations.Exists(revocation => revocation.Grant == grant.Body.Id) ? GrantStatus.Ending
            : grant.HasLapsed(_session.Today) ? GrantStatus.Lapsed
            : grant.Body.Days.First > _session.Today ? GrantStatus.NotYet
            : GrantStatus.Active;
        return new GrantShown(
            grant.Body.Id,
            status,
            view.Relationship.Index,
            view.Relationship.Organisation,
            view.Category,
            memo?.Grantee,
            proven,
            grant.Body.Days,
            memo?.Terms.Purposes ?? [],
            memo?.Terms.Records,
            memo?.Terms.Future ?? false,
            grant.Time,
            grant.RevokedAt,
            _session.State.Delivered.TryGetValue(grant.Body.Id, out var through) && through >= (grant.KeysThrough ?? 0))
        {
            GrantedBy = view.NameOf(grant.By),
            EndedBy = view.NameOf(grant.EndedBy),
        };
    }

    private GrantShown Show(GrantDraft draft) => new(
        draft.Id,
        GrantStatus.Waiting,
        draft.Relationship,
        Tie(draft.Relationship).Organisation,
        draft.Category,
        draft.Grantee,
        _session.OpenStatement(draft.Grantee, draft.Statement) is not null,
        draft.Days,
        draft.Terms.Purposes,
        draft.Terms.Records,
        draft.Terms.Future,
        null,
        null,
        false);

    private Task<T> AloneAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) => _one.RunAsync(work, cancellationToken);
}

/// <summary>A connection, for a screen.</summary>
/// <param name="Index">Its number in this wallet.</param>
/// <param name="Organisation">With whom.</param>
/// <param name="Patient">The organisation's own FHIR reference of the patient; empty where a restored wallet does not know it.</param>
/// <param name="Total">How many records the organisation said that it seals anew.</param>
public sealed record ConnectionShown(uint Index, OrganisationId Organisation, string Patient, ulong Total);
