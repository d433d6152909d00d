using System.Security.Cryptography;
using System.Text;
using EhrLedger.Client;
using EhrLedger.Client.Log;
using EhrLedger.Client.Nodes;
using EhrLedger.Consent;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Guardians;

/// <summary>
/// A new phone that has nothing, on its way to the wallet's seed: it collects guardians' approvals, asks on the ledger, waits, and puts the shares together. It believes nobody: shares are held against the plan, the plan against the ledger. One call at a time. Zeroed on Dispose.
/// </summary>
public sealed class WalletRecovery : IDisposable
{
    private const int Version = 1;

    private readonly WalletHost _host;
    private readonly Ed25519PrivateKey _key;
    private readonly XWingPrivateKey _answer;
    private readonly byte[] _seeds;
    private readonly List<RecoveryApproval> _approvals;
    private readonly KnownMembers _members;
    private readonly ConsortiumNodes _nodes;
    private readonly VerifiedLog _log;
    private readonly RecoveryLedger _ledger;

    private WalletRecovery(WalletHost host, byte[] seeds, string name, IEnumerable<RecoveryApproval> approvals)
    {
        _host = host;
        _seeds = seeds;
        _key = Ed25519PrivateKey.FromSeed(seeds.AsSpan(0, Ed25519PrivateKey.SeedLength));
        _answer = XWingPrivateKey.FromSeed(seeds.AsSpan(Ed25519PrivateKey.SeedLength));
        _approvals = [.. approvals];
        Ask = new RecoveryAsk(host.Consortium.Digest, _key.Public, _answer.Public, name);
        _members = new KnownMembers(host.Consortium.Genesis);
        _nodes = new ConsortiumNodes(host.Consortium, _members, host.Route, host.Settings);
        _log = new VerifiedLog(host.Consortium, _members, _nodes, host.Alarms, host.Time, host.Settings, null);
        _ledger = new RecoveryLedger(host.Consortium, _members, _nodes, _log, host.Settings, host.Time);
    }

    /// <summary>What guardians are shown.</summary>
    public RecoveryAsk Ask { get; }

    /// <summary>Begins.</summary>
    /// <param name="name">Who asks, in that person's own words; at most 100 bytes.</param>
    /// <param name="host">Where the wallet is to live.</param>
    /// <exception cref="ArgumentException">The name is too long.</exception>
    public static WalletRecovery Begin(string name, WalletHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Encoding.UTF8.GetByteCount(name ?? "") <= RecoveryAsk.LongestName
            ? new WalletRecovery(host, RandomNumberGenerator.GetBytes(Ed25519PrivateKey.SeedLength + XWingPrivateKey.SeedLength), name ?? "", [])
            : throw new ArgumentException("A name has at most 100 bytes.", nameof(name));
    }

    /// <summary>Goes on after the app was closed.</summary>
    /// <param name="kept">Of <see cref="Export"/>.</param>
    /// <param name="host">As before.</param>
    /// <returns>Null for anything else.</returns>
    public static WalletRecovery? Continue(ReadOnlyMemory<byte> kept, WalletHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return CborReading.TryRead(kept, reader =>
        {
            reader.ReadStartArray(4);
            reader.Require(reader.ReadUInt() == Version);
            var seeds = reader.ReadBytes(Ed25519PrivateKey.SeedLength + XWingPrivateKey.SeedLength).ToArray();
            var name = reader.ReadText(RecoveryAsk.LongestName);
            var approvals = reader.ReadArray(0, GuardianRule.MostGuardians, item => item.Require(RecoveryApproval.TryDecode(item.ReadBytes(0, 2_048))));
            reader.ReadEndArray();
            return new WalletRecovery(host, seeds, name, approvals);
        });
    }

    /// <summary>What has to be kept until it is over, after every call: as secret as keys are. The app keeps it as it keeps a wallet's.</summary>
    public byte[] Export() => new DeterministicCborWriter(8_192)
        .WriteArray(4)
        .WriteUInt(Version)
        .WriteBytes(_seeds)
        .WriteText(Ask.Name)
        .WriteAll(_approvals, (items, approval) => items.WriteBytes(approval.Encode()))
        .ToArray();

