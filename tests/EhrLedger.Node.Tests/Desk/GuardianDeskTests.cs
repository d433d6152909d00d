using System.Net;
using System.Text.RegularExpressions;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Recovery;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using EhrLedger.Wallet.Guardians;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Desk;

/// <summary>
/// A hospital guards its patient's wallet with a friend of hers, over three nodes; phone and words are lost, and two members of staff help in a browser without scripts. The genesis of this consortium allows waiting times of no hours. Each step stands
/// on those before it.
/// </summary>
public sealed partial class GuardianDeskTests
{
    private TestConsortium _consortium = null!;
    private Phone _phone = null!;
    private Phone _friend = null!;
    private Phone _thief = null!;
    private WalletRecovery? _new;
    private Browser _first = null!;
    private Browser _second = null!;
    private string _patient = "";
    private string _other = "";
    private uint _tie;
    private ChosenGuardian _hospital = null!;

    private TestNode Hospital => _consortium.Nodes[1];

    private TestNode Clinic => _consortium.Nodes[2];

    private PatientGuardians Guards => _phone.Wallet.Guardians;

    private string Page => $"/console/patients/{_patient}";

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _consortium = await TestConsortium.StartAsync(recoveryHours: 0);
        _phone = await Phone.BuyAsync(_consortium);
        _friend = await Phone.BuyAsync(_consortium);
        _thief = await Phone.BuyAsync(_consortium);
        (_patient, _other) = (await Hospital.RegisterPatientAsync("Anders"), await Hospital.RegisterPatientAsync("Zorn"));
        _tie = await _phone.ConnectAsync(Hospital, _patient);
        await _thief.ConnectAsync(Hospital, _other);
        await Hospital.AddUserAsync("ada", "front-desk", LaunchNode.Password);
        await Hospital.AddUserAsync("bea", "clinician", LaunchNode.Password);
        await Hospital.AddUserAsync("bills", "claims", LaunchNode.Password);
        await EnterAsync();
    }

    [TearDown]
    public void Forget() => _new?.Dispose();

    [OneTimeTearDown]
    public void Stop()
    {
        foreach (var one in (IDisposable?[])[_first, _second, _phone, _friend, _thief, _consortium])
        {
            one?.Dispose();
        }
    }

    [Test]
    public async Task From_the_question_to_a_new_phone()
    {
        await No_organisation_guards_before_it_says_so();
        await One_that_offers_it_agrees_and_is_no_guardian_before_it_is_set();
        await Organisations_alone_are_never_enough();
        await It_is_set_with_a_friend_and_lasts_though_the_offer_ends_and_the_node_dies();
        await Nobody_gets_help_at_another_patients_page_or_another_organisation();
        await A_patient_who_names_another_s_recovery_gets_a_key_that_is_worth_nothing();
        await What_is_missing_or_wrong_is_said();
        await One_member_of_staff_alone_can_t();
        await A_second_one_confirms_and_the_new_phone_has_its_answer();
        await Both_stand_in_the_log_of_the_patient_and_in_the_AuditEvents();
        await With_the_friend_the_seed_is_back();
        await Another_choice_ends_it();
        Assert.That(_phone.Alarms.All, Is.Empty);
    }

    private async Task No_organisation_guards_before_it_says_so()
    {
        Assert.That(await Guards.FindOrganisationsAsync(CancellationToken.None), Is.Empty);
        Assert.That(await Guards.AskAsync(Hospital.Organisation, "Hospital", CancellationToken.None), Is.InstanceOf<OrganisationAsked.NotOffered>());
        Assert.That((await _first.GetAsync(Page)).Text, Does.Not.Contain("guardian"));
    }

    private async Task One_that_offers_it_agrees_and_is_no_guardian_before_it_is_set()
    {
        await RestartAsync("--guardian", "yes");
        Assert.That(await Guards.FindOrganisationsAsync(CancellationToken.None), Is.EqualTo(new[] { Hospital.Organisation }));
        Assert.That(await Guards.AskAsync(Clinic.Organisation, "Clinic", CancellationToken.None), Is.InstanceOf<OrganisationAsked.NotOffered>(), "to which there is no connection");
        var asked = (OrganisationAsked.Agreed)await Guards.AskAsync(Hospital.Organisation, "Hospital", CancellationToken.None);
        var again = (OrganisationAsked.Agreed)await Guards.AskAsync(Hospital.Organisation, "Hospital", CancellationToken.None);
        Assert.That((again.Guardian.Key, again.Guardian.SealingKey), Is.EqualTo((asked.Guardian.Key, asked.Guardian.SealingKey)));
        Assert.That(again.Guardian.Organisation, Is.EqualTo(Hospital.Organisation));
        _hospital = asked.Guardian;
        Assert.That((await _first.GetAsync(Page)).Text, Does.Contain("does not name it"));
        Assert.That((await _first.GetAsync($"{Page}/recovery")).Status, Is.EqualTo(404));
    }

    private async Task Organisations_alone_are_never_enough()
    {
        var other = new ChosenGuardian(Ed25519PrivateKey.Generate().Public, _hospital.SealingKey, "Clinic", Clinic.Organisation);
        Assert.That(() => Guards.SetAsync([_hospital, other], 2, 0, CancellationToken.None), Throws.InstanceOf<ArgumentException>());
        var friend = await FriendAsync();
        Assert.That(() => Guards.SetAsync([_hospital, other, friend], 2, 0, CancellationToken.None), Throws.InstanceOf<ArgumentException>());
        Assert.That((await Guards.ReadAsync(CancellationToken.None))!.IsInForce, Is.False);
    }

    private async Task It_is_set_with_a_friend_and_lasts_though_the_offer_ends_and_the_node_dies()
    {
        Assert.That(await Guards.SetAsync([_hospital, await FriendAsync()], 2, 0, CancellationToken.None));
        Hospital.Kill();
        Hospital.Settings = ["--shared-types", "none"];
        await Hospital.StartAsync();
        await EnterAsync();
        await Eventually.BecomesTrueAsync("the hospital's page has it", async () => (await _first.GetAsync(Page)).Text.Contains("is a guardian of this wallet", StringComparison.Ordinal));
        Assert.That(await Guards.AskAsync(Hospital.Organisation, "Hospital", CancellationToken.None), Is.InstanceOf<OrganisationAsked.NotOffered>());
    }

    private async Task Nobody_gets_help_at_another_patients_page_or_another_organisation()
    {
        _new = WalletRecovery.Begin("Anna <Anders>", _friend.Host);
        var form = await _first.GetAsync($"{Page}/recovery");
        var elsewhere = $"/console/patients/{_other}/recovery";
        Assert.That((await _first.GetAsync($"/console/patients/{_other}")).Text, Does.Not.Contain("guardian"));
        Assert.That((await _first.PostAsync(elsewhere, [.. form.Fields, ("ask", _new.Ask.ToText()), ("how", "passport")])).Status, Is.EqualTo(404));
        Assert.That((await _first.GetAsync("/console/patients/nobody/recovery")).Status, Is.EqualTo(404));

        var atClinic = await Clinic.RegisterPatientAsync("Anders");
        await Clinic.AddUserAsync("cleo", "front-desk", LaunchNode.Password);
        using var cleo = await DeskBrowser.EnterAsync(Clinic, "cleo");
        Assert.That((await cleo.GetAsync($"/console/patients/{atClinic}/recovery")).Status, Is.EqualTo(404));
    }

    private async Task A_patient_who_names_another_s_recovery_gets_a_key_that_is_worth_nothing()
    {
        await RestartAsync("--guardian", "yes");
        var acceptance = await AskAsThiefAsync(GuardianInvitation.TryParse(Guards.Invite("Anna"))!, Hospital);
        Assert.That(acceptance!.Key, Is.Not.EqualTo(_hospital.Key));
        Assert.That(acceptance.SealingKey, Is.Not.EqualTo(_hospital.SealingKey));
        Assert.That((await _first.GetAsync($"/console/patients/{_other}")).Text, Does.Contain("does not name it"));
        Assert.That((await _first.GetAsync($"/console/patients/{_other}/recovery")).Status, Is.EqualTo(404));
        Assert.That(await AskAsThiefAsync(GuardianInvitation.TryParse(Guards.Invite("Anna"))!, Hospital, late: TimeSpan.FromMinutes(3)), Is.Null, "too old");
        Assert.That(await AskAsThiefAsync(GuardianInvitation.TryParse(Guards.Invite("Anna"))!, Hospital, signedFor: Clinic), Is.Null, "for another organisation");
        Assert.That(await AskAsThiefAsync(GuardianInvitation.TryParse(Guards.Invite("Anna"))! with { Genesis = Crypto.Digest.Of("another"u8) }, Hospital), Is.Null, "of another network");
    }

    private async Task What_is_missing_or_wrong_is_said()
    {
        var form = await _first.GetAsync($"{Page}/recovery");
        Assert.That((await _first.PostAsync($"{Page}/recovery", [])).Status, Is.EqualTo(400), "a form of another site");
        var nonsense = await BeginAsync(form, "hello <you>", "passport");
        Assert.That(nonsense.Status, Is.EqualTo(422));
        Assert.That(nonsense.Text, Does.Contain("not what a new phone shows").And.Contain("hello &lt;you&gt;"), "what was typed is still there");
        Assert.That((await BeginAsync(form, (_new!.Ask with { Genesis = Crypto.Digest.Of("another"u8) }).ToText(), "passport")).Status, Is.EqualTo(422));
        Assert.That((await BeginAsync(form, _new!.Ask.ToText(), " ")).Text, Does.Contain("how you have identified"));
        using var bills = await DeskBrowser.EnterAsync(Hospital, "bills");
        Assert.That((await bills.GetAsync($"{Page}/recovery")).Status, Is.EqualTo(403));
        using var stranger = new Browser(Hospital);
        Assert.That((await stranger.GetAsync($"{Page}/recovery")).Location, Does.StartWith("/auth/login"));
    }

    private async Task One_member_of_staff_alone_can_t()
    {
        var begun = await BeginAsync(await _first.GetAsync($"{Page}/recovery"), _new!.Ask.ToText(), "passport <NO 123>");
        Assert.That(begun.Location, Is.EqualTo($"{Page}/recovery"));
        var waits = await _first.GetAsync(begun.Location!);
        Assert.That(waits.Text, Does.Contain(_new!.Ask.Code).And.Contain("Anna &lt;Anders&gt;").And.Contain("passport &lt;NO 123&gt;").And.Contain("second member of staff"));
        Assert.That(waits.Text, Does.Not.Contain("/approve\""));

        // Even with the second one's form.
        var form = await _second.GetAsync($"{Page}/recovery");
        var id = form.Text[(form.Text.IndexOf("name=\"begun\" value=\"", StringComparison.Ordinal) + 20)..][..32];
        var alone = await _first.PostAsync($"{Page}/recovery/approve", [.. waits.Fields, ("begun", id)]);
        Assert.That(alone.Status, Is.EqualTo(422));
        Assert.That(alone.Text, Does.Contain("It takes a second member of staff").And.Not.Contain("recovery-approval"));
    }

    private async Task A_second_one_confirms_and_the_new_phone_has_its_answer()
    {
        var form = await _second.GetAsync($"{Page}/recovery");
        Assert.That(form.Text, Does.Contain(_new!.Ask.Code).And.Contain("Dr ada"));
        var stale = await ConfirmAsync(form, begun: new string('0', 32));
        Assert.That((stale.Status, stale.Text.Contains("compare the code again", StringComparison.Ordinal)), Is.EqualTo((422, true)));

        // The first swaps what the second has looked at.
        using (var swapped = WalletRecovery.Begin("Anna", _friend.Host))
        {
            await BeginAsync(await _first.GetAsync(Page), swapped.Ask.ToText(), "passport");
            Assert.That((await ConfirmAsync(form)).Status, Is.EqualTo(422));
            await BeginAsync(await _first.GetAsync(Page), _new!.Ask.ToText(), "passport <NO 123>");
        }

        var done = await ConfirmAsync(await _second.GetAsync($"{Page}/recovery"));
        Assert.That(done.Location, Is.EqualTo($"{Page}/recovery"), done.Text);
        foreach (var browser in (Browser[])[_first, _second])
        {
            var page = await browser.GetAsync($"{Page}/recovery");
            Assert.That(page.Text, Does.Contain("<svg").And.Contain("role=\"img\""));
            Assert.That(await _new!.AddAsync(AnswerIn(page), CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        }

        using var another = WalletRecovery.Begin("Anna", _friend.Host);
        Assert.That(await another.AddAsync(AnswerIn(await _first.GetAsync($"{Page}/recovery")), CancellationToken.None), Is.EqualTo(ApprovalTaken.NoApproval), "it is for one phone");
        Assert.That(await _new!.AdvanceAsync(CancellationToken.None), Is.EqualTo(new RecoveryProgress.Collects(1, 2)));
    }

    private async Task Both_stand_in_the_log_of_the_patient_and_in_the_AuditEvents()
    {
        var begun = await Hospital.GetAsync($"AuditEvent?patient={_patient}&subtype=urn:ehrledger:event|recovery-begun");
        var approved = await Hospital.GetAsync($"AuditEvent?patient={_patient}&subtype=urn:ehrledger:event|recovery-approved");
        Assert.That((begun.Ids.Count, approved.Ids.Count), Is.EqualTo((3, 1)), approved.Text);
        var one = approved.Matches.Single();
        Assert.That(one["agent"]!.AsArray().Select(agent => (string?)agent!["name"]).OfType<string>(), Is.EqualTo(new[] { "Dr bea" }));
        Assert.That(begun.Matches.SelectMany(made => made["agent"]!.AsArray()).Select(agent => (string?)agent!["name"]).OfType<string>(), Has.Exactly(3).EqualTo("Dr ada"));
        Assert.That(one["entity"]![0]!["detail"]!.AsArray().Select(detail => (string)detail!["valueString"]!), Is.EqualTo(new[] { _new!.Ask.Code, "passport <NO 123>" }));
        Assert.That(((string)one["entity"]![0]!["what"]!["reference"]!, (string)one["outcome"]!, (string)one["action"]!), Is.EqualTo(($"Patient/{_patient}", "0", "E")));
        Assert.That((await Hospital.GetAsync($"AuditEvent?patient={_other}&subtype=urn:ehrledger:event|recovery-approved")).Ids, Is.Empty);
        Assert.That((await Hospital.CallAsync(HttpMethod.Post, "/fhir/AuditEvent/$validate", one.ToJsonString())).Text, Does.Not.Contain("\"error\""));

        var seen = (await _phone.ReadLogAsync(_tie)).Events.Select(looked => (looked.Person, looked.Role)).ToList();
        Assert.That(seen, Does.Contain(("Dr ada", "front-desk")).And.Contain(("Dr bea", "clinician")));
    }

    private async Task With_the_friend_the_seed_is_back()
    {
        var recovery = _friend.Wallet.Guardianships.All.Single().Recovery;
        var helped = await _friend.Wallet.Guardianships.ApproveAsync(recovery, _new!.Ask, CancellationToken.None);
        Assert.That(await _new!.AddAsync(((ApproveOutcome.Approved)helped).Text, CancellationToken.None), Is.EqualTo(ApprovalTaken.Taken));
        RecoveryProgress? progress = null;
        await Eventually.BecomesTrueAsync("the seed is back", async () => (progress = await _new!.AdvanceAsync(CancellationToken.None)) is RecoveryProgress.Recovered);
        using var seed = ((RecoveryProgress.Recovered)progress!).Seed;
        Assert.That(seed.ToPhrase(), Is.EqualTo(_phone.Wallet.ToPhrase()));
    }

    private async Task Another_choice_ends_it()
    {
        using var late = WalletRecovery.Begin("Anna", _friend.Host);
        await BeginAsync(await _first.GetAsync($"{Page}/recovery"), late.Ask.ToText(), "passport");
        var form = await _second.GetAsync($"{Page}/recovery");
        using var key = Ed25519PrivateKey.Generate();
        using var sealing = XWingPrivateKey.Generate();
        Assert.That(await Guards.SetAsync([await FriendAsync(), new ChosenGuardian(key.Public, sealing.Public, "Bo")], 2, 24, CancellationToken.None));
        await Eventually.BecomesTrueAsync("the hospital knows", async () => (await _first.GetAsync(Page)).Text.Contains("does not name it", StringComparison.Ordinal));
        var refused = await ConfirmAsync(form);
        Assert.That((refused.Status, refused.Text.Contains("no guardian of this patient", StringComparison.Ordinal)), Is.EqualTo((404, true)));
    }

    private async Task RestartAsync(params string[] more)
    {
        await Hospital.StopAsync();
        Hospital.Settings = ["--shared-types", "none", .. more];
        await Hospital.StartAsync();
        await EnterAsync();
    }

    private async Task EnterAsync()
    {
        _first?.Dispose();
        _second?.Dispose();
        (_first, _second) = (await DeskBrowser.EnterAsync(Hospital, "ada"), await DeskBrowser.EnterAsync(Hospital, "bea"));
    }

    private async Task<ChosenGuardian> FriendAsync() =>
        Guards.ReadAcceptance((await _friend.Wallet.Guardianships.AcceptAsync(Guards.Invite("Anna"), CancellationToken.None))!, "Friend")!;

    private Task<WebPage> BeginAsync(WebPage form, string ask, string how) => _first.PostAsync($"{Page}/recovery", [.. form.Fields, ("ask", ask), ("how", how)]);

    private Task<WebPage> ConfirmAsync(WebPage form, string? begun = null)
    {
        var fields = Hidden().Matches(form.Text).Select(match => (match.Groups[1].Value, WebUtility.HtmlDecode(match.Groups[2].Value))).DistinctBy(field => field.Item1);
        return _second.PostAsync($"{Page}/recovery/approve", fields.Select(field => field.Item1 == "begun" && begun is not null ? ("begun", begun) : field));
    }

    /// <summary>As software of the thief's own asks, for whichever recovery.</summary>
    private async Task<GuardianAcceptance?> AskAsThiefAsync(GuardianInvitation invitation, TestNode node, TimeSpan late = default, TestNode? signedFor = null)
    {
        using var seed = WalletSeed.FromPhrase(_thief.Wallet.ToPhrase())!;
        using var relationship = seed.DeriveRelationship(0);
        using var category = relationship.DeriveCategory((uint)Category.Demographics);
        using var key = category.DeriveIdentity();
        var genesis = _consortium.Genesis.Digest;
        var time = (ulong)(DateTimeOffset.UtcNow - late).ToUnixTimeMilliseconds();
        var request = new GuardianRequest(new SubjectId(key.Public), invitation, time, key.Sign(GuardianRequest.MessageOf(genesis, (signedFor ?? node).Organisation, invitation, time)));
        var message = HpkeMessage.Seal(node.Keys.Sealing.Public, WalletCalls.MessageInfo, genesis.ToArray(), request.Encode());
        using var response = await node.Client.PostAsync("/wallet/guardians", new ByteArrayContent(message));
        return response.IsSuccessStatusCode ? GuardianAcceptance.TryDecode(await response.Content.ReadAsByteArrayAsync()) : null;
    }

    private static string AnswerIn(WebPage page) => WebUtility.HtmlDecode(Answers().Match(page.Text).Groups[1].Value);

    [GeneratedRegex("<textarea[^>]*>([^<]*)</textarea>")]
    private static partial Regex Answers();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex Hidden();
}
