using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Client.Invitations;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Custody;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Messages;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Agents;

/// <summary>A clinic asks, a patient decides on the phone, the clinic reads, the phone hears of it: all by messages, all through the insurer's relay.</summary>
public sealed class ConsentMessageTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];

    private ThreeOrganisations _story = null!;

    private Wallet.Wallet Wallet => _story.Phone.Wallet;

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync() => _story = await ThreeOrganisations.MeetAsync(
        "Messages", route: (consortium, direct) => new RelayedRoute(direct, new Uri(consortium.Nodes[0].Endpoint), consortium.Nodes[0].Organisation, consortium.Genesis));

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task From_the_invitation_to_a_new_phone()
    {
        var relationship = await The_wallet_takes_over_with_a_link_and_meets_the_hospitals_agent();
        await It_meets_the_clinics_agent_with_another_link();
        await A_link_is_no_use_to_a_second_wallet();
        await What_the_clinic_asks_arrives_once();
        await More_than_was_asked_is_not_granted(relationship);
        await Less_is_and_the_clinic_hears_which_grant(relationship);
        await The_phone_hears_of_the_clinics_read(relationship);
        await What_people_write_stays_until_it_is_put_away();
        await A_declined_request_looks_like_an_unanswered_one();
        await What_a_proposed_Consent_asks_for_arrives_and_what_is_granted_of_it_is_an_active_one(relationship);
        await A_declined_Consent_looks_like_an_unanswered_one();
        await A_node_that_is_killed_before_it_has_asked_asks_once();
        await A_deleted_Consent_can_t_be_granted_any_more(relationship);
        await A_new_phone_gets_what_comes_after();
    }

    private async Task<uint> The_wallet_takes_over_with_a_link_and_meets_the_hospitals_agent()
    {
        var answer = await PostAsync(_story.Hospital, $"/admin/patients/{_story.AtHospital}/take-over-codes", null);
        var invitation = Invitation.TryParse((string)answer["link"]!)!;
        var connected = await Wallet.ConnectAsync(invitation.Organisation, invitation.Code!, CancellationToken.None);
        Assert.That(connected, Is.InstanceOf<ConnectOutcome.Connected>());
        Assert.That(await Wallet.MeetAsync(invitation, CancellationToken.None), Is.EqualTo(MeetOutcome.Met));
        return ((ConnectOutcome.Connected)connected).Relationship;
    }

    private async Task It_meets_the_clinics_agent_with_another_link()
    {
        Assert.That((bool)(await AskAsync(["Laboratory"], "Too early."))["sent"]!, Is.False, "nobody is there yet");
        var link = (string)(await PostAsync(Clinic, $"/admin/patients/{_story.AtClinic}/access-requests", null))["link"]!;
        Assert.That(await Wallet.MeetAsync(Invitation.TryParse(link)!, CancellationToken.None), Is.EqualTo(MeetOutcome.Met));
        Assert.That(await Wallet.MeetAsync(Invitation.TryParse(link)!, CancellationToken.None), Is.EqualTo(MeetOutcome.Met), "once more changes nothing");
    }

    private async Task A_link_is_no_use_to_a_second_wallet()
    {
        var link = Invitation.TryParse((string)(await PostAsync(Clinic, $"/admin/patients/{_story.AtClinic}/access-requests", null))["link"]!)!;
        using var first = await Phone.BuyAsync(_story.Consortium);
        using var second = await Phone.BuyAsync(_story.Consortium);
        var other = Invitation.TryParse((string)(await PostAsync(_story.Insurer, $"/admin/patients/{await _story.Insurer.RegisterPatientAsync("Other")}/access-requests", null))["link"]!)!;
        Assert.That(await first.Wallet.MeetAsync(other, CancellationToken.None), Is.EqualTo(MeetOutcome.Met));
        Assert.That(await second.Wallet.MeetAsync(other, CancellationToken.None), Is.EqualTo(MeetOutcome.Refused));
        Assert.That(await second.Wallet.MeetAsync(link with { Agent = null }, CancellationToken.None), Is.EqualTo(MeetOutcome.NotOffered));
    }

    private async Task What_the_clinic_asks_arrives_once()
    {
        Assert.That((bool)(await AskAsync(["Laboratory", "Medications"], "For your visit on Monday."))["sent"]!);
        var came = await Wallet.CheckMessagesAsync(CancellationToken.None);
        Assert.That(came.IsComplete);
        var asked = came.Requests.Single();
        Assert.That((asked.Organisation, asked.Text, asked.Days), Is.EqualTo((Clinic.Organisation, "For your visit on Monday.", 10)));
        Assert.That(asked.Categories, Is.EqualTo(new[] { Category.Laboratory, Category.Medications }));
        Assert.That(asked.Purposes, Is.EqualTo(new[] { PurposeOfUse.Treatment }));
        Assert.That((await Wallet.CheckMessagesAsync(CancellationToken.None)).Requests, Is.Empty);
        Assert.That(Wallet.AccessRequests, Has.Count.EqualTo(1));
    }

    private async Task More_than_was_asked_is_not_granted(uint relationship)
    {
        var asked = Wallet.AccessRequests.Single();
        foreach (var more in (Approval[])
        [
            new([relationship], [Category.Genetics], asked.Purposes, 10, true),
            new([relationship], asked.Categories.ToArray(), [PurposeOfUse.Research], 10, true),
            new([relationship], asked.Categories.ToArray(), asked.Purposes, 11, true),
        ])
        {
            Assert.That(await Wallet.ApproveAsync(asked, more, CancellationToken.None), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.BadOrder)));
        }
    }

    private async Task Less_is_and_the_clinic_hears_which_grant(uint relationship)
    {
        var asked = Wallet.AccessRequests.Single();
        var ordered = (GrantOutcome.Ordered)await Wallet.ApproveAsync(asked, new Approval([relationship, 77], [Category.Laboratory], asked.Purposes, 5, true), CancellationToken.None);
        Assert.That((ordered.Grants.Count, ordered.Waiting.Count), Is.EqualTo((1, 0)), "the wallet is not connected twice; what it could grant stands");
        Assert.That(Wallet.AccessRequests, Is.Empty);
        var told = (await AskedAsync()).Single(one => (string?)one!["text"] == "For your visit on Monday.")!;
        Assert.That((string?)told["answer"], Is.EqualTo("granted"));
        Assert.That(told["grants"]!.AsArray().Select(grant => (string?)grant), Is.EqualTo(ordered.Grants.Select(grant => Convert.ToHexStringLower(grant.ToArray()))));
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(3));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Is.Empty);
        Assert.That(await Wallet.ApproveAsync(asked, new Approval([relationship], [Category.Medications], asked.Purposes, 5, true), CancellationToken.None), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.UnknownRequest)));
    }

    private async Task The_phone_hears_of_the_clinics_read(uint relationship)
    {
        IReadOnlyList<ReadNoticed> notices = [];
        await Eventually.BecomesTrueAsync("the notice arrives", async () => (notices = (await Wallet.CheckMessagesAsync(CancellationToken.None)).Notices).Count > 0);
        Assert.That((notices[0].Organisation, notices[0].Relationship, notices[0].Category), Is.EqualTo((_story.Hospital.Organisation, relationship, Category.Laboratory)));
        Assert.That((await _story.Phone.ReadLogAsync(relationship)).Events.Select(seen => seen.Index), Does.Contain((ulong?)notices[0].Index).Or.Contain(notices[0].Index));
    }

    private async Task What_people_write_stays_until_it_is_put_away()
    {
        var connections = (await Clinic.Client.GetFromJsonAsync<JsonArray>("/admin/agent/connections"))!;
        foreach (var connection in connections.Where(connection => (string?)connection!["about"] == $"Patient/{_story.AtClinic}"))
        {
            using var text = new StringContent("""{"content":"Please come at 9, not at 10. 请空腹。"}""", Encoding.UTF8, "application/json");
            using var said = await Clinic.Client.PostAsync($"/admin/agent/connections/{connection!["id"]}/messages", text);
            Assert.That((int)said.StatusCode, Is.EqualTo(202));
        }

        await Wallet.CheckMessagesAsync(CancellationToken.None);
        await Wallet.CheckMessagesAsync(CancellationToken.None);
        var kept = (await Wallet.ListTextsAsync(CancellationToken.None)).Single();
        Assert.That((kept.Organisation, kept.Text), Is.EqualTo((Clinic.Organisation, "Please come at 9, not at 10. 请空腹。")));
        await Wallet.PutAwayAsync(kept, CancellationToken.None);
        Assert.That(await Wallet.ListTextsAsync(CancellationToken.None), Is.Empty);
    }

    private async Task A_declined_request_looks_like_an_unanswered_one()
    {
        await AskAsync(["Genetics"], "Declined.");
        await AskAsync(["Genetics"], "Unanswered.");
        await Wallet.CheckMessagesAsync(CancellationToken.None);
        await Wallet.DeclineAsync(Wallet.AccessRequests.Single(asked => asked.Text == "Declined."), CancellationToken.None);
        await Wallet.CheckMessagesAsync(CancellationToken.None);
        var answers = (await AskedAsync()).Where(one => (string?)one!["text"] is "Declined." or "Unanswered.").Select(one => (string?)one!["answer"]);
        Assert.That(answers, Is.EqualTo(new[] { "declined or no answer", "declined or no answer" }));
        Assert.That(Wallet.AccessRequests.Select(asked => asked.Text), Is.EqualTo(new[] { "Unanswered." }));
    }

    private async Task What_a_proposed_Consent_asks_for_arrives_and_what_is_granted_of_it_is_an_active_one(uint relationship)
    {
        var id = await Clinic.KeepAsync(ProposedConsents.Of(_story.AtClinic, Clinic, "Medications", days: 12));
        await BecomesAsync(id, "sent");
        var asked = (await Wallet.CheckMessagesAsync(CancellationToken.None)).Requests.Single();
        Assert.That((asked.Organisation, asked.Days), Is.EqualTo((Clinic.Organisation, 12)));
        Assert.That((asked.Categories.Single(), asked.Purposes.Single()), Is.EqualTo((Category.Medications, PurposeOfUse.Treatment)));
        (await Clinic.UpdateAsync(ProposedConsents.Of(_story.AtClinic, Clinic, "Genetics", days: 12).With("id", id))).AssertIsOutcome(422);

        var ordered = (GrantOutcome.Ordered)await Wallet.ApproveAsync(asked, new Approval([relationship], asked.Categories.ToArray(), asked.Purposes, 12, true), CancellationToken.None);
        await BecomesAsync(id, "granted");
        var active = await Clinic.GetAsync($"Consent/c-{Convert.ToHexStringLower(ordered.Grants.Single().ToArray())}");
        Assert.That((active.Status, (string?)active.Json["status"]), Is.EqualTo((200, "active")));
        Assert.That(active.Json["extension"]!.AsArray().Where(one => (string)one!["url"]! == "urn:ehrledger:StructureDefinition:asked-by").Select(one => (string?)one!["valueReference"]!["reference"]), Is.EqualTo(new[] { $"Consent/{id}" }));
        Assert.That((await Clinic.GetAsync($"Consent?patient={_story.AtClinic}&status=active")).Ids, Does.Contain(active.Id).And.Not.Contain(id));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(2));
        Assert.That(await ProposedConsents.StatesOfAsync(Clinic, id), Is.EqualTo(new[] { "not-sent", "sent", "granted" }), "each is a version");
    }

    private async Task A_declined_Consent_looks_like_an_unanswered_one()
    {
        var (declined, unanswered) = (await Clinic.KeepAsync(ProposedConsents.Of(_story.AtClinic, Clinic, "Genetics")), await Clinic.KeepAsync(ProposedConsents.Of(_story.AtClinic, Clinic, "MentalHealth")));
        await BecomesAsync(declined, "sent");
        await BecomesAsync(unanswered, "sent");
        await Wallet.CheckMessagesAsync(CancellationToken.None);
        await Wallet.DeclineAsync(Wallet.AccessRequests.Single(asked => asked.Categories.Contains(Category.Genetics) && asked.Text.Length == 0), CancellationToken.None);
        await Wallet.CheckMessagesAsync(CancellationToken.None);
        await BecomesAsync(await Clinic.KeepAsync(ProposedConsents.Of(_story.AtClinic, Clinic, "Laboratory")), "sent");
        Assert.That((await Like(declined), await Like(unanswered)), Is.EqualTo(("2 sent", "2 sent")), "a request that came later has been dealt with, and these stay as they are");

        async Task<string> Like(string id) => (await Clinic.GetAsync($"Consent/{id}")).Json is var read ? $"{read["meta"]!["versionId"]} {ProposedConsents.StateOf(read)}" : "";
    }

    private async Task A_node_that_is_killed_before_it_has_asked_asks_once()
    {
        await Wallet.CheckMessagesAsync(CancellationToken.None);
        var before = Wallet.AccessRequests.Count;
        var id = Guid.NewGuid().ToString();
        var answer = await Clinic.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("PUT", $"Consent/{id}", ProposedConsents.Of(_story.AtClinic, Clinic, "Immunizations").With("id", id))));
        Clinic.Kill();
        Assert.That(answer.Status, Is.EqualTo(200));
        await Clinic.StartAsync();
        await BecomesAsync(id, "sent");
        Clinic.Kill();
        await Clinic.StartAsync();
        await BecomesAsync(id, "sent");
        await BecomesAsync(await Clinic.KeepAsync(ProposedConsents.Of(_story.AtClinic, Clinic, "Documents")), "sent");
        await Eventually.BecomesTrueAsync("both requests arrive", async () =>
        {
            await Wallet.CheckMessagesAsync(CancellationToken.None);
            return Wallet.AccessRequests.Count >= before + 2;
        });
        Assert.That(Wallet.AccessRequests.Skip(before).Select(asked => asked.Categories.Single()), Is.EqualTo(new[] { Category.Immunizations, Category.Documents }));
        Assert.That((await AskedAsync()).Count(one => (string?)one!["consent"] == id), Is.EqualTo(1));
    }

    private async Task A_deleted_Consent_can_t_be_granted_any_more(uint relationship)
    {
        var asked = Wallet.AccessRequests[^1];
        var id = (await Clinic.GetAsync($"Consent?patient={_story.AtClinic}&status=proposed&_sort=-_lastUpdated&_count=1")).Ids.Single();
        Assert.That((await Clinic.DeleteAsync($"Consent/{id}")).Status, Is.EqualTo(204));
        await Eventually.BecomesTrueAsync("it is withdrawn", async () =>
        {
            using var keys = await Clinic.Client.PostAsync($"/wallet/access-requests/{Convert.ToHexStringLower(asked.Request.Span)}/reader-keys", new ByteArrayContent([0x81, 0x01]) { Headers = { ContentType = new("application/cbor") } });
            return (int)keys.StatusCode == 404;
        });
        Assert.That(await Wallet.ApproveAsync(asked, new Approval([relationship], asked.Categories.ToArray(), asked.Purposes, 1, true), CancellationToken.None), Is.InstanceOf<GrantOutcome.NotOrdered>());
        await Wallet.DeclineAsync(asked, CancellationToken.None);
    }

    private Task BecomesAsync(string consent, string state) => ProposedConsents.BecomesAsync(Clinic, consent, state);

    private async Task A_new_phone_gets_what_comes_after()
    {
        using var phone = await Phone.ReplaceAsync(_story.Consortium, Wallet.ToPhrase());
        await phone.Wallet.RestoreAsync(CancellationToken.None);
        Assert.That(phone.Wallet.AccessRequests.Select(asked => asked.Text).Where(text => text.Length > 0), Is.EqualTo(new[] { "Unanswered." }));
        await AskAsync(["Problems"], "To the new phone.");
        Assert.That((await phone.Wallet.CheckMessagesAsync(CancellationToken.None)).Requests.Single().Text, Is.EqualTo("To the new phone."));
    }

    private Task<JsonNode> AskAsync(string[] categories, string text) => PostAsync(
        Clinic,
        $"/admin/patients/{_story.AtClinic}/access-requests",
        new JsonObject { ["purposes"] = new JsonArray("TREAT"), ["categories"] = new JsonArray([.. categories.Select(category => (JsonNode)category)]), ["days"] = 10, ["text"] = text }.ToJsonString());

    private async Task<JsonArray> AskedAsync() => (await Clinic.Client.GetFromJsonAsync<JsonArray>($"/admin/patients/{_story.AtClinic}/access-requests"))!;

    private static async Task<JsonNode> PostAsync(TestNode node, string path, string? json)
    {
        using var content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await node.Client.PostAsync(path, content);
        Assert.That((int)response.StatusCode, Is.EqualTo(200), path);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
