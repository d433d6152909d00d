using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Emergencies;

/// <summary>
/// Keeps the emergency policy of each subject as the patient wants it, and what the custodians hold for it in step with the subject's epoch. Nothing that it makes is random but seals: what is to be done is read off the ledger and asked of the
/// custodians, so that it can be interrupted anywhere.
/// </summary>
internal sealed class EmergencyKeeper(WalletSession session, SubjectTopics topics, GrantMaker grants)
{
    private readonly CustodianSet _custodians = CustodianSet.Of(session.Consortium.Genesis);
    private readonly HashSet<(Digest Policy, uint Through, OrganisationId Custodian)> _kept = [];

    /// <summary>Does for one subject what is left to do.</summary>
    /// <returns>Whether nothing is left, and the subject if a policy of it is in force.</returns>
    public async Task<(bool Done, SubjectId? Covered)> KeepAsync(uint relationship, Category category, CancellationToken cancellationToken)
    {
        var wish = session.State.Emergency;
        if (session.State.Find(relationship)!.Mark(category).TopicNext == 0)
        {
            // A subject without a record appears on the ledger for its first grant only.
            if (wish is not { IsOn: true } || !await HasRecordsAsync(relationship, category, cancellationToken).ConfigureAwait(false))
            {
                return (true, null);
            }

            if (!(await grants.OpenAsync(relationship, category, cancellationToken).ConfigureAwait(false)).IsOpen)
            {
                return (false, null);
            }
        }

        var (view, fits) = await topics.EnsureAsync(
            relationship,
            category,
            subject => subject.State is null || Fits(subject, wish),
            subject => grants.EntriesOf(subject).SetEmergencyPolicy(BodyOf(subject, wish), session.ValidUntil),
            cancellationToken).ConfigureAwait(false);
        if (!fits || view.State?.Emergencies.Rule is not { } rule)
        {
            return (fits, null);
        }

        // While an emergency lasts, nothing changes under the hands of those who treat.
        return (IsRunning(view) || await DepositAsync(view, rule, cancellationToken).ConfigureAwait(false), view.Keys.Subject);
    }

    /// <summary>Leaves with the members, under the card's name, which subjects it leads to.</summary>
    /// <returns>True if enough members have it that an honest one does.</returns>
    public async Task<bool> PublishCardAsync(IReadOnlyCollection<SubjectId> covered, uint number, CancellationToken cancellationToken)
    {
        using var card = new EmergencyCard(session.Seed.DeriveEmergencyCard(number));
        var wanted = covered.ToHashSet();
        var has = 0;
        foreach (var node in session.Nodes.All)
        {
            var answer = await node.Wallet.ReadDirectoryAsync(card.Identity.Public, cancellationToken).ConfigureAwait(false);
            session.Log.Note(node, answer);
            has += answer.TryGet(out var directory) && card.Open(directory.Sealed.Span) is { } list && wanted.SetEquals(list) ? 1 : 0;
        }

        // Nobody has a list, and there is nothing to list: a name that nobody has used needs none.
        if (has >= session.Consortium.HeadsToAsk || (wanted.Count == 0 && session.State.Emergency is null))
        {
            return true;
        }

        var signedBytes = new SealedDirectory((ulong)session.Now.ToUnixTimeMilliseconds(), card.Seal(wanted)).Sign(card.Identity, session.Genesis);
        var taken = 0;
        foreach (var node in session.Nodes.All)
        {
            taken += await node.Wallet.WriteDirectoryAsync(card.Identity.Public, signedBytes, cancellationToken).ConfigureAwait(false) is Answer<Done>.Given ? 1 : 0;
        }

        return taken >= session.Consortium.HeadsToAsk;
    }

    public bool IsRunning(SubjectView view) => view.Emergencies.Any(emergency => !emergency.HasEnded(session.Now));

    // What was set before this device had the patient's wish goes on as it was.
    private static IReadOnlyList<string> KindsFor(SubjectView view, EmergencyWish? wish) => wish?.Kinds ?? view.State!.Emergencies.Rule?.Kinds ?? [];

    private bool Fits(SubjectView view, EmergencyWish? wish)
    {
        var known = view.State!.Emergencies;
        var kinds = KindsFor(view, wish);
        if (known.Rule is not { } rule || kinds.Count == 0)
        {
            return known.Rule is null && kinds.Count == 0;
        }

        // An emergency key that an organisation has put together once is used for no epoch after it.
        return IsRunning(view)
            || (rule.Kinds.SequenceEqual(kinds, StringComparer.Ordinal)
                && view.Emergencies.All(emergency => emergency.Body.Policy < known.LastNumber)
                && rule.Digest == PolicyOf(view, known.LastNumber).Digest);
    }