    /// <summary>Takes what a guardian has answered.</summary>
    /// <param name="text">Untrusted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ApprovalTaken> AddAsync(string text, CancellationToken cancellationToken)
    {
        if (RecoveryApproval.TryParse(text) is not { } approval)
        {
            return ApprovalTaken.NoApproval;
        }

        if (_approvals.Exists(known => known.Recovery != approval.Recovery))
        {
            return ApprovalTaken.OfAnotherWallet;
        }

        var view = await _ledger.SyncAsync(approval.Recovery, cancellationToken).ConfigureAwait(false);
        if (view.IsOffline)
        {
            return ApprovalTaken.Unavailable;
        }

        if (view.State is not { Rule: { } rule } state || state.LastNumber != approval.Number)
        {
            return ApprovalTaken.NotInForce;
        }

        if (await _ledger.FindPlanAsync(approval.Recovery, rule.Plan, cancellationToken).ConfigureAwait(false) is not { } published)
        {
            return ApprovalTaken.Unavailable;
        }

        using var share = Open(approval, rule, published.Plan);
        if (share is null)
        {
            return ApprovalTaken.NoApproval;
        }

        // A guardian's second one takes the place of the first, and those of an earlier set-up go.
        _approvals.RemoveAll(known => known.Number != approval.Number || known.Approval.Guardian == approval.Approval.Guardian);
        _approvals.Add(approval);
        return ApprovalTaken.Taken;
    }

    /// <summary>Does the next step. Apps call it after every approval, and from time to time while it waits.</summary>
    public async Task<RecoveryProgress> AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_approvals.Count == 0)
        {
            return new RecoveryProgress.Collects(0, null);
        }

        var (recovery, number) = (_approvals[0].Recovery, _approvals[0].Number);
        var view = await _ledger.SyncAsync(recovery, cancellationToken).ConfigureAwait(false);
        if (view.IsOffline)
        {
            return new RecoveryProgress.Unavailable();
        }

        if (view.State is not { Rule: { } rule } state || state.LastNumber != number)
        {
            return new RecoveryProgress.Ended();
        }

        if (await _ledger.FindPlanAsync(recovery, rule.Plan, cancellationToken).ConfigureAwait(false) is not { Plan: var plan })
        {
            return new RecoveryProgress.Unavailable();
        }

        if (state.Find(_key.Public) is null)
        {
            var good = GoodFor(rule);
            if (good.Count < rule.Threshold)
            {
                return new RecoveryProgress.Collects(good.Count, rule.Threshold);
            }

            var body = new RecoveryRequested(number, _key.Public, _answer.Public.Digest, good);
            var entries = new RecoveryEntries(recovery, _key, _host.Consortium.Digest);
            bool shown;
            (view, shown) = await _ledger.EnsureAsync(
                recovery,
                now => now.State?.Find(_key.Public) is not null,
                now => now.State?.Rule is not null && now.State.LastNumber == number ? entries.Request(body, _host.Time.GetUtcNow() + Ledger.Entries.Entry.UsualValidity) : null,
                cancellationToken).ConfigureAwait(false);
            if (!shown)
            {
                return view.State?.LastNumber == number && view.State.Rule is not null ? new RecoveryProgress.Unavailable() : new RecoveryProgress.Ended();
            }
        }

        var open = view.State!.Find(_key.Public)!;
        return (ulong)_host.Time.GetUtcNow().ToUnixTimeMilliseconds() < open.From
            ? new RecoveryProgress.Waits(RecoveryView.At(open.From))
            : await OpenAsync(recovery, rule, plan, open, view.DigestAt(open.Index)!.Value, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Overwrites the keys with zeros.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_seeds);
        _key.Dispose();
        _answer.Dispose();
        _log.Dispose();
    }

    /// <summary>"WalletRecovery(redacted)".</summary>
    public override string ToString() => "WalletRecovery(redacted)";

    private List<GuardianApproval> GoodFor(GuardianRule rule)
    {
        var seconds = (ulong)_host.Time.GetUtcNow().ToUnixTimeSeconds();
        return [.. _approvals.Select(approval => approval.Approval).Where(approval => approval.Until > seconds && approval.Guardian < rule.Guardians.Count).OrderBy(approval => approval.Guardian)];
    }

    private byte[] MessageOf(RecoveryApproval approval) =>
        GuardianApproval.MessageOf(_host.Consortium.Digest, approval.Recovery, approval.Number, _key.Public, _answer.Public.Digest, approval.Approval.Until);

    private Share? Open(RecoveryApproval approval, GuardianRule rule, RecoveryPlan plan)
    {
        var message = MessageOf(approval);
        var place = approval.Approval.Guardian;
        if (place >= rule.Guardians.Count || !rule.Guardians[place].Verifies(message, approval.Approval.Signature.Span))
        {
            return null;
        }

        var share = RecoveryShare.Open(approval.SealedShare.Span, _answer, SealedFor.RecoveryApproval, Digest.Of(message));
        if (share is not null && share.Number == place + 1 && plan.HoldsOfGuardian(share))
        {
            return share;
        }

        share?.Dispose();
        return null;
    }

    private async Task<RecoveryProgress> OpenAsync(RecoveryId recovery, GuardianRule rule, RecoveryPlan plan, OpenRecovery open, Digest entry, CancellationToken cancellationToken)
    {
        var custodians = CustodianSet.Of(_host.Consortium.Genesis);
        var answers = await Task.WhenAll(custodians.Custodians.Select(custodian => AskAsync(custodian, custodians.PlaceOf(custodian), recovery, plan, open, entry, cancellationToken))).ConfigureAwait(false);
        var ofCustodians = answers.OfType<Share>().ToList();
        var ofGuardians = _approvals.Select(approval => Open(approval, rule, plan)).OfType<Share>().ToList();
        try
        {
            return ofCustodians.Count < plan.CustodianThreshold ? new RecoveryProgress.CustodiansWait(ofCustodians.Count, plan.CustodianThreshold)
                : plan.Open(ofGuardians, ofCustodians) is { } seed ? new RecoveryProgress.Recovered(seed)
                : new RecoveryProgress.Ended();
        }
        finally
        {
            ofCustodians.Concat(ofGuardians).ToList().ForEach(share => share.Dispose());
        }
    }

    // A share that is not the plan's names the custodian that gave it.
    private async Task<Share?> AskAsync(OrganisationId custodian, int place, RecoveryId recovery, RecoveryPlan plan, OpenRecovery open, Digest entry, CancellationToken cancellationToken)
    {
        if (_nodes.Find(custodian) is not { } node)
        {
            return null;
        }

        var request = RecoveryReleaseRequest.Sign(open.Index, custodian, _key, _answer.Public, _host.Time.GetUtcNow(), _host.Consortium.Digest);
        var answer = await node.Wallet.ReleaseRecoveryAsync(request.SignedBytes, recovery.Topic, cancellationToken).ConfigureAwait(false);
        _log.Note(node, answer);
        if (!answer.TryGet(out var message))
        {
            return null;
        }

        var share = RecoveryShare.Open(message.Span, _answer, SealedFor.RecoveryRelease, entry);
        if (share is not null && share.Number == place + 1 && plan.HoldsOfCustodian(share))
        {
            return share;
        }

        share?.Dispose();
        _host.Alarms.Raise(AlarmKind.LyingPeer, $"{custodian} gave a share of a recovery that is not the one which was left with it.");
        return null;
    }
}

