using System.Text.Json.Nodes;
using EhrLedger.Client.Invitations;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Phrase;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Tests.Screens;
using NUnit.Framework;
using OtherPhone = EhrLedger.Node.Tests.Harness.Phone;

namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>
/// The whole of what a patient does, in the real app on three real nodes: each step stands on those before it. Everything is done at the size of a phone, and each screen is looked at
/// on a desktop too, see <see cref="Phone.LookAsync(string)"/>.
/// </summary>
public sealed class WalletStoryTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];

    private static readonly (string, string)[] Emergency = [("X-Acting-Person", "Dr li"), ("X-Acting-Role", "clinician"), ("X-Purpose-Of-Use", "ETREAT")];

    private readonly Camera _camera = new();
    private TestConsortium _consortium = null!;
    private Chromium _chromium = null!;
    private Phone _phone = null!;
    private string _atHospital = "";
    private string _atClinic = "";
    private string _words = "";

    private TestNode Hospital => _consortium.Nodes[1];

    private TestNode Clinic => _consortium.Nodes[2];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Axe.Require();
        _chromium = await Chromium.StartAsync(_camera.Arguments);
        _consortium = await TestConsortium.StartAsync(recoveryHours: 0);
        _atHospital = await Hospital.RegisterPatientAsync("Story");
        _atClinic = await Clinic.RegisterPatientAsync("Story");
        await Hospital.KeepAsync(Resources.Observation(_atHospital, "718-7", "2024-01-02", value: 14.2));
        await Hospital.KeepAsync(Resources.Observation(_atHospital, "2345-7", "2024-03-04", value: 5.5));
        await Hospital.KeepAsync(Resources.Condition(_atHospital));
        _phone = await Phone.BuyAsync(_chromium, "patient");
    }

    [TearDown]
    public async Task DescribeAsync()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == NUnit.Framework.Interfaces.TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(await _phone.DescribeAsync());
        }
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_phone is not null)
        {
            await _phone.DisposeAsync();
        }

        if (_chromium is not null)
        {
            await _chromium.DisposeAsync();
        }

        _consortium?.Dispose();
        _camera.Dispose();
    }

    [Test]
    public async Task From_a_link_on_a_card_to_a_new_phone()
    {
        await A_new_phone_shows_the_first_screen_before_the_app_has_come();
        await A_link_opens_the_app_and_a_wallet_is_made();
        await It_connects_and_shows_the_records();
        await The_clinic_asks_and_gets_what_was_chosen();
        await The_patient_sees_who_looked();
        await The_clinic_asks_for_more_by_a_message_and_gets_less();
        await The_patient_ends_it_and_the_clinic_sees_nothing_more();
        await A_clinician_breaks_the_glass_and_the_patient_disputes_and_ends_it();
        await Every_other_screen_can_be_used_by_everybody();
        await It_lets_somebody_act_and_acts_for_somebody();
        await It_erases_a_record_and_sees_who_has_done_it();
        await It_locks_and_opens_with_the_PIN_alone();
        await Without_a_network_it_shows_what_was_opened_before();
        await Nothing_secret_was_kept_sent_or_said(_phone, Hospital.Endpoint);
        await The_words_bring_everything_back_on_a_new_phone();
        await Guardians_bring_a_wallet_back();
        await A_carer_acts_for_a_patient();
    }

    private async Task A_new_phone_shows_the_first_screen_before_the_app_has_come()
    {
        var card = await CardAsync();
        await using var visitor = await Phone.BuyAsync(_chromium, "visitor");
        var comes = await visitor.HoldAsync("dotnet.js");
        await visitor.ComeToAsync(card);
        await visitor.SeesAsync("invited", Hospital.Name);
        await visitor.LookAsync("entrance");
        await visitor.ClickAsync("language-zh");
        await visitor.SeesAsync("start-create", "新建钱包");
        await visitor.SeesAsync("invited", Hospital.Name);
        await visitor.ClickAsync("start-restore");
        await visitor.Page.GetByText("请稍候").First.WaitForAsync();
        await visitor.LookAsync("entrance-touched");
        comes();
        await visitor.SeesAsync("restore-words");
        await visitor.ClickAsync("start-back");
        await visitor.SeesAsync("start-create", "新建钱包");
        await visitor.ClickAsync("language-en");
        await visitor.SeesAsync("start-create", "Make");

        // Whose line breaks is told, and not left before a bar that stands still.
        await using var unlucky = await Phone.BuyAsync(_chromium, "unlucky");
        await unlucky.LoseAsync("System.Private.CoreLib");
        await unlucky.ComeToAsync(card);
        await unlucky.Page.GetByText("could not be loaded").First.WaitForAsync();
        await unlucky.SeesAsync("start-create");
    }

    private async Task A_link_opens_the_app_and_a_wallet_is_made()
    {
        await _phone.OpenAsync(await CardAsync());
        await _phone.SeesAsync("invited");
        await _phone.LookAsync("welcome");
        _words = await _phone.MakeWalletAsync();
    }

    private async Task It_connects_and_shows_the_records()
    {
        await _phone.SeesAsync("connect-accept");
        await Microsoft.Playwright.Assertions.Expect(_phone.By("connect-emergency")).ToBeCheckedAsync();
        await _phone.LookAsync("invitation");
        await _phone.ClickAsync("connect-accept");
        await _phone.SeesAsync("connect-done");
        await _phone.ClickAsync("connect-to-records");
        await _phone.CountsAsync("record", 4);
        await _phone.LookAsync("records");
        await _phone.TypeAsync("records-search", "14.2");
        await _phone.CountsAsync("record", 1);
        await _phone.ClickAsync("record");
        await _phone.SeesAsync("record-value", "14.2");
        await _phone.ClickAsync("record-proof");
        await _phone.LookAsync("record");
    }

    private async Task The_clinic_asks_and_gets_what_was_chosen()
    {
        await _phone.GoAsync("home");
        await _phone.LookAsync("home-at-first");
        await _phone.GoAsync("settings");
        await _phone.ClickAsync("settings-connect");
        _camera.Show(await AskedAsync());
        await _phone.ClickAsync("scan");
        await _phone.SeesAsync("connect-choose");
        await _phone.LookAsync("request");
        await _phone.ClickAsync("connect-choose");
        await _phone.ClickAsync("share-category-laboratory");
        await _phone.ClickAsync("share-purpose-treat");
        await _phone.ClickAsync("share-days-30");
        await _phone.LookAsync("choice");
        await _phone.ClickAsync("share-allow");
        await _phone.SeesAsync("share-done");
        await _phone.GoAsync("sharing");
        await _phone.CountsAsync("grant", 1);
        await _phone.LookAsync("sharing");

        var seen = await Clinic.GetAsync($"Observation?patient=Patient/{_atClinic}", Doctor);
        Assert.That(seen.Json["entry"]?.AsArray().Count(entry => (string?)entry!["resource"]?["resourceType"] == "Observation"), Is.EqualTo(2), seen.Text);
        Assert.That((await Clinic.GetAsync($"Condition?patient=Patient/{_atClinic}", Doctor)).Json["entry"], Is.Null, "what was not chosen is not there");
    }

    private async Task The_patient_sees_who_looked()
    {
        await _phone.StartAgainAsync();
        await _phone.GoAsync("home");
        await _phone.ClickAsync("home-new-looks");
        await _phone.SeesAsync("looked-new");
        await _phone.SeesAsync("log-complete");
        await _phone.SeesAsync("looked", "Dr Li");
        await _phone.By("looked-proof").First.ClickAsync();
        await _phone.LookAsync("looked");
        var (table, bundle) = (await _phone.SaveAsync("looked-csv"), JsonNode.Parse(await _phone.SaveAsync("looked-fhir"))!);
        Assert.That(table.Split("\r\n").Skip(1).SkipLast(1), Is.Not.Empty.And.All.Contains("Dr Li,physician,TREAT"));
        Assert.That(bundle["entry"]!.AsArray().Select(entry => (string?)entry!["resource"]!["resourceType"]), Is.Not.Empty.And.All.EqualTo("AuditEvent"));
        await _phone.GoAsync("home");
        await _phone.SeesAsync("home-looked");
        await _phone.CountsAsync("home-new-looks", 0);
        await _phone.SeesAsync("home-grant");
        await _phone.LookAsync("home");
    }

    private async Task The_clinic_asks_for_more_by_a_message_and_gets_less()
    {
        using var body = new StringContent("""{"purposes":["TREAT"],"categories":["Problems","Medications"],"days":5,"text":"For your visit on Monday"}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await Clinic.Client.PostAsync($"/admin/patients/{_atClinic}/access-requests", body);
        Assert.That((bool)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["sent"]!, "the wallet has met the clinic's agent");
        await _phone.StartAgainAsync();
        await _phone.GoAsync("home");
        await _phone.ClickAsync("home-request");
        await _phone.SeesAsync("request-text", "For your visit on Monday");
        await _phone.ClickAsync("request-category-medications");
        await _phone.LookAsync("request-by-message");
        await _phone.ClickAsync("request-allow");
        await _phone.SeesAsync("request-done");

        Assert.That((await Clinic.GetAsync($"Condition?patient=Patient/{_atClinic}", Doctor)).Json["entry"]?.AsArray(), Has.Count.EqualTo(1));
        using var asked = await Clinic.Client.GetAsync($"/admin/patients/{_atClinic}/access-requests");
        Assert.That((string?)JsonNode.Parse(await asked.Content.ReadAsStringAsync())![0]!["answer"], Is.EqualTo("granted"));
    }

    private async Task While_its_node_hangs_the_app_says_so_and_everything_else_works()
    {
        await Hospital.Process.PauseAsync();
        await _phone.ClickAsync("revoke-confirm");
        await _phone.SeesAsync("sharing-status", "not on the ledger yet");
        await _phone.LookAsync("revoke-waits");
        await _phone.Page.ReloadAsync();
        await _phone.UnlockAsync();
        await _phone.GoAsync("home");
        await _phone.SeesAsync("home-unfinished");
        await _phone.GoAsync("records");
        await _phone.CountsAsync("record", 4);
        await _phone.SeesAsync("records-as-of");
        await _phone.LookAsync("node-hangs");
        await Hospital.Process.GoOnAsync();
    }

    private async Task The_patient_ends_it_and_the_clinic_sees_nothing_more()
    {
        await _phone.GoAsync("sharing");
        await _phone.CountsAsync("grant", 2);
        await _phone.By("revoke").First.ClickAsync();
        await _phone.SeesAsync("revoke-limits");
        await _phone.LookAsync("revoke");
        await _phone.ClickAsync("revoke-confirm");
        await _phone.CountsAsync("grant", 1);
        await _phone.ClickAsync("revoke");
        await While_its_node_hangs_the_app_says_so_and_everything_else_works();
        await _phone.StartAgainAsync();
        await _phone.GoAsync("sharing");
        await _phone.SeesAsync("sharing-none");
        await _phone.LookAsync("sharing-ended");

        Assert.That((await Clinic.GetAsync($"Observation?patient=Patient/{_atClinic}", Doctor)).Json["entry"], Is.Null);
    }

    private async Task A_clinician_breaks_the_glass_and_the_patient_disputes_and_ends_it()
    {
        await _phone.GoAsync("home");
        await _phone.ClickAsync("home-emergencies");
        await _phone.SeesAsync("emergency-policy", "hospitals may");
        await _phone.SeesAsync("emergency-none");
        await _phone.LookAsync("emergencies-at-first");
        var card = (await _phone.By("emergency-card").InnerTextAsync()).Trim();
        Assert.That(await _phone.ReadCodeAsync(await _phone.SaveBytesAsync("emergency-card-save")), Is.EqualTo(card));
        await DeclareAsync(card);
        Assert.That((await Clinic.GetAsync($"Observation?patient=Patient/{_atClinic}", Emergency)).Ids, Has.Count.EqualTo(2));

        await _phone.StartAgainAsync();
        await _phone.GoAsync("home");
        await _phone.SeesAsync("home-emergency");
        await _phone.LookAsync("home-emergency");
        await _phone.ClickAsync("home-emergency");
        await _phone.CountsAsync("emergency", 1);
        await _phone.SeesAsync("emergency-people", "Dr li, clinician; Wu, nurse");
        await _phone.SeesAsync("emergency-until", "still open");
        await _phone.ClickAsync("emergency-dispute");
        await _phone.ClickAsync("emergency-ground-noemergency");
        await _phone.LookAsync("dispute");
        await _phone.ClickAsync("emergency-dispute-confirm");
        await _phone.SeesAsync("emergency-disputed");
        await _phone.ClickAsync("emergency-end");
        await _phone.SeesAsync("emergency-until", "It has ended");
        await _phone.LookAsync("emergency-ended");
        Assert.That((await Clinic.GetAsync($"Observation?patient=Patient/{_atClinic}", Emergency)).Ids, Is.Empty);
    }

    /// <summary>At the clinic's own pages, in a browser of the clinician's.</summary>
    private async Task DeclareAsync(string card)
    {
        await Clinic.AddUserAsync("li", "clinician", LaunchNode.Password);
        await using var staff = await Phone.BuyAsync(_chromium, "staff");
        var page = staff.Page;
        await staff.OpenAsync($"{Clinic.Endpoint}/console");
        await page.FillAsync("input[name=login]", "li");
        await page.FillAsync("input[name=password]", LaunchNode.Password);
        await page.ClickAsync("button");
        await page.WaitForURLAsync($"{Clinic.Endpoint}/console");
        await staff.OpenAsync($"{Clinic.Endpoint}/console/patients/{_atClinic}");
        await staff.LookAsync("patient");
        await page.ClickAsync("a[href$=emergency]");
        await page.FillAsync("input[name=card]", card);
        await page.SelectOptionAsync("select[name=reason]", "no-time");
        await page.FillAsync("input[name=note]", "Found in the street");
        await page.FillAsync("input[name=second-name]", "Wu");
        await page.FillAsync("input[name=second-role]", "nurse");
        await staff.LookAsync("emergency");
        await page.ClickAsync("form[action$=emergency] button");
        await page.WaitForSelectorAsync("text=Open now");
        await staff.LookAsync("open");
    }

    private async Task Every_other_screen_can_be_used_by_everybody()
    {
        var finger = await Finger.OfAsync(_phone.Page);
        await _phone.GoAsync("settings");
        await _phone.CountsAsync("settings-passkey", 0);
        await finger.RemoveAsync();
        await _phone.LookAsync("settings");
        await _phone.ClickAsync("large-text");
        await _phone.LookAsync("settings-large");
        await _phone.ClickAsync("large-text");
        await _phone.ClickAsync("settings-guardians");
        await _phone.ClickAsync("guardians-choose");
        await _phone.TypeAsync("guardians-me", "Anna");
        await _phone.ClickAsync("guardians-invite");
        await _phone.ClickAsync("guardians-invitation-copy");
        await _phone.SeesAsync("guardians-invitation-status", "Copied.");
        await _phone.LookAsync("guardians");
        await _phone.GoAsync("settings");
        await _phone.ClickAsync("settings-connect");
        await _phone.SeesAsync("connect-link");
        await _phone.LookAsync("connect");
        await _phone.TypeAsync("connect-link", "https://example.org/");
        await _phone.ClickAsync("connect-open");
        await _phone.SeesAsync("connect-error");
    }

    /// <summary>What comes of it on both sides: DelegateStory.</summary>
    private async Task It_lets_somebody_act_and_acts_for_somebody()
    {
        using var bea = await OtherPhone.BuyAsync(_consortium);
        await _phone.GoAsync("settings");
        await _phone.ClickAsync("settings-acting");
        await _phone.ClickAsync("delegates-ask");
        await _phone.LookAsync("delegation");
        await _phone.ClickAsync("delegation-category-laboratory");
        await _phone.ClickAsync("delegation-act-grant");
        await _phone.TypeAsync("delegation-me", "Anna");
        await _phone.ClickAsync("delegation-invite");
        await _phone.SeesAsync("delegation-scope", "Laboratory");
        await _phone.LookAsync("delegation-invitation");
        await _phone.TypeAsync("delegation-name", "Bea");
        await _phone.TypeAsync("delegation-answer", (await bea.Wallet.ActingFor.AcceptAsync(await _phone.By("delegation-invitation").InputValueAsync(), default))!);
        await _phone.ClickAsync("delegation-confirm");
        await _phone.SeesAsync("delegate-state", "May act for you.");
        await _phone.ClickAsync("delegate-end");
        await _phone.LookAsync("delegate");
        await _phone.ClickAsync("delegate-end-all");
        await _phone.SeesAsync("delegates-ended");

        var scope = new DelegationScope(
            [await bea.ConnectAsync(Hospital, await Hospital.RegisterPatientAsync("Bea"))], [Category.Laboratory], DelegateActs.Grant | DelegateActs.End | DelegateActs.SeeLog, [PurposeOfUse.Treatment], DateOnly.FromDateTime(DateTime.UtcNow).AddDays(60));
        await _phone.TypeAsync("acting-invitation", bea.Wallet.Delegations.Invite(scope, "Bea"));
        await _phone.ClickAsync("acting-accept");
        var accepted = bea.Wallet.Delegations.ReadAcceptance(await _phone.By("acting-answer").InputValueAsync(), "Anna")!;
        Assert.That(await bea.Wallet.Delegations.BeginAsync(accepted, scope, default), Is.EqualTo(DelegateOutcome.Delegated));
        await _phone.ClickAsync("acting-look");
        await _phone.ClickAsync("acting-allow");
        await _phone.TypeAsync("allow-link", await AskedAsync());
        await _phone.ClickAsync("allow-open");
        await _phone.ClickAsync("allow-category-laboratory");
        await _phone.LookAsync("acting-allow");
        await _phone.ClickAsync("allow-confirm");
        await _phone.ClickAsync("acting-end");
        await _phone.ClickAsync("acting-log");
        await _phone.SeesAsync("acting-log-count", "0 looks");
        await _phone.LookAsync("acting");
        await _phone.ClickAsync("acting-end-confirm");
        await _phone.SeesAsync("acting-no-grants");
        await _phone.ClickAsync("acting-leave");
        await _phone.LookAsync("acting-leave");
        await _phone.ClickAsync("acting-leave-confirm");
        await _phone.SeesAsync("acting-state", "It has ended.");
    }

    private async Task It_erases_a_record_and_sees_who_has_done_it()
    {
        await _phone.GoAsync("records");
        await _phone.TypeAsync("records-search", "5.5");
        await _phone.ClickAsync("record");
        await _phone.ClickAsync("erase");
        await _phone.SeesAsync("erase-limits", "can't be undone");
        await _phone.LookAsync("erase");
        await _phone.ClickAsync("erase-confirm");
        await _phone.SeesAsync("erase-done");
        await _phone.ClickAsync("erase-to-list");
        await _phone.CountsAsync("erased", 1);
        await _phone.SeesAsync("erased-reply", "has destroyed what it had");
        await _phone.LookAsync("erased");
    }

    private async Task It_locks_and_opens_with_the_PIN_alone()
    {
        await _phone.ClickAsync("lock");
        await _phone.SeesAsync("unlock");
        await _phone.LookAsync("locked");
        await _phone.TypeAsync("unlock-pin", "00000000");
        await _phone.ClickAsync("unlock");
        await Microsoft.Playwright.Assertions.Expect(_phone.By("start-error")).Not.ToBeEmptyAsync(new() { Timeout = 60_000 });
        await _phone.UnlockAsync();
    }

    private async Task Without_a_network_it_shows_what_was_opened_before()
    {
        await _phone.LoseNetworkAsync(true);
        await _phone.Page.ReloadAsync();
        await _phone.UnlockAsync();
        await _phone.GoAsync("records");
        await _phone.CountsAsync("record", 3);
        await _phone.SeesAsync("records-as-of");
        await _phone.LookAsync("offline");
        await _phone.LoseNetworkAsync(false);
    }

    private async Task Nothing_secret_was_kept_sent_or_said(Phone phone, string node)
    {
        Assert.That(SeedPhrase.TryParse(_words, out var seed), "the words are a phrase");
        var words = _words.Split(' ');
        string[] secrets =
        [
            Phone.Pin,
            Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(Phone.Pin)),
            Convert.ToHexStringLower(seed!),
            Convert.ToBase64String(seed!).TrimEnd('='),
            .. words.Zip(words.Skip(1), (one, next) => $"{one} {next}"),
            .. words.Zip(words.Skip(1), (one, next) => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes($"{one} {next}"))),
        ];
        var (kept, sent, said) = (await phone.ReadStorageAsync(), phone.ReadSent(), string.Join('\n', phone.Said));

        Assert.That((kept.Length, sent.Length), Is.GreaterThan((1_000, 1_000)));
        foreach (var secret in secrets)
        {
            Assert.That(kept, Does.Not.Contain(secret).IgnoreCase);
            Assert.That(sent, Does.Not.Contain(secret).IgnoreCase);
            Assert.That(said, Does.Not.Contain(secret).IgnoreCase);
        }

        Assert.That(phone.Origins, Is.EquivalentTo((string[])[node]), "it asks its own node, and nobody else");
        Assert.That(phone.Said.Where(line => line.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)), Is.Empty);
    }

    private async Task The_words_bring_everything_back_on_a_new_phone()
    {
        await using var phone = await Phone.BuyAsync(_chromium, "new");
        var keyless = await Finger.OfAsync(phone.Page, hasPrf: false);

        // A passkey belongs to a name, which 127.0.0.1 is not.
        var node = Hospital.Endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        await phone.OpenAsync($"{node}/wallet/");
        await phone.ClickAsync("start-lost");
        await phone.SeesAsync("lost-name");
        await phone.LookAsync("lost-words");
        await phone.ClickAsync("start-back");
        await phone.ClickAsync("start-restore");
        await phone.TypeAsync("restore-words", _words);
        await phone.LookAsync("restore");
        await phone.ClickAsync("restore-next");
        await phone.ChoosePinAsync();
        await phone.SeesAsync("restored");
        await phone.GoAsync("records");
        await phone.CountsAsync("record", 3);
        await phone.GoAsync("sharing");
        await phone.SeesAsync("sharing-ended");
        await A_passkey_that_gives_no_key_is_not_kept(phone, keyless);
        await A_finger_opens_it_and_without_one_the_PIN_does(phone, await Finger.OfAsync(phone.Page));
        await Nothing_secret_was_kept_sent_or_said(phone, node);
    }

    private static async Task A_passkey_that_gives_no_key_is_not_kept(Phone phone, Finger keyless)
    {
        await phone.GoAsync("settings");
        await phone.ClickAsync("settings-passkey");
        await phone.LookAsync("passkey");
        await phone.TypeAsync("settings-current", Phone.Pin);
        await phone.ClickAsync("settings-do");
        await phone.SeesAsync("settings-passkey-confirm");
        await phone.LookAsync("passkey-confirm");
        await phone.ClickAsync("settings-passkey-confirm");
        await phone.SeesAsync("settings-status", "can't unlock the wallet in this way");
        await phone.SeesAsync("settings-passkey");
        Assert.That(await keyless.ReadPasskeysAsync(), Is.Empty, "the device was told to forget it");
        await keyless.RemoveAsync();
    }

    private static async Task A_finger_opens_it_and_without_one_the_PIN_does(Phone phone, Finger finger)
    {
        await phone.ClickAsync("settings-passkey");
        await phone.TypeAsync("settings-current", Phone.Pin);
        await phone.ClickAsync("settings-do");
        await phone.ClickAsync("settings-passkey-confirm");
        await phone.SeesAsync("settings-status", "It is on");
        await phone.LookAsync("passkey-on");
        Assert.That(await finger.ReadPasskeysAsync(), Is.EqualTo(new[] { ("localhost", "Wallet") }));

        await phone.ClickAsync("lock");
        await phone.SeesAsync("unlock-passkey");
        await phone.LookAsync("passkey-locked");
        await phone.ClickAsync("unlock-passkey");
        await phone.SeesAsync("lock");

        await finger.LiftAsync();
        await phone.ClickAsync("lock");
        await phone.ClickAsync("unlock-passkey");
        await phone.SeesAsync("start-error", "did not confirm that it is you");
        await phone.LookAsync("passkey-refused");
        await phone.UnlockAsync();
        await finger.PutAsync();
        await phone.GoAsync("settings");
        await phone.ClickAsync("settings-passkey-off");
        await phone.LookAsync("passkey-off");
        await phone.ClickAsync("settings-passkey-stop");
        await phone.SeesAsync("settings-status", "Only your PIN opens the wallet now");
        Assert.That(await finger.ReadPasskeysAsync(), Is.Empty);
        await phone.ClickAsync("lock");
        await phone.SeesAsync("unlock");
        await phone.CountsAsync("unlock-passkey", 0);
    }

    /// <summary>At the screens themselves, without a browser around them: what differs in one was looked at above.</summary>
    private async Task Guardians_bring_a_wallet_back()
    {
        using var story = new GuardianStory(_consortium);
        await story.RunAsync();
    }

    private async Task A_carer_acts_for_a_patient()
    {
        using var story = new DelegateStory(_consortium);
        await story.RunAsync();
    }

    private async Task<string> CardAsync() => (string)(await PostAsync(Hospital, $"/admin/patients/{_atHospital}/take-over-codes"))["link"]!;

    /// <summary>The clinic's invitation, opened where the wallet lives.</summary>
    private async Task<string> AskedAsync()
    {
        var link = new Uri((string)(await PostAsync(Clinic, $"/admin/patients/{_atClinic}/access-requests"))["link"]!);
        Assert.That(Invitation.TryParse(link.AbsoluteUri), Is.Not.Null);
        return $"{Hospital.Endpoint}/wallet/connect{link.Fragment}";
    }

    private static async Task<JsonNode> PostAsync(TestNode node, string path)
    {
        using var answer = await node.Client.PostAsync(path, null);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
