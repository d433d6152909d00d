using EhrLedger.Client.Transport;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Guardians;
using EhrLedger.Wallet.Restoring;
using NUnit.Framework;
using PatientWallet = EhrLedger.Wallet.Wallet;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A patient whose phone and words are lost comes back through two of three guardians, over three nodes. The genesis of this consortium allows waiting times of no hours, so that a test need not wait for their end. Each step stands on those before it.</summary>
public sealed class RecoveryTests
{
    // In what a phone keeps: behind the array's head, the version, and the head of a byte string of 64 bytes.
    private const int SeedsAt = 4;

    private readonly List<Phone> _guardians = [];
    private TestConsortium _consortium = null!;
    private Phone _old = null!;
    private WalletRecovery? _thief;
    private string _approval = "";

    private PatientGuardians Guards => _old.Wallet.Guardians;

    private RecoveryId Id => _guardians[0].Wallet.Guardianships.All.Single().Recovery;

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _consortium = await TestConsortium.StartAsync(recoveryHours: 0);
        _old = await Phone.BuyAsync(_consortium);
        for (var i = 0; i < 3; i++)
        {
            _guardians.Add(await Phone.BuyAsync(_consortium));
        }
    }

    [TearDown]
    public void Forget() => _thief?.Dispose();

    [OneTimeTearDown]
    public void Stop()
    {
        _old?.Dispose();
        _guardians.ForEach(phone => phone.Dispose());
        _consortium?.Dispose();
    }

    [Test]
    public async Task From_the_choice_to_a_new_phone()
    {
        await Three_people_agree();
        await The_patient_sets_them_with_a_day_to_say_no();
        await Strangers_and_nonsense_get_nothing();
        await One_guardian_is_not_enough_and_not_twice_either();
        await Two_guardians_who_are_deceived_start_the_waiting_time();
        await Custodians_refuse_before_it_is_over();
        await The_old_phone_sees_it_and_says_no();
        await What_was_given_away_is_worth_nothing_after_that();
        await A_new_phone_with_nothing_comes_back_while_one_custodian_is_down();
        await Whoever_comes_back_makes_the_next_set_up();
        await It_is_switched_off();
        Assert.That(_old.Alarms.All, Is.Empty);
    }

    private async Task Three_people_agree()
    {
        var invitation = Guards.Invite("Anna");
        Assert.That(await _old.Wallet.Guardianships.AcceptAsync(invitation, CancellationToken.None), Is.Null, "nobody guards oneself");
        Assert.That(await _guardians[0].Wallet.Guardianships.AcceptAsync("hello", CancellationToken.None), Is.Null);
        Assert.That(Guards.ReadAcceptance("hello", "x"), Is.Null);
        Assert.That(_guardians[0].Wallet.Guardians.ReadAcceptance((await _guardians[1].Wallet.Guardianships.AcceptAsync(invitation, CancellationToken.None))!, "x"), Is.Null, "another wallet's");
    }

    private async Task The_patient_sets_them_with_a_day_to_say_no()
    {
        Assert.That((await Guards.ReadAsync(CancellationToken.None))!.IsInForce, Is.False);
        Assert.That(await Guards.SetAsync(await ChooseAsync(), 2, 24, CancellationToken.None));
        var shown = (await Guards.ReadAsync(CancellationToken.None))!;
        Assert.That((shown.IsInForce, shown.Number, shown.Threshold, shown.Guardians, shown.Hours, shown.Pending.Count), Is.EqualTo((true, 1u, 2, 3, 24, 0)));
        Assert.That(await _old.Wallet.ResumeAsync(CancellationToken.None), "a second time changes nothing");
        Assert.That((await Guards.ReadAsync(CancellationToken.None))!.Number, Is.EqualTo(1));
        Assert.That(_guardians[0].Wallet.Guardianships.All.Single().Name, Is.EqualTo("Anna"));
    }

    private async Task Strangers_and_nonsense_get_nothing()
    {
        using var key = Ed25519PrivateKey.Generate();
        using var answer = XWingPrivateKey.Generate();
        var request = RecoveryReleaseRequest.Sign(0, _consortium.Nodes[0].Organisation, key, answer.Public, DateTimeOffset.UtcNow, _consortium.Genesis.Digest);
        Assert.That(await PostAsync("/custody/recovery-releases", request.SignedBytes.ToArray()), Is.EqualTo(403));
        Assert.That(await PostAsync("/custody/recovery-releases", [1, 2, 3]), Is.EqualTo(400));
        Assert.That(await PostAsync("/custody/recovery-releases", new byte[9_000]), Is.EqualTo(413));
        Assert.That(await PostAsync("/wallet/recovery-deposits", [1, 2, 3]), Is.EqualTo(422));
        Assert.That(await PostAsync("/wallet/recovery-deposits", new byte[40_000]), Is.EqualTo(413));
    }

    private async Task One_guardian_is_not_enough_and_not_twice_either()
    {
        _thief = WalletRecovery.Begin("Anna, I lost my phone", _old.Host);
        Assert.That(await _thief.AdvanceAsync(CancellationToken.None), Is.EqualTo(new RecoveryProgress.Collects(0, null)));
        _approval = await ApproveAsync(0, _thief.Ask.ToText());
        Assert.That(await _thief.AddAsync("hello", CancellationToken.None), Is.EqualTo(ApprovalTaken.NoApproval));
        Assert.That(await _thief.AddAsync(_approval, CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        Assert.That(await _thief.AddAsync(await ApproveAsync(0, _thief.Ask.ToText()), CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        Assert.That(await _thief.AdvanceAsync(CancellationToken.None), Is.EqualTo(new RecoveryProgress.Collects(1, 2)));

        using var other = WalletRecovery.Begin("somebody", _old.Host);
        Assert.That(await other.AddAsync(_approval, CancellationToken.None), Is.EqualTo(ApprovalTaken.NoApproval), "an approval is for one phone");
        Assert.That(await _old.Wallet.Guardianships.ApproveAsync(Id, _thief.Ask, CancellationToken.None), Is.InstanceOf<ApproveOutcome.NoGuardian>());
        Assert.That((await Guards.ReadAsync(CancellationToken.None))!.Pending, Is.Empty, "nothing stands on the ledger");
    }

    private async Task Two_guardians_who_are_deceived_start_the_waiting_time()
    {
        // The app is closed in between.
        var kept = _thief!.Export();
        _thief.Dispose();
        _thief = WalletRecovery.Continue(kept, _old.Host)!;
        Assert.That(await _thief.AddAsync(await ApproveAsync(2, _thief.Ask.ToText()), CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        var waits = await _thief.AdvanceAsync(CancellationToken.None);
        Assert.That(waits, Is.InstanceOf<RecoveryProgress.Waits>(), waits.ToString());
        Assert.That(((RecoveryProgress.Waits)waits).Until, Is.EqualTo(DateTimeOffset.UtcNow.AddHours(24)).Within(TimeSpan.FromMinutes(10)));
        Assert.That(await _thief.AdvanceAsync(CancellationToken.None), Is.EqualTo(waits), "asking again changes nothing");
    }

    private async Task Custodians_refuse_before_it_is_over()
    {
        // A phone whose clock is two days ahead believes that it is.
        using var hasty = WalletRecovery.Continue(_thief!.Export(), _old.Host with { Time = new Ahead(TimeSpan.FromHours(25)) })!;
        Assert.That(await hasty.AdvanceAsync(CancellationToken.None), Is.Not.InstanceOf<RecoveryProgress.Recovered>());
        foreach (var node in _consortium.Nodes)
        {
            Assert.That(await AskAsync(node, hasty), Is.EqualTo(403));
        }
    }

    private async Task The_old_phone_sees_it_and_says_no()
    {
        var shown = (await Guards.ReadAsync(CancellationToken.None))!;
        Assert.That(shown.Findings.Single().Kind, Is.EqualTo(FindingKind.RecoveryPending));
        Assert.That(shown.Pending.Single().Request, Is.EqualTo(_thief!.Ask.Key));
        Assert.That(await _old.Wallet.ResumeAsync(CancellationToken.None), "a wallet says no only when the patient does");
        Assert.That((await Guards.ReadAsync(CancellationToken.None))!.Pending, Has.Count.EqualTo(1));

        using var nobody = Ed25519PrivateKey.Generate();
        Assert.That(await Guards.VetoAsync(nobody.Public, CancellationToken.None), Is.EqualTo(VetoOutcome.Unknown));
        Assert.That(await Guards.VetoAsync(shown.Pending.Single().Request, CancellationToken.None), Is.EqualTo(VetoOutcome.Vetoed));
        shown = (await Guards.ReadAsync(CancellationToken.None))!;
        Assert.That((shown.IsInForce, shown.Number, shown.Pending.Count), Is.EqualTo((true, 2u, 0)), "the next set-up, without anybody's help");
    }

    private async Task What_was_given_away_is_worth_nothing_after_that()
    {
        Assert.That(await _thief!.AdvanceAsync(CancellationToken.None), Is.InstanceOf<RecoveryProgress.Ended>());
        Assert.That(await _thief.AddAsync(_approval, CancellationToken.None), Is.EqualTo(ApprovalTaken.NotInForce));
        foreach (var node in _consortium.Nodes)
        {
            Assert.That(await AskAsync(node, _thief), Is.EqualTo(403));
        }
    }

    private async Task A_new_phone_with_nothing_comes_back_while_one_custodian_is_down()
    {
        Assert.That(await Guards.SetAsync(await ChooseAsync(), 2, 0, CancellationToken.None));
        using var nothing = await Phone.BuyAsync(_consortium);
        using var recovery = WalletRecovery.Begin("Anna", nothing.Host);
        Assert.That(_guardians[1].Wallet.Guardianships.ReadAsk(recovery.Ask.ToText())!.Code, Is.EqualTo(recovery.Ask.Code));
        Assert.That(await recovery.AddAsync(await ApproveAsync(1, recovery.Ask.ToText()), CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        Assert.That(await recovery.AddAsync(await ApproveAsync(2, recovery.Ask.ToText()), CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        _consortium.Nodes[2].Kill();
        await A_custodian_that_gives_something_else_is_named(recovery, nothing);
        RecoveryProgress? progress = null;
        await Eventually.BecomesTrueAsync("two of three custodians give their shares", async () => (progress = await recovery.AdvanceAsync(CancellationToken.None)) is RecoveryProgress.Recovered);
        await A_custodian_that_sees_a_veto_destroys_its_share_at_once_logged_or_not(recovery);
        await _consortium.Nodes[2].StartAsync();

        using var wallet = await PatientWallet.OpenAsync(((RecoveryProgress.Recovered)progress!).Seed, nothing.Host, CancellationToken.None);
        Assert.That(wallet.ToPhrase(), Is.EqualTo(_old.Wallet.ToPhrase()));
        Assert.That((await wallet.RestoreAsync(CancellationToken.None)).Source, Is.EqualTo(RestoreSource.Directory));
        Assert.That(wallet.Guardians.Chosen!.Select(guardian => guardian.Name), Is.EqualTo(new[] { "a friend", "a friend", "a friend" }));
        await Eventually.BecomesTrueAsync("nothing is left to do", () => wallet.ResumeAsync(CancellationToken.None));
        var shown = (await wallet.Guardians.ReadAsync(CancellationToken.None))!;
        Assert.That((shown.IsInForce, shown.Number, shown.Pending.Count), Is.EqualTo((true, 4u, 0)), "the new phone has made the next set-up");
        Assert.That(await recovery.AdvanceAsync(CancellationToken.None), Is.InstanceOf<RecoveryProgress.Ended>());
        Assert.That(nothing.Alarms.All, Is.Empty);
    }

    private async Task A_custodian_that_gives_something_else_is_named(WalletRecovery recovery, Phone phone)
    {
        var (liar, cries) = (_consortium.Nodes[0], new Phone.Cries());
        using var lied = WalletRecovery.Continue(recovery.Export(), phone.Host with { Route = new Lying(phone.Host.Route, liar), Alarms = cries })!;
        await Eventually.BecomesTrueAsync("one of two gives its share", async () => await lied.AdvanceAsync(CancellationToken.None) is RecoveryProgress.CustodiansWait { Shares: 1, Needed: 2 });
        Assert.That(cries.All.All(cry => cry.Kind == AlarmKind.LyingPeer && cry.Detail.Contains(liar.Organisation.ToString(), StringComparison.Ordinal)) && !cries.All.IsEmpty);
    }

    private async Task A_custodian_that_sees_a_veto_destroys_its_share_at_once_logged_or_not(WalletRecovery recovery)
    {
        Assert.That((await AskAsync(_consortium.Nodes[0], recovery), await AskAsync(_consortium.Nodes[1], recovery)), Is.EqualTo((200, 200)));
        using var seed = WalletSeed.FromPhrase(_old.Wallet.ToPhrase())!;
        using var key = seed.DeriveRecoveryKey();
        var veto = new RecoveryEntries(Id, key, _consortium.Genesis.Digest).Veto(new RecoveryVetoed(3, key.Public), DateTimeOffset.UtcNow.AddMinutes(9));
        using var response = await _consortium.Nodes[1].Client.PostAsync("/ledger/entries", new ByteArrayContent(veto.SignedBytes.ToArray()));
        Assert.That((int)response.StatusCode, Is.EqualTo(422), "no such request is open");
        Assert.That((await AskAsync(_consortium.Nodes[0], recovery), await AskAsync(_consortium.Nodes[1], recovery)), Is.EqualTo((403, 403)), "who was handed it, and the sequencer, to whom it was passed on");
    }

    private async Task Whoever_comes_back_makes_the_next_set_up()
    {
        Assert.That(await _old.Wallet.ResumeAsync(CancellationToken.None));
        Assert.That((await Guards.ReadAsync(CancellationToken.None))!.Number, Is.EqualTo(4), "the old phone agrees");
        Assert.That(Guards.Chosen, Has.Count.EqualTo(3));
    }

    private async Task It_is_switched_off()
    {
        Assert.That(await Guards.SwitchOffAsync(CancellationToken.None));
        var shown = (await Guards.ReadAsync(CancellationToken.None))!;
        Assert.That((shown.IsInForce, shown.Number), Is.EqualTo((false, 5u)));
        using var late = WalletRecovery.Begin("Anna", _old.Host);
        Assert.That(await _guardians[0].Wallet.Guardianships.ApproveAsync(Id, late.Ask, CancellationToken.None), Is.InstanceOf<ApproveOutcome.NoGuardian>());
    }

    private async Task<List<ChosenGuardian>> ChooseAsync()
    {
        var chosen = new List<ChosenGuardian>();
        foreach (var guardian in _guardians)
        {
            chosen.Add(Guards.ReadAcceptance((await guardian.Wallet.Guardianships.AcceptAsync(Guards.Invite("Anna"), CancellationToken.None))!, "a friend")!);
        }

        return chosen;
    }

    private async Task<string> ApproveAsync(int guardian, string text)
    {
        var guardianships = _guardians[guardian].Wallet.Guardianships;
        var outcome = await guardianships.ApproveAsync(Id, guardianships.ReadAsk(text)!, CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<ApproveOutcome.Approved>(), outcome.ToString());
        return ((ApproveOutcome.Approved)outcome).Text;
    }

    /// <summary>As the phone asks, with a right clock: for the newest entry that its key has signed.</summary>
    private async Task<int> AskAsync(TestNode node, WalletRecovery recovery)
    {
        var kept = recovery.Export();
        using var key = Ed25519PrivateKey.FromSeed(kept.AsSpan(SeedsAt, Ed25519PrivateKey.SeedLength));
        using var answer = XWingPrivateKey.FromSeed(kept.AsSpan(SeedsAt + Ed25519PrivateKey.SeedLength, XWingPrivateKey.SeedLength));
        Assert.That(key.Public, Is.EqualTo(recovery.Ask.Key));
        var health = (await node.FindHealthAsync())!;
        var statuses = new List<int>();
        for (ulong index = 0; index < health.FinalSize; index++)
        {
            var request = RecoveryReleaseRequest.Sign(index, node.Organisation, key, answer.Public, DateTimeOffset.UtcNow, _consortium.Genesis.Digest);
            using var response = await node.Client.PostAsync("/custody/recovery-releases", new ByteArrayContent(request.SignedBytes.ToArray()));
            statuses.Add((int)response.StatusCode);
        }

        return statuses.Min();
    }

    private async Task<int> PostAsync(string path, byte[] body)
    {
        using var response = await _consortium.Nodes[0].Client.PostAsync(path, new ByteArrayContent(body));
        return (int)response.StatusCode;
    }

    /// <summary>The way to nodes one of which gives something else than its share.</summary>
    private sealed class Lying(IRoute inner, TestNode liar) : IRoute
    {
        public Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken) =>
            request.Path == "/custody/recovery-releases" && request.Target?.Organisation == liar.Organisation
                ? Task.FromResult<Answer<ReadOnlyMemory<byte>>>(new Answer<ReadOnlyMemory<byte>>.Given(new byte[RecoveryShare.SealedLength]))
                : inner.SendAsync(request, cancellationToken);
    }

    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
