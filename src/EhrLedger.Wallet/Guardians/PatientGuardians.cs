using System.Text;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Restoring;

namespace EhrLedger.Wallet.Guardians;

/// <summary>People and organisations through whom this wallet can come back when phone and words are lost: a part of <see cref="Wallet"/>.</summary>
public sealed class PatientGuardians
{
    private readonly WalletSession _session;
    private readonly RecoveryLedger _ledger;
    private readonly GuardianKeeper _keeper;
    private readonly DirectoryKeeper _directories;
    private readonly OneAtATime _one;

    internal PatientGuardians(WalletSession session, RecoveryLedger ledger, DirectoryKeeper directories, OneAtATime one) =>
        (_session, _ledger, _keeper, _directories, _one) = (session, ledger, new GuardianKeeper(session, ledger), directories, one);

    /// <summary>What an app proposes: two days.</summary>
    public static int UsualHours => 48;

    /// <summary>The guardians that the patient has chosen; none where it is off, null before there was a decision.</summary>
    public IReadOnlyList<ChosenGuardian>? Chosen => _session.State.Guardians?.Guardians;

    /// <summary>Shortest waiting time in this consortium, in hours.</summary>
    public int FewestHours => _session.Consortium.Genesis.RecoveryHours;

    /// <summary>
    /// Fewest approvals that these guardians may need: two, and one more than there are organisations among them. So a person always has a say. Organisations may be custodians too: were as many of them guardians as have to approve, they could open the seed
    /// among themselves, without any person and any entry (docs/decisions/0039).
    /// </summary>
    public static int FewestApprovals(IEnumerable<ChosenGuardian> guardians) => Math.Max(2, guardians.Count(guardian => guardian.Organisation is not null) + 1);

