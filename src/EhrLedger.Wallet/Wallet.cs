using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Restoring;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Storage;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet;

/// <summary>
/// A patient's wallet without a screen. It holds the keys, decides on grants, and believes nothing that it has not proven. One caller at a time is let in; others wait. Whatever is interrupted, by an exception of
/// the host, a crash or the caller's cancellation, <see cref="ResumeAsync"/> finishes.
/// </summary>
public sealed class Wallet : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly WalletSession _session;
    private readonly SubjectTopics _topics;
    private readonly OwnRecordReader _records;
    private readonly GrantMaker _grants;
    private readonly EpochKeeper _epochs;
    private readonly Connector _connector;
    private readonly DirectoryKeeper _directories;
    private readonly Restorer _restorer;

    private Wallet(WalletSession session)
    {
        _session = session;
        _topics = new SubjectTopics(session);
        _records = new OwnRecordReader(session);
        _grants = new GrantMaker(session, _topics, _records);
        _epochs = new EpochKeeper(session, _topics, _grants);
        _connector = new Connector(session);
        _directories = new DirectoryKeeper(session);
        _restorer = new Restorer(session, _topics, _directories, _connector);
    }

    /// <summary>The connections, in the order in which they were made.</summary>
    public IReadOnlyList<ConnectionShown> Connections =>
        [.. _session.State.Relationships.Where(tie => tie.IsConnected).Select(tie => new ConnectionShown(tie.Index, tie.Organisation, tie.Patient, tie.Total))];

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

    /// <summary>Allows somebody to read.</summary>
    public Task<GrantOutcome> GrantAsync(GrantOrder order, CancellationToken cancellationToken) => AloneAsync(
        async token =>
        {
            ArgumentNullException.ThrowIfNull(order);
            var (drafts, refusal) = await _grants.DraftAsync(order, token).ConfigureAwait(false);
            if (refusal is { } reason)
            {
                return new GrantOutcome.NotOrdered(reason);
            }

            await _directories.PublishAsync(token).ConfigureAwait(false);
            var waiting = new List<GrantId>();
            foreach (var draft in drafts)
            {
                if (!await _grants.AdvanceAsync(draft, token).ConfigureAwait(false))
                {
                    waiting.Add(draft.Id);
                }
            }

            await _directories.PublishAsync(token).ConfigureAwait(false);
            return (GrantOutcome)new GrantOutcome.Ordered([.. drafts.Select(draft => draft.Id)], waiting);
        },
        cancellationToken);

    /// <summary>Ends a grant, and gives the grants that stay the keys of the epoch that begins with it.</summary>
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
                events.AddRange(await new AccessLogReader(_session).ReadAsync(view, findings, token).ConfigureAwait(false));
                events.AddRange(await new AuthorReadReader(_session).ReadAsync(view, findings, token).ConfigureAwait(false));
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
            return await _records.ReadAsync(await _topics.SyncAsync(relationship, category, token).ConfigureAwait(false), token).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Overwrites the keys with zeros. Nobody may be inside.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _one.Dispose();
    }

    /// <summary>"Wallet(redacted)".</summary>
    public override string ToString() => "Wallet(redacted)";

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

        foreach (var (tie, mark) in Subjects().Where(subject => subject.Mark.TopicNext > 0))
        {
            if ((await _topics.SyncAsync(tie.Index, mark.Category, cancellationToken).ConfigureAwait(false)).Find(grant) is not null)
            {
                return new PendingRevocation(grant, tie.Index, mark.Category);
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
            _session.State.Delivered.TryGetValue(grant.Body.Id, out var through) && through >= (grant.KeysThrough ?? 0));
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

    private async Task<T> AloneAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <summary>A connection, for a screen.</summary>
/// <param name="Index">Its number in this wallet.</param>
/// <param name="Organisation">With whom.</param>
/// <param name="Patient">The organisation's own FHIR reference of the patient; empty where a restored wallet does not know it.</param>
/// <param name="Total">How many records the organisation said that it seals anew.</param>
public sealed record ConnectionShown(uint Index, OrganisationId Organisation, string Patient, ulong Total);