/// <summary>What became of a guardian's answer.</summary>
public enum ApprovalTaken
{
    /// <summary>It counts.</summary>
    Taken = 1,

    /// <summary>It is none, or not for this phone, or its share is not the one that the guardian was given.</summary>
    NoApproval = 2,

    /// <summary>It is for another wallet than those before.</summary>
    OfAnotherWallet = 3,

    /// <summary>It is for a set-up that is not in force.</summary>
    NotInForce = 4,

    /// <summary>No member answers, or none has the plan: to be tried again.</summary>
    Unavailable = 5,
}

/// <summary>How far a recovery is.</summary>
public abstract record RecoveryProgress
{
    private RecoveryProgress()
    {
    }

    /// <summary>More guardians have to approve.</summary>
    /// <param name="Approvals">So many have, and their approvals have not expired.</param>
    /// <param name="Needed">So many have to; null before the first.</param>
    public sealed record Collects(int Approvals, int? Needed) : RecoveryProgress;

    /// <summary>The old wallet may still say no.</summary>
    public sealed record Waits(DateTimeOffset Until) : RecoveryProgress;

    /// <summary>Not enough custodians give their shares now: to be tried again.</summary>
    public sealed record CustodiansWait(int Shares, int Needed) : RecoveryProgress;

    /// <summary>The old wallet has said no, or has changed its guardians; or it was too late. Nothing is left but to begin again.</summary>
    public sealed record Ended : RecoveryProgress;

    /// <summary>No member answers: to be tried again.</summary>
    public sealed record Unavailable : RecoveryProgress;

    /// <summary>The seed, which is the caller's now: <see cref="Wallet.OpenAsync"/>, <see cref="Wallet.RestoreAsync"/>, and <see cref="Wallet.ResumeAsync"/>, which makes the next set-up.</summary>
    public sealed record Recovered(Crypto.WalletKeys.WalletSeed Seed) : RecoveryProgress;
}