    /// <summary>The organisations that this wallet is connected to, that offer to be guardians, and that answer now.</summary>
    public Task<IReadOnlyList<OrganisationId>> FindOrganisationsAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var connected = _session.State.Relationships.Where(tie => tie.IsConnected).Select(tie => tie.Organisation).Distinct().ToList();
            var offers = await Task.WhenAll(connected.Select(async organisation =>
                _session.Nodes.Find(organisation) is { } node && await node.Wallet.FindGuardianOfferAsync(token).ConfigureAwait(false) is Answer<Done>.Given)).ConfigureAwait(false);
            return (IReadOnlyList<OrganisationId>)[.. connected.Where((_, at) => offers[at])];
        },
        cancellationToken);

    /// <summary>Asks an organisation to be a guardian. It agrees by itself: who comes for the wallet, its staff look at then.</summary>
    /// <param name="organisation">Of <see cref="FindOrganisationsAsync"/>.</param>
    /// <param name="name">What the patient calls it; at most 100 bytes.</param>
    /// <param name="cancellationToken">Gives up; it may be asked again.</param>
    /// <exception cref="ArgumentException">The name is too long.</exception>
    public Task<OrganisationAsked> AskAsync(OrganisationId organisation, string name, CancellationToken cancellationToken) => Encoding.UTF8.GetByteCount(name ?? "") > RecoveryAsk.LongestName
        ? throw new ArgumentException("A name has at most 100 bytes.", nameof(name))
        : _one.RunAsync(
            async token =>
            {
                if (_session.State.Relationships.Find(tie => tie.IsConnected && tie.Organisation == organisation) is not { } tie || _session.Nodes.Find(organisation) is not { } node)
                {
                    return new OrganisationAsked.NotOffered();
                }

                var keys = _session.KeysOf(tie.Index, Category.Demographics);
                var (invitation, now) = (new GuardianInvitation(_session.Genesis, _keeper.Recovery, ""), (ulong)_session.Now.ToUnixTimeMilliseconds());
                var request = new GuardianRequest(keys.Subject, invitation, now, keys.Identity.Sign(GuardianRequest.MessageOf(_session.Genesis, organisation, invitation, now)));
                var answer = await node.Wallet.AskGuardianAsync(request, token).ConfigureAwait(false);
                _session.Log.Note(node, answer);
                return answer switch
                {
                    Answer<GuardianAcceptance>.Given(var acceptance) => Read(acceptance, name ?? "", organisation) is { } guardian ? new OrganisationAsked.Agreed(guardian) : new OrganisationAsked.Unavailable(),
                    Answer<GuardianAcceptance>.Refused { Status: 403 or 404 } => new OrganisationAsked.NotOffered(),
                    _ => (OrganisationAsked)new OrganisationAsked.Unavailable(),
                };
            },
            cancellationToken);

    /// <summary>The text that asks somebody to be a guardian. It holds no secret.</summary>
    /// <param name="name">What the patient calls himself or herself there; at most 100 bytes.</param>
    /// <exception cref="ArgumentException">The name is too long.</exception>
    public string Invite(string name) => Encoding.UTF8.GetByteCount(name ?? "") <= RecoveryAsk.LongestName
        ? new GuardianInvitation(_session.Genesis, _keeper.Recovery, name ?? "").ToText()
        : throw new ArgumentException("A name has at most 100 bytes.", nameof(name));

    /// <summary>Reads what somebody has answered to <see cref="Invite"/>.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="name">What the patient calls this guardian; at most 100 bytes.</param>
    /// <returns>Null unless it is an answer to this wallet's own invitation, and well signed.</returns>
    public ChosenGuardian? ReadAcceptance(string text, string name) =>
        Encoding.UTF8.GetByteCount(name ?? "") <= RecoveryAsk.LongestName
        && GuardianAcceptance.TryParse(text) is { } acceptance
            ? Read(acceptance, name ?? "", null)
            : null;

    /// <summary>Sets who guards, in place of those before, whose shares are worth nothing from then on.</summary>
    /// <param name="guardians">2 to 16, each once.</param>
    /// <param name="threshold">How many of them have to approve; at least <see cref="FewestApprovals"/>.</param>
    /// <param name="hours">How long this wallet can say no: <see cref="FewestHours"/> to 720.</param>
    /// <param name="cancellationToken">Gives up; what is left to do, <see cref="Wallet.ResumeAsync"/> does.</param>
    /// <returns>True if nothing is left to do.</returns>
    /// <exception cref="ArgumentException">Out of bounds, or a guardian twice.</exception>
    public Task<bool> SetAsync(IReadOnlyCollection<ChosenGuardian> guardians, int threshold, int hours, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(guardians);
        var organisations = guardians.Select(guardian => guardian.Organisation).OfType<OrganisationId>().ToList();
        if (guardians.Count > GuardianRule.MostGuardians || guardians.DistinctBy(guardian => guardian.Key).Count() != guardians.Count || organisations.Distinct().Count() != organisations.Count)
        {
            throw new ArgumentException("There are at most 16 guardians, each once.", nameof(guardians));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, FewestApprovals(guardians));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, guardians.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(hours, FewestHours);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hours, GuardianRule.MostHours);
        return WishAsync([.. guardians.OrderBy(guardian => guardian.Key)], threshold, hours, cancellationToken);
    }

    /// <summary>Nobody guards any more.</summary>
    /// <returns>True if nothing is left to do.</returns>
    public Task<bool> SwitchOffAsync(CancellationToken cancellationToken) => WishAsync([], 0, 0, cancellationToken);

    /// <summary>The guardians as the ledger has them, and whoever asks for this wallet's seed. Apps ask whenever they start.</summary>
    /// <returns>Null where no member answers.</returns>
    public Task<GuardiansShown?> ReadAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var view = await _ledger.SyncAsync(_keeper.Recovery, token).ConfigureAwait(false);
            if (view.IsOffline)
            {
                return null;
            }

            var state = view.State ?? new RecoveryState(0, null, []);
            var now = (ulong)_session.Now.ToUnixTimeMilliseconds();
            var pending = state.Open.Where(open => open.Until > now).Select(open => new RecoveryPending(open.Key, view.TimeAt(open.Index) ?? RecoveryView.At(open.From), RecoveryView.At(open.From))).ToList();
            return (GuardiansShown?)new GuardiansShown(
                state.Rule is not null,
                state.LastNumber,
                state.Rule?.Threshold ?? 0,
                state.Rule?.Guardians.Count ?? 0,
                state.Rule?.Hours ?? 0,
                pending,
                [.. pending.Select(one => new Finding(FindingKind.RecoveryPending, null, null, $"{one.Request.ToDidKey()} until {one.NoUntil:u}"))]);
        },
        cancellationToken);

    /// <summary>
    /// Says no to a request. It ends with its set-up, because guardians who were deceived may have given their shares away; the wallet then makes the next set-up for the same guardians, who have to do nothing.
    /// </summary>
    /// <param name="request">Of <see cref="GuardiansShown.Pending"/>.</param>
    /// <param name="cancellationToken">Gives up; <see cref="Wallet.ResumeAsync"/> goes on.</param>
    public Task<VetoOutcome> VetoAsync(Ed25519PublicKey request, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var view = await _ledger.SyncAsync(_keeper.Recovery, token).ConfigureAwait(false);
            if (view.State?.Find(request) is null)
            {
                return view.IsOffline ? VetoOutcome.Waiting : VetoOutcome.Unknown;
            }

            if (_session.State.Guardians is null)
            {
                await _directories.TakeNewestAsync(token).ConfigureAwait(false);
            }

            // A device that does not know the patient's wish says no all the same, and any other device's wish counts more than what it assumes.
            var wish = _session.State.Guardians is { } known ? known with { ChangedAt = (ulong)_session.Now.ToUnixTimeMilliseconds() } : new GuardiansWish([], 0, 0, null, 0);
            await _session.SaveAsync(_session.State with { Guardians = wish with { Vetoed = request } }, token).ConfigureAwait(false);
            var ended = await _keeper.VetoAsync(token).ConfigureAwait(false);
            await _keeper.KeepAsync(token).ConfigureAwait(false);
            await _directories.PublishAsync(token).ConfigureAwait(false);
            return ended ? VetoOutcome.Vetoed : VetoOutcome.Waiting;
        },
        cancellationToken);

    /// <summary>Does what is left to do. The caller is alone.</summary>
    internal Task<bool> KeepAsync(CancellationToken cancellationToken) => _keeper.KeepAsync(cancellationToken);

    private ChosenGuardian? Read(GuardianAcceptance acceptance, string name, OrganisationId? organisation) =>
        acceptance.Recovery == _keeper.Recovery && acceptance.Verifies(_session.Genesis) ? new ChosenGuardian(acceptance.Key, acceptance.SealingKey, name, organisation) : null;

    private Task<bool> WishAsync(IReadOnlyList<ChosenGuardian> guardians, int threshold, int hours, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var wish = new GuardiansWish(guardians, threshold, hours, _session.State.Guardians?.Vetoed, (ulong)_session.Now.ToUnixTimeMilliseconds());
            await _session.SaveAsync(_session.State with { Guardians = wish }, token).ConfigureAwait(false);
            var done = await _keeper.KeepAsync(token).ConfigureAwait(false);
            return done & await _directories.PublishAsync(token).ConfigureAwait(false);
        },
        cancellationToken);
}

/// <summary>What came of asking an organisation.</summary>
public abstract record OrganisationAsked
{
    private OrganisationAsked()
    {
    }

    /// <summary>It is a guardian as soon as <see cref="PatientGuardians.SetAsync"/> has set it.</summary>
    public sealed record Agreed(ChosenGuardian Guardian) : OrganisationAsked;

    /// <summary>It does not do that (any more), or does not know this patient.</summary>
    public sealed record NotOffered : OrganisationAsked;

    /// <summary>It does not answer, or not rightly: to be tried again.</summary>
    public sealed record Unavailable : OrganisationAsked;
}
