using System.Collections.Concurrent;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Restoring;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>The main job, step by step: each stands on those before it.</summary>
public sealed class SharingTests
{
    private static readonly (string, string)[] Doctor = [("X-Acting-Person", "Dr Li"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "TREAT")];

    private static readonly (string Criteria, int Count)[] Criteria =
    [
        ("code=718-7", 2),
        ("code=http://loinc.org|2345-7", 1),
        ("date=2024", 2),
        ("date=ge2024-03-04", 2),
        ("category=laboratory&code=718-7&date=lt2025", 1),
        ("category=vital-signs", 0),
        ("_lastUpdated=ge2020", 3),
    ];

    private readonly Witnessed _line = new();
    private ThreeOrganisations _story = null!;
    private IReadOnlyList<OwnRecord> _laboratory = [];

    private TestNode Hospital => _story.Hospital;

    private TestNode Clinic => _story.Clinic;

    [OneTimeSetUp]
    public async Task MeetAsync() => _story = await ThreeOrganisations.MeetAsync(
        route: (consortium, direct) => new RelayedRoute(_line.On(direct), new Uri(consortium.Nodes[2].Endpoint), consortium.Nodes[2].Organisation, consortium.Genesis));

    [OneTimeTearDown]
    public void Stop() => _story.Dispose();

    [Test]
    public async Task The_main_job_from_the_first_code_to_a_new_phone()
    {
        await The_wallet_takes_over_with_a_code_and_opens_all_records_alone();
        await The_hospital_reads_after_it_what_it_read_before();
        await Before_the_grant_the_clinic_sees_what_it_sees_of_nobody();
        await The_patient_grants_two_categories();
        await The_clinic_sees_what_was_granted_under_record_ids_as_its_own_patient();
        foreach (var (criteria, count) in Criteria)
        {
            await Its_criteria_hold_exactly(criteria, count);
        }

        await It_reads_one_by_its_id_and_pages_through_all();
        await For_another_purpose_it_sees_nothing();
        await Nobody_else_sees_anything();
        await What_is_written_changed_and_deleted_later_is_seen_as_it_is();
        await It_goes_on_after_every_node_was_restarted_by_force();
        await The_wallet_shows_every_look_and_knows_that_none_is_missing();
        await Asked_subject_by_subject_it_shows_the_same();
        await A_revocation_ends_one_grant_and_leaves_the_other();
        await After_the_last_revocation_the_clinic_sees_what_it_sees_of_nobody();
        await A_wallet_from_its_words_has_everything_again_and_grants_anew();
        await A_grant_of_a_single_record_shows_that_one_only();
        await No_node_has_cried_and_every_log_is_whole();
        The_phone_spoke_to_the_clinics_node_alone_and_named_no_subject_to_it();
    }

    private async Task The_wallet_takes_over_with_a_code_and_opens_all_records_alone()
    {
        await _story.ConnectAsync();
        var wallet = _story.Phone.Wallet;
        var counts = new Dictionary<Category, int>();
        foreach (var category in Enum.GetValues<Category>())
        {
            var records = await wallet.ReadRecordsAsync(_story.Relationship, category, CancellationToken.None);
            Assert.That(records.Complete, $"{category}: {string.Join(", ", records.Findings)}");
            counts[category] = records.Records.Count;
        }

        Assert.That(counts.Where(pair => pair.Value > 0), Is.EquivalentTo(new Dictionary<Category, int>
        {
            [Category.Demographics] = 1,
            [Category.Laboratory] = 3,
            [Category.Medications] = 2,
            [Category.Problems] = 1,
        }));
        _laboratory = (await wallet.ReadRecordsAsync(_story.Relationship, Category.Laboratory, CancellationToken.None)).Records;
    }

    private async Task The_hospital_reads_after_it_what_it_read_before()
    {
        Assert.That((await Hospital.GetAsync($"Observation?patient={_story.AtHospital}")).Ids, Is.EquivalentTo(_story.Laboratory));
        Assert.That((await Hospital.GetAsync($"Observation/{_story.Laboratory[0]}/_history/1")).Status, Is.EqualTo(200));
        using var again = await Hospital.Client.PostAsync($"/admin/patients/{_story.AtHospital}/take-over-codes", null);
        Assert.That((int)again.StatusCode, Is.EqualTo(404), "no second wallet takes over");
    }

    private Task Before_the_grant_the_clinic_sees_what_it_sees_of_nobody() => SeesNothingAsync();

