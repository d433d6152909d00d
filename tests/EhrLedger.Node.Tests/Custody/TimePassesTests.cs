using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EhrLedger.Client.Invitations;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Acting;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Emergencies;
using EhrLedger.Wallet.Erasing;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Guardians;
using EhrLedger.Wallet.Messages;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>What ends, or may begin, because a day or a month has passed: the nodes stop, and start again a day or a month later. Each step stands on those before it.</summary>
public sealed class TimePassesTests
{
    private static readonly (string, string)[] Emergency = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "ETREAT")];
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];
    private readonly List<Phone> _guardians = [];
    private ThreeOrganisations _story = null!;
    private Phone _carer = null!;
    private WalletRecovery? _lost;
    private MandateId _mandate;
    private RecordId _erased;
    private GrantId _granted;
    private string _sent = "";
    private string _notSent = "";

    private TestNode Clinic => _story.Clinic;

    private Wallet.Wallet Wallet => _story.Phone.Wallet;

    private DateTimeOffset Now => _story.Consortium.Clock.GetUtcNow();

    private DateOnly Today => DateOnly.FromDateTime(Now.UtcDateTime);

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        MovedClock.Require();
        _story = await ThreeOrganisations.MeetAsync("Later");
        _carer = await Phone.BuyAsync(_story.Consortium);
        _guardians.Add(await Phone.BuyAsync(_story.Consortium));
        _guardians.Add(await Phone.BuyAsync(_story.Consortium));
        await _story.ConnectAsync();
    }

    [TearDown]
    public void Forget() => _lost?.Dispose();

    [OneTimeTearDown]
    public void Stop()
    {
        _carer?.Dispose();
        _guardians.ForEach(phone => phone.Dispose());
        _story?.Dispose();
    }

    [Test]
    public async Task From_today_to_a_month_later()
    {
        await A_clinician_breaks_the_glass();
        await The_patient_has_guardians_and_somebody_asks_them();
        await The_patient_lets_the_clinic_read_and_a_carer_act();
        await The_patient_erases_a_record();
        await The_clinic_asks_by_Consents();

        await _story.Consortium.MoveOnAsync(TimeSpan.FromHours(25));
        await The_emergency_is_over();
        await The_custodians_give_the_seed_back();
        await What_follows_has_other_keys_and_a_new_emergency_is_possible();

        await _story.Consortium.MoveOnAsync(TimeSpan.FromDays(31));
        await The_backups_are_gone();
        await Nobody_has_answered_and_nobody_can_any_more();
        await The_grant_and_the_mandate_have_lapsed();
        await Who_acted_gets_no_keys_of_what_is_written_later();
        Assert.That(_story.Phone.Alarms.All, Is.Empty);
    }

    private async Task A_clinician_breaks_the_glass()
    {
        Assert.That(await Wallet.Emergencies.SetPolicyAsync(PatientEmergencies.DefaultKinds, CancellationToken.None));
        await DeclareAsync();
        Assert.That((await ObservationsAsync(Emergency)).Ids, Has.Count.EqualTo(3));
    }

    private async Task The_patient_has_guardians_and_somebody_asks_them()
    {
        var chosen = new List<ChosenGuardian>();
        foreach (var guardian in _guardians)
        {
            chosen.Add(Wallet.Guardians.ReadAcceptance((await guardian.Wallet.Guardianships.AcceptAsync(Wallet.Guardians.Invite("Anna"), CancellationToken.None))!, "a friend")!);
        }

        Assert.That(await Wallet.Guardians.SetAsync(chosen, 2, 24, CancellationToken.None));
        _lost = WalletRecovery.Begin("Anna", _story.Phone.Host);
        foreach (var guardian in _guardians.Select(phone => phone.Wallet.Guardianships))
        {
            var approved = await guardian.ApproveAsync(guardian.All.Single().Recovery, guardian.ReadAsk(_lost.Ask.ToText())!, CancellationToken.None);
            Assert.That(await _lost.AddAsync(((ApproveOutcome.Approved)approved).Text, CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        }

        Assert.That(await _lost.AdvanceAsync(CancellationToken.None), Is.InstanceOf<RecoveryProgress.Waits>());
    }

    private async Task The_patient_lets_the_clinic_read_and_a_carer_act()
    {
        _granted = (await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory)).Single();
        Assert.That((await ObservationsAsync(Doctor)).Ids, Has.Count.EqualTo(3));
        var scope = new DelegationScope([_story.Relationship], [Category.Problems], DelegateActs.Grant, [PurposeOfUse.Treatment], Today.AddDays(10));
        var answer = await _carer.Wallet.ActingFor.AcceptAsync(Wallet.Delegations.Invite(scope, "Anna"), CancellationToken.None);
        Assert.That(await Wallet.Delegations.BeginAsync(Wallet.Delegations.ReadAcceptance(answer!, "Bea")!, scope, CancellationToken.None), Is.EqualTo(DelegateOutcome.Delegated));
        _mandate = _carer.Wallet.ActingFor.All.Single().Mandate;
        Assert.That(await GrantAsCarerAsync(5), Is.InstanceOf<GrantOutcome.Ordered>());
    }

    private async Task The_patient_erases_a_record()
    {
        _erased = (await Wallet.ReadRecordsAsync(_story.Relationship, Category.Medications, CancellationToken.None)).Records[0].Version.Record;
        Assert.That(await Wallet.Erasures.EraseAsync(_story.Relationship, Category.Medications, _erased, CancellationToken.None), Is.EqualTo(EraseOutcome.Told));
        await AnsweredAsync(ErasureAnswer.Destroyed);
    }

    private async Task The_clinic_asks_by_Consents()
    {
        using var asked = await Clinic.Client.PostAsync($"/admin/patients/{_story.AtClinic}/access-requests", null);
        var link = (string)(await asked.Content.ReadFromJsonAsync<JsonNode>())!["link"]!;
        Assert.That(await Wallet.MeetAsync(Invitation.TryParse(link)!, CancellationToken.None), Is.EqualTo(MeetOutcome.Met));
        _sent = await Clinic.KeepAsync(ProposedConsents.Of(_story.AtClinic, Clinic, days: 90));
        await ProposedConsents.BecomesAsync(Clinic, _sent, "sent");
        _notSent = await Clinic.KeepAsync(ProposedConsents.Of(await Clinic.RegisterPatientAsync("Unknown"), Clinic, days: 20));
    }

    private async Task The_emergency_is_over()
    {
        Assert.That((await ObservationsAsync(Emergency)).Ids, Is.Empty);
        Assert.That((await ObservationsAsync(Doctor)).Ids, Has.Count.EqualTo(3), "what the patient has granted goes on");
        var shown = await Wallet.Emergencies.ListAsync(CancellationToken.None);
        Assert.That(shown, Has.Count.EqualTo(4));
        Assert.That(shown.Select(one => one.EndsAt), Is.All.LessThan(Now));
    }

    private async Task The_custodians_give_the_seed_back()
    {
        RecoveryProgress? progress = null;
        await Eventually.BecomesTrueAsync("the custodians give their shares", async () => (progress = await _lost!.AdvanceAsync(CancellationToken.None)) is RecoveryProgress.Recovered);
        using var seed = ((RecoveryProgress.Recovered)progress!).Seed;
        Assert.That(seed.ToPhrase(), Is.EqualTo(Wallet.ToPhrase()));
    }

    private async Task What_follows_has_other_keys_and_a_new_emergency_is_possible()
    {
        Assert.That(await Wallet.ResumeAsync(CancellationToken.None));
        await _story.Hospital.KeepAsync(Resources.Condition(_story.AtHospital));
        Assert.That((await Clinic.GetAsync($"Condition?patient={_story.AtClinic}", Emergency)).Ids, Is.Empty);
        await DeclareAsync();
        await Eventually.BecomesTrueAsync("the new emergency opens both", async () => (await Clinic.GetAsync($"Condition?patient={_story.AtClinic}", Emergency)).Ids.Count == 2);
        var problems = (await Wallet.Emergencies.ListAsync(CancellationToken.None)).Where(one => one.Category == Category.Problems).ToList();
        Assert.That(problems.Select(one => one.EndsAt > Now), Is.EquivalentTo(new[] { true, false }));
        Assert.That(await Wallet.RevokeAsync(problems.Single(one => one.EndsAt > Now).Grant, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
    }

    private async Task The_backups_are_gone()
    {
        await AnsweredAsync(ErasureAnswer.BackupsGone);
        Assert.That(await Wallet.Erasures.CheckAsync(CancellationToken.None), Is.Empty);
    }

    private async Task Nobody_has_answered_and_nobody_can_any_more()
    {
        await ProposedConsents.BecomesAsync(Clinic, _sent, "declined-or-no-answer");
        Assert.That(await ProposedConsents.StatesOfAsync(Clinic, _sent), Is.EqualTo(new[] { "not-sent", "sent", "declined-or-no-answer" }));
        await ProposedConsents.BecomesAsync(Clinic, _notSent, "expired");
    }

    private async Task The_grant_and_the_mandate_have_lapsed()
    {
        Assert.That((await ObservationsAsync(Doctor)).Ids, Is.Empty);
        Assert.That((await Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Id == _granted).Status, Is.EqualTo(GrantStatus.Lapsed));
        Assert.That((await Wallet.Delegations.ReadAsync(CancellationToken.None)).All.Single().Status, Is.EqualTo(DelegationStatus.Lapsed));
        Assert.That(await GrantAsCarerAsync(1), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.NotDelegated)));
    }

    private async Task Who_acted_gets_no_keys_of_what_is_written_later()
    {
        var before = await _story.EpochAsync(Category.Problems);
        Assert.That(await Wallet.ResumeAsync(CancellationToken.None));
        Assert.That(await _story.EpochAsync(Category.Problems), Is.EqualTo(before + 1));
        Assert.That(await Wallet.ResumeAsync(CancellationToken.None));
        Assert.That(await _story.EpochAsync(Category.Problems), Is.EqualTo(before + 1), "once is enough");
    }

    private Task AnsweredAsync(ErasureAnswer answer) => Eventually.BecomesTrueAsync(
        $"all three say {answer}",
        async () => (await Wallet.Erasures.ListAsync(CancellationToken.None)).Single(erasure => erasure.Record == _erased).Replies.Count(reply => reply.Answer == answer) == 3, 60);

    private async Task<GrantOutcome> GrantAsCarerAsync(int days) => await _carer.Wallet.ActingFor.GrantAsync(
        _mandate,
        new ActingOrder(
            _story.Hospital.Organisation, [Category.Problems], new AccessInvitation(Clinic.Organisation, await Clinic.RequestAccessAsync(_story.AtClinic)), [PurposeOfUse.Treatment], Today, Today.AddDays(days), Future: true),
        CancellationToken.None);

    private Task<FhirReply> ObservationsAsync((string, string)[] acting) => Clinic.GetAsync($"Observation?patient={_story.AtClinic}", acting);

    private async Task DeclareAsync()
    {
        using var response = await Clinic.Client.PostAsJsonAsync("/admin/emergency", new JsonObject
        {
            ["card"] = Wallet.Emergencies.ToCard(),
            ["patient"] = _story.AtClinic,
            ["reason"] = "no-time",
            ["note"] = "found in the street",
            ["requesters"] = new JsonArray(new JsonObject { ["name"] = "Dr Li", ["role"] = "physician" }, new JsonObject { ["name"] = "Nurse Wu", ["role"] = "nurse" }),
        });
        Assert.That((int)response.StatusCode, Is.EqualTo(200), await response.Content.ReadAsStringAsync());
        Assert.That((await response.Content.ReadFromJsonAsync<JsonNode>())!["opened"]!.AsArray(), Has.Count.EqualTo(4));
    }
}