    private EmergencyPolicySet BodyOf(SubjectView view, EmergencyWish? wish)
    {
        var number = view.State!.Emergencies.LastNumber + 1;
        var kinds = KindsFor(view, wish);
        return new EmergencyPolicySet(number, kinds.Count > 0 ? new EmergencyRule(PolicyOf(view, number).Digest, _custodians.Number, kinds) : null);
    }

    private EmergencyPolicy PolicyOf(SubjectView view, uint number)
    {
        var (policy, shares) = view.Keys.MakeEmergencyPolicy(number, _custodians);
        foreach (var share in shares)
        {
            share.Dispose();
        }

        return policy;
    }

    private async Task<bool> HasRecordsAsync(uint relationship, Category category, CancellationToken cancellationToken)
    {
        var tie = session.State.Find(relationship)!;
        if (tie.Mark(category).WritesNext > 0)
        {
            return true;
        }

        if (session.Nodes.Find(tie.Organisation) is not { } node)
        {
            return false;
        }

        var keys = session.KeysOf(relationship, category);
        var request = session.Request(tie.Organisation, keys, SubjectRequestKind.Records) with { Count = 1 };
        var answer = await node.Wallet.ReadRecordsAsync(request, keys.Identity, cancellationToken).ConfigureAwait(false);
        session.Log.Note(node, answer);
        return answer.TryGet(out var records) && records.NextNumber > 0;
    }

    private async Task<bool> DepositAsync(SubjectView view, EmergencyRule rule, CancellationToken cancellationToken)
    {
        var missing = _custodians.Custodians.Where(custodian => !_kept.Contains((rule.Digest, view.Epoch, custodian))).ToList();
        if (missing.Count == 0)
        {
            return true;
        }

        var (policy, shares) = view.Keys.MakeEmergencyPolicy(view.State!.Emergencies.LastNumber, _custodians);
        try
        {
            // A policy that another version of the custodian set has made: the next call sets a new one.
            if (policy.Digest != rule.Digest)
            {
                return false;
            }

            byte[]? sealedKeys = null;
            var all = true;
            foreach (var custodian in missing)
            {
                if (session.Nodes.Find(custodian) is not { } node)
                {
                    all = false;
                    continue;
                }

                var answer = await node.Wallet.ReadEmergencyAsync(session.Request(custodian, view.Keys, SubjectRequestKind.Emergency), view.Keys.Identity, cancellationToken).ConfigureAwait(false);
                session.Log.Note(node, answer);
                var has = answer.TryGet(out var kept) && kept.Policy == rule.Digest && kept.Through >= view.Epoch;
                if (!has)
                {
                    sealedKeys ??= SealKeys(view, policy);
                    has = await DepositAsync(view, policy, shares[_custodians.PlaceOf(custodian)], sealedKeys, node, cancellationToken).ConfigureAwait(false);
                }

                all &= has;
                _ = has && _kept.Add((rule.Digest, view.Epoch, custodian));
            }

            return all;
        }
        finally
        {
            foreach (var share in shares)
            {
                share.Dispose();
            }
        }
    }

    private async Task<bool> DepositAsync(
        SubjectView view, EmergencyPolicy policy, Crypto.Sharing.Share share, byte[] sealedKeys, NodeClient node, CancellationToken cancellationToken)
    {
        if (session.Members.Find(node.Organisation) is not { } member || XWingPublicKey.TryFromBytes(member.SealingKey.Span) is not { } recipient)
        {
            return false;
        }

        var deposit = new EmergencyDeposit(node.Organisation, policy, view.Epoch, EmergencyShare.Seal(share, policy, recipient), sealedKeys);
        return await node.Wallet.DepositEmergencyAsync(deposit.Sign(view.Keys.Identity, session.Genesis), view.Keys.Subject.Topic, cancellationToken).ConfigureAwait(false) is Answer<Done>.Given;
    }

    private static byte[] SealKeys(SubjectView view, EmergencyPolicy policy)
    {
        using var keys = new EmergencyKeys(
            view.Relationship.Organisation,
            view.Category,
            view.Keys.DeriveEmergencyLogKey(policy.Number),
            [.. Enumerable.Range(0, (int)view.Epoch + 1).Select(epoch => view.Keys.DeriveEpochKey((uint)epoch))]);
        return keys.Seal(policy);
    }
}