    private async Task The_patient_grants_two_categories()
    {
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory, Category.Medications);
        var shown = await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None);
        Assert.That(shown, Has.Count.EqualTo(2));
        Assert.That(shown, Has.All.Matches<GrantShown>(grant => grant is { Status: GrantStatus.Active, GranteeProven: true, Delivered: true }));
    }

    private async Task The_clinic_sees_what_was_granted_under_record_ids_as_its_own_patient()
    {
        var found = await Clinic.GetAsync($"Observation?patient=Patient/{_story.AtClinic}", Doctor);
        Assert.That(found.Ids, Is.EquivalentTo(_laboratory.Select(record => record.Version.Record.ToString())));
        Assert.That(found.Matches.Select(match => (string?)match["subject"]!["reference"]), Is.All.EqualTo($"Patient/{_story.AtClinic}"));
        Assert.That(found.Text, Does.Not.Contain(_story.AtHospital));
        Assert.That(found.Matches.Select(match => (double)match["valueQuantity"]!["value"]!), Is.EquivalentTo(new[] { 1, 2, 3 }));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(2));
        Assert.That((await Clinic.GetAsync($"Condition?patient={_story.AtClinic}", Doctor)).Ids, Is.Empty);
    }

    private async Task Its_criteria_hold_exactly(string criteria, int count) =>
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}&{criteria}", Doctor)).Ids, Has.Count.EqualTo(count));

    private async Task It_reads_one_by_its_id_and_pages_through_all()
    {
        var id = _laboratory[0].Version.Record.ToString();
        var read = await Clinic.GetAsync($"Observation/{id}", Doctor);
        Assert.That((read.Status, read.Id), Is.EqualTo((200, id)), read.Text);
        Assert.That((string?)read.Json["subject"]!["reference"], Is.EqualTo($"Patient/{_story.AtClinic}"));
        (await Clinic.GetAsync($"Condition/{id}", Doctor)).AssertIsOutcome(404);
        Assert.That((await Clinic.GetAsync($"Observation?_id={id}", Doctor)).Ids, Is.EqualTo(new[] { id }));
        (await Clinic.UpdateAsync(Resources.Observation(_story.AtClinic).With("id", id))).AssertIsOutcome(405);
        (await Clinic.DeleteAsync($"Observation/{id}")).AssertIsOutcome(405);
        (await Clinic.PostBundleAsync(Resources.Bundle("transaction", Resources.Entry("DELETE", $"Observation/{id}")))).AssertIsOutcome(422);
        var pages = await Clinic.ReadPagesAsync($"Observation?patient={_story.AtClinic}&_count=2");
        Assert.That(pages.Select(page => page.Count), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(pages.SelectMany(page => page), Is.Unique);
    }

    private async Task For_another_purpose_it_sees_nothing()
    {
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", ("X-Purpose-Of-Use", "HPAYMT"))).Ids, Is.Empty);
        (await Clinic.GetAsync($"Observation/{_laboratory[0].Version.Record}", ("X-Purpose-Of-Use", "HPAYMT"))).AssertIsOutcome(404);
    }

    private async Task Nobody_else_sees_anything()
    {
        Assert.That((await _story.Insurer.GetAsync($"Observation?patient={_story.AtClinic}")).Ids, Is.Empty);
        (await _story.Insurer.GetAsync($"Observation/{_laboratory[0].Version.Record}")).AssertIsOutcome(404);
    }

    private async Task What_is_written_changed_and_deleted_later_is_seen_as_it_is()
    {
        await Hospital.UpdateAsync(Resources.Observation(_story.AtHospital, "718-7", "2024-01-02", value: 10).With("id", _story.Laboratory[0]));
        await Hospital.DeleteAsync($"Observation/{_story.Laboratory[1]}");
        await Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "718-7", "2026-01-01", value: 4));
        await Eventually.BecomesTrueAsync("the clinic sees it", async () =>
            (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Matches.Select(match => (double)match["valueQuantity"]!["value"]!).Order().SequenceEqual([3, 4, 10]));
        (await Clinic.GetAsync($"Observation/{_laboratory[1].Version.Record}", Doctor)).AssertIsOutcome(404);
    }

    private async Task It_goes_on_after_every_node_was_restarted_by_force()
    {
        foreach (var node in _story.Consortium.Nodes)
        {
            node.Kill();
            await node.StartAsync();
        }

        await Eventually.BecomesTrueAsync("the clinic sees it", async () => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids.Count == 3);
    }

    private async Task The_wallet_shows_every_look_and_knows_that_none_is_missing()
    {
        await Hospital.GetAsync($"Observation/{_story.Laboratory[0]}", ("X-Acting-Person", "Dr Own"));
        var log = await _story.Phone.ReadLogAsync(_story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));
        Assert.That(log.Fresh);
        var byClinic = log.Events.Where(seen => seen.Organisation == Clinic.Organisation).ToList();
        Assert.That(byClinic, Has.All.Matches<AccessEvent>(seen => seen is { OrganisationProven: true, Readable: true }));
        Assert.That(byClinic.Where(seen => seen is { Person: "Dr Li", Role: "physician" } && seen.Purpose == PurposeOfUse.Treatment), Is.Not.Empty);
        Assert.That(byClinic.Any(seen => seen.Kind == AccessKind.Searched));
        Assert.That(byClinic.Where(seen => seen.Kind == AccessKind.Read).SelectMany(seen => seen.Records).Select(version => version.Record).Distinct().Count(), Is.EqualTo(6));
        Assert.That(byClinic.Where(seen => seen.Kind == AccessKind.Read).All(seen => seen.Releases.Count >= 2), "custodians say what they released");
        Assert.That(log.Events.Any(seen => seen is { Kind: AccessKind.AuthorRead, Person: "Dr Own" }));
    }

    private async Task A_revocation_ends_one_grant_and_leaves_the_other()
    {
        Assert.That(await _story.Phone.Wallet.RevokeAsync(await GrantOfAsync(Category.Laboratory), CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        await Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "718-7", "2026-02-02", value: 5));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(2));
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids, Is.Empty);
        (await Clinic.GetAsync($"Observation/{_laboratory[0].Version.Record}", Doctor)).AssertIsOutcome(404);
    }

    private async Task After_the_last_revocation_the_clinic_sees_what_it_sees_of_nobody()
    {
        Assert.That(await _story.Phone.Wallet.RevokeAsync(await GrantOfAsync(Category.Medications), CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        await SeesNothingAsync();
    }

    private async Task A_wallet_from_its_words_has_everything_again_and_grants_anew()
    {
        using var phone = await Phone.ReplaceAsync(_story.Consortium, _story.Phone.Wallet.ToPhrase());
        var outcome = await phone.Wallet.RestoreAsync(CancellationToken.None);
        Assert.That(outcome.Source, Is.EqualTo(RestoreSource.Directory));
        Assert.That(phone.Wallet.Connections, Has.Count.EqualTo(1));
        var relationship = phone.Wallet.Connections[0].Index;
        var records = await phone.Wallet.ReadRecordsAsync(relationship, Category.Laboratory, CancellationToken.None);
        Assert.That(records.Complete, string.Join("; ", records.Findings));
        Assert.That(records.Records, Has.Count.EqualTo(7));
        Assert.That((await phone.Wallet.ListGrantsAsync(CancellationToken.None)).Select(grant => grant.Status), Is.EqualTo(new[] { GrantStatus.Revoked, GrantStatus.Revoked }));
        Assert.That((await phone.ReadLogAsync(relationship)).Complete);

        await phone.GrantAsync(relationship, Clinic, _story.AtClinic, Category.Laboratory);
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(4));
        Assert.That(phone.Alarms.All, Is.Empty);
    }

    private async Task A_grant_of_a_single_record_shows_that_one_only()
    {
        var wallet = _story.Phone.Wallet;
        var prescription = (await wallet.ReadRecordsAsync(_story.Relationship, Category.Medications, CancellationToken.None)).Records[0].Version.Record;
        var order = await Phone.OrderOfAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Medications);
        await _story.Phone.OrderAsync(order with { Records = [prescription], Future = false });
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Is.EqualTo(new[] { prescription.ToString() }));
        Assert.That((await Clinic.GetAsync($"MedicationRequest/{prescription}", Doctor)).Status, Is.EqualTo(200));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}&code=no-such", Doctor)).Ids, Is.Empty);

        // A second grant over the same record shows it once; a version that came later is not the one that was granted.
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Medications);
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Has.Count.EqualTo(2).And.Unique);
        Assert.That(await _story.Phone.Wallet.RevokeAsync((await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant is { Category: Category.Medications, Status: GrantStatus.Active, Records: null }).Id, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids, Is.EqualTo(new[] { prescription.ToString() }));
        var changed = _story.Prescriptions[0];
        var current = (await Hospital.GetAsync($"MedicationRequest/{changed}")).Json;
        Assert.That((await Hospital.UpdateAsync(current.With("status", "completed"))).Status, Is.EqualTo(200));
        await Eventually.BecomesTrueAsync("the older version is shown no more", async () => (await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}", Doctor)).Ids.Count == 0);
        (await Clinic.GetAsync($"MedicationRequest/{prescription}", Doctor)).AssertIsOutcome(404);
    }

    private async Task No_node_has_cried_and_every_log_is_whole()
    {
        foreach (var node in _story.Consortium.Nodes)
        {
            Assert.That((await node.AlarmsAsync()).Where(alarm => alarm.Kind != "EntryNotLogged"), Is.Empty, node.Name);
            Assert.That((await _story.Consortium.AuditAsync(node)).Finding, Is.Null);
        }

        Assert.That(_story.Phone.Alarms.All, Is.Empty);
    }

    private async Task Asked_subject_by_subject_it_shows_the_same()
    {
        var whole = await _story.Phone.ReadLogAsync(_story.Relationship);
        var parts = new List<SubjectRead>();
        foreach (var category in Enum.GetValues<Category>())
        {
            var read = await _story.Phone.Wallet.ReadSubjectsAsync([(_story.Relationship, category)], CancellationToken.None).SingleAsync();
            var records = await _story.Phone.Wallet.ReadRecordsAsync(_story.Relationship, category, CancellationToken.None);
            Assert.That(read.Records.Records.Select(record => record.Version), Is.EqualTo(records.Records.Select(record => record.Version)), $"{category}");
            Assert.That(read.Findings.Concat(read.Records.Findings), Is.Empty, $"{category}");
            parts.Add(read);
        }

        Assert.That(parts.SelectMany(part => part.Events).Select(seen => (seen.Kind, seen.Index, seen.Person, seen.Time)), Is.EquivalentTo(whole.Events.Select(seen => (seen.Kind, seen.Index, seen.Person, seen.Time))));
    }

    /// <summary>All that the phone asked went through the one node, to which it had named nobody: that is what the app of a node does.</summary>
    private void The_phone_spoke_to_the_clinics_node_alone_and_named_no_subject_to_it()
    {
        Assert.That(_line.Calls, Is.Not.Empty);
        Assert.That(_line.Calls.Select(call => call.Node).Distinct(), Is.EqualTo((Uri[])[new Uri(Clinic.Endpoint)]));
        Assert.That(_line.Calls.Where(call => call.About is not null), Is.Empty);
        Assert.That(
            _line.Calls.Select(call => call.Path).Where(path => path.StartsWith("/relay/", StringComparison.Ordinal)).Distinct(),
            Is.EquivalentTo((string[])[$"/relay/{_story.Insurer.Organisation}", $"/relay/{Hospital.Organisation}"]));
    }

    private async Task<GrantId> GrantOfAsync(Category category) =>
        (await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Category == category && grant.Status == GrantStatus.Active).Id;

    /// <summary>A patient without grants, and one whom nobody knows, get the same answers, but for the id that the caller wrote.</summary>
    private async Task SeesNothingAsync()
    {
        foreach (var type in (string[])["Observation", "MedicationRequest", "Condition"])
        {
            var known = await Clinic.GetAsync($"{type}?patient=Patient/{_story.AtClinic}", Doctor);
            var unknown = await Clinic.GetAsync($"{type}?patient=Patient/nobody-here", Doctor);
            Assert.That(known.Status, Is.EqualTo(200));
            Assert.That(known.Text.Replace(_story.AtClinic, "nobody-here", StringComparison.Ordinal), Is.EqualTo(unknown.Text));
        }

        var ungranted = await Clinic.GetAsync($"Observation/{_laboratory[0].Version.Record}", Doctor);
        var never = await Clinic.GetAsync("Observation/00112233445566778899aabbccddeeff", Doctor);
        ungranted.AssertIsOutcome(404);
        Assert.That(ungranted.Text, Is.EqualTo(never.Text));
        Assert.That((await Clinic.GetAsync($"Observation?_id={_laboratory[0].Version.Record}", Doctor)).Ids, Is.Empty);
    }

    /// <summary>What the phone's own line carried.</summary>
    private sealed class Witnessed
    {
        public ConcurrentBag<NodeCall> Calls { get; } = [];

        public IRoute On(IRoute line) => new Line(line, Calls);

        private sealed class Line(IRoute line, ConcurrentBag<NodeCall> calls) : IRoute
        {
            public Task<Answer<ReadOnlyMemory<byte>>> SendAsync(NodeCall request, CancellationToken cancellationToken)
            {
                calls.Add(request);
                return line.SendAsync(request, cancellationToken);
            }
        }
    }
}
