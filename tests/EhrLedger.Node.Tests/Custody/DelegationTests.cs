using EhrLedger.Client;
using EhrLedger.Client.Nodes;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Wallet.Acting;
using EhrLedger.Wallet.Delegations;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>A patient has a carer act, over three nodes; the carer tries more than that, with a wallet of other software. Each step stands on those before it.</summary>
public sealed class DelegationTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(DateTime.UtcNow);

    private ThreeOrganisations _story = null!;
    private Phone _carer = null!;
    private DelegationScope _scope = null!;
    private MandateId _mandate;
    private DelegatedKeys _kept = null!;
    private GrantId _given;
    private GrantId _own;

    private PatientDelegations Delegations => _story.Phone.Wallet.Delegations;

    private ActingForOthers Acting => _carer.Wallet.ActingFor;

    private TestNode Clinic => _story.Clinic;

    private SubjectId Laboratory => _story.SubjectOf(Category.Laboratory);

    [OneTimeSetUp]
    public async Task MeetAsync()
    {
        _story = await ThreeOrganisations.MeetAsync("Delegating");
        _carer = await Phone.BuyAsync(_story.Consortium);
        await _story.ConnectAsync();
        _scope = new DelegationScope([_story.Relationship], [Category.Laboratory], DelegateActs.Grant | DelegateActs.End | DelegateActs.SeeLog, [PurposeOfUse.Treatment], Today.AddDays(60));
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _kept?.Dispose();
        _carer?.Dispose();
        _story?.Dispose();
    }

    [Test]
    public async Task From_the_invitation_to_the_end_and_to_another_carer_who_leaves()
    {
        await They_agree();
        await The_carer_grants_the_laboratory_to_the_clinic_which_reads();
        await The_patient_sees_who_granted();
        await The_carers_wallet_does_nothing_outside_its_scope();
        await The_ledger_refuses_what_a_wallet_of_other_software_signs();
        await What_was_granted_for_another_purpose_opens_nothing_and_the_patient_sees_it();
        await Keys_of_the_carers_own_are_never_given_those_of_a_later_epoch();
        await The_carer_sees_the_log_and_ends_a_grant_of_the_patients();
        await The_patient_ends_it_and_what_was_granted_ends_with_it();
        await What_the_carer_keeps_acts_no_more_and_opens_nothing_new();
        await A_carer_who_leaves_leaves_the_grants();
        await A_new_phone_knows_who_it_was();
        await While_no_member_answers_it_shows_what_it_knew_and_says_so();
        Assert.That(_story.Phone.Alarms.All, Is.Empty);
        Assert.That(_carer.Alarms.All, Is.Empty);
    }

    private async Task They_agree()
    {
        var invitation = Delegations.Invite(_scope, "Anna");
        Assert.That(await _story.Phone.Wallet.ActingFor.AcceptAsync(invitation, CancellationToken.None), Is.Null, "nobody is one's own delegate");
        Assert.That(await Acting.AcceptAsync("hello", CancellationToken.None), Is.Null);
        var answer = (await Acting.AcceptAsync(invitation, CancellationToken.None))!;
        Assert.That(_carer.Wallet.Delegations.ReadAcceptance(answer, "Bea"), Is.Null, "another wallet's");
        Assert.That(Delegations.ReadAcceptance("hello", "Bea"), Is.Null);
        _mandate = Acting.All.Single().Mandate;
        Assert.That(await Acting.ReadAsync(_mandate, CancellationToken.None), Is.Null, "nothing has been left yet");

        var accepted = Delegations.ReadAcceptance(answer, "Bea")!;
        Assert.That(accepted.Mandate, Is.EqualTo(_mandate));
        Assert.That(await Delegations.BeginAsync(accepted, _scope with { Categories = [Category.Laboratory, Category.Medications] }, CancellationToken.None), Is.EqualTo(DelegateOutcome.BadScope), "the carer has given one key");
        Assert.That(await Delegations.BeginAsync(accepted, _scope with { Last = Today.AddDays(SubjectContract.MostDays) }, CancellationToken.None), Is.EqualTo(DelegateOutcome.BadScope));
        Assert.That(await Delegations.BeginAsync(accepted, _scope with { Relationships = [77] }, CancellationToken.None), Is.EqualTo(DelegateOutcome.NotConnected));
        Assert.That(await Delegations.BeginAsync(accepted, _scope, CancellationToken.None), Is.EqualTo(DelegateOutcome.Delegated));
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None), "a second time changes nothing");
        var shown = (await Delegations.ReadAsync(CancellationToken.None)).All.Single();
        Assert.That((shown.Name, shown.Status, shown.Mandate, shown.Done.Count), Is.EqualTo(("Bea", DelegationStatus.Active, _mandate, 0)));

        var may = (await Acting.ReadAsync(_mandate, CancellationToken.None))!;
        Assert.That((may.Name, may.Subjects.Single().Author, may.Subjects.Single().Category), Is.EqualTo(("Anna", _story.Hospital.Organisation, Category.Laboratory)));
    }

    private async Task The_carer_grants_the_laboratory_to_the_clinic_which_reads()
    {
        _given = await GrantAsync(_mandate, Category.Laboratory);
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", ("X-Acting-Person", "Dr Li"))).Ids, Has.Count.EqualTo(3));
        Assert.That((await Clinic.GetAsync($"MedicationRequest?patient={_story.AtClinic}")).Ids, Is.Empty);
    }

    private async Task The_patient_sees_who_granted()
    {
        var grant = (await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single();
        Assert.That((grant.Id, grant.GrantedBy, grant.Grantee, grant.GranteeProven, grant.Status), Is.EqualTo((_given, "Bea", Clinic.Organisation, true, GrantStatus.Active)));
        var told = await Delegations.ReadAsync(CancellationToken.None);
        Assert.That(told.Findings.Select(finding => (finding.Kind, finding.By, finding.Category)), Is.EqualTo(new[] { (FindingKind.ActedByDelegate, Clinic.Organisation, Category.Laboratory) }));
        Assert.That(told.All.Single().Done.Select(act => (act.Kind, act.Grant)), Is.EqualTo(new[] { (DelegateActKind.Granted, _given) }));

        var log = await _story.Phone.ReadLogAsync(_story.Relationship);
        Assert.That(log.Complete, string.Join("; ", log.Findings));
        var byClinic = log.Events.Where(seen => seen.Organisation == Clinic.Organisation).ToList();
        Assert.That(byClinic, Is.Not.Empty);
        Assert.That(byClinic.Select(seen => (seen.GrantedBy, seen.Readable, seen.OrganisationProven)).Distinct(), Is.EqualTo(new[] { ("Bea", true, true) }));
    }

    private async Task The_carers_wallet_does_nothing_outside_its_scope()
    {
        var order = await OrderAsync(Category.Laboratory);
        foreach (var beyond in new[] { order with { Categories = [Category.Medications] }, order with { Purposes = [PurposeOfUse.Payment] }, order with { Last = Today.AddDays(61) }, order with { Author = Clinic.Organisation } })
        {
            Assert.That(await Acting.GrantAsync(_mandate, beyond, CancellationToken.None), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.NotDelegated)));
        }

        _kept = await FindKeysAsync(_mandate);
        Assert.That(_kept.Subjects.Select(subject => (subject.Subject, subject.Epochs.Count)), Is.EqualTo(new[] { (Laboratory, 1) }), "keys of what was delegated, and of nothing else");
    }

    private async Task The_ledger_refuses_what_a_wallet_of_other_software_signs()
    {
        using var key = KeyOf(_mandate);
        using var another = Ed25519PrivateKey.Generate();
        var (subject, until) = (_kept.Subjects[0], DateTimeOffset.UtcNow + Entry.UsualValidity);
        var asPatient = new ConsentEntries(Laboratory, key, Genesis);
        var asCarer = new DelegateEntries(Laboratory, subject.Delegation, key, Genesis);
        var body = Body(Today.AddDays(10));
        foreach (var (entry, code) in new[]
        {
            (asPatient.Grant(body, until), "entry-signature"),
            (asPatient.Revoke(new Revoked(_given, 1, Digest.Of("mine"u8)), until), "entry-signature"),
            (asPatient.StartEpoch(new EpochStarted(1, Digest.Of("mine"u8)), until), "entry-signature"),
            (asPatient.Erase(new Erased(Digest.Of("a record"u8), default), until), "entry-signature"),
            (asPatient.SetEmergencyPolicy(new EmergencyPolicySet(1, new EmergencyRule(default, 0, ["hospital"])), until), "entry-signature"),
            (asPatient.ReplaceKey(another, until), "entry-signature"),
            (asPatient.Delegate(new Delegated(DelegationId.FromBytes(new byte[16]), another.Public, DelegateActs.Grant, [PurposeOfUse.Treatment], body.Days.Last, default), until), "entry-signature"),
            (asPatient.EndDelegation(subject.Delegation, new SubjectsEnding(1, Digest.Of("mine"u8), true), until), "entry-signature"),
            (new DelegateEntries(_story.SubjectOf(Category.Medications), subject.Delegation, key, Genesis).Grant(body, until), "entry-signature"),
            (new DelegateEntries(Laboratory, subject.Delegation, another, Genesis).Grant(body, until), "entry-signature"),
            (asCarer.Grant(Body(Today.AddDays(61)), until), "delegation-days"),
            (asCarer.EndGrant(GrantId.Generate(), until), "grant-not-open"),
        })
        {
            var (status, _, text) = await Clinic.SubmitAsync(entry.SignedBytes);
            Assert.That(((int)status, text), Is.EqualTo((422, text)), entry.Type.ToString());
            Assert.That(text, Does.Contain(code), entry.Type.ToString());
        }
    }

    private async Task What_was_granted_for_another_purpose_opens_nothing_and_the_patient_sees_it()
    {
        using var key = KeyOf(_mandate);
        var subject = _kept.Subjects[0];
        using var memos = subject.OpenMemos();
        var nodes = new ConsortiumNodes(_carer.Host.Consortium, new KnownMembers(_carer.Host.Consortium.Genesis), _carer.Host.Route, _carer.Host.Settings);
        var node = nodes.Find(Clinic.Organisation)!;
        Assert.That((await node.Wallet.RequestReaderKeysAsync(await Clinic.RequestAccessAsync(_story.AtClinic), 1, CancellationToken.None)).TryGet(out var offer));
        var terms = new GrantTerms(Salt.Generate(), Laboratory, 0, 0, [PurposeOfUse.Payment], null, Future: true);
        var id = GrantId.Generate();
        var access = new AccessKey
        {
            Grant = id,
            Subject = Laboratory,
            Author = subject.Author,
            Category = subject.Category,
            Terms = terms,
            LogKey = memos.DeriveLogKey(id),
            Epochs = subject.Epochs,
            Records = [],
            PatientLink = offer!.Statement.PatientLink,
        };
        var (message, digest) = access.Seal(offer.Keys[0].Answer);
        var memo = memos.Seal(id, new GrantMemo(Clinic.Organisation, subject.Category, terms, offer.Keys[0].Answer, offer.Statement.SignedBytes));
        var body = Body(Today.AddDays(10)) with { Id = id, ReaderKey = offer.Keys[0].Reader, AnswerKeyDigest = offer.Keys[0].Answer.Digest, TermsDigest = terms.Digest, AccessKeyDigest = digest, Memo = memo };
        var (status, _, text) = await Clinic.SubmitAsync(new DelegateEntries(Laboratory, subject.Delegation, key, Genesis).Grant(body, DateTimeOffset.UtcNow + Entry.UsualValidity).SignedBytes);
        Assert.That((int)status, Is.EqualTo(200), text);
        Assert.That(await node.Wallet.DeliverAsync(new GrantDelivery(id, offer.Keys[0].Reader, message), Laboratory.Topic, CancellationToken.None), Is.InstanceOf<Client.Transport.Answer<Done>.Given>());

        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}", ("X-Purpose-Of-Use", "HPAYMT"))).Ids, Is.Empty);
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Ids, Has.Count.EqualTo(3), "for treatment as before");
        Assert.That((await Delegations.ReadAsync(CancellationToken.None)).Findings.Count(finding => finding.Kind == FindingKind.DelegateBeyondScope && finding.Detail.Contains(id.ToString()!, StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(await Acting.EndGrantAsync(_mandate, id, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
    }

    private async Task Keys_of_the_carers_own_are_never_given_those_of_a_later_epoch()
    {
        // Behind a statement that the clinic has signed for other keys, and with epochs that have not begun.
        using var key = KeyOf(_mandate);
        using var answer = XWingPrivateKey.Generate();
        var subject = _kept.Subjects[0];
        using var memos = subject.OpenMemos();
        var nodes = new ConsortiumNodes(_carer.Host.Consortium, new KnownMembers(_carer.Host.Consortium.Genesis), _carer.Host.Route, _carer.Host.Settings);
        Assert.That((await nodes.Find(Clinic.Organisation)!.Wallet.RequestReaderKeysAsync(await Clinic.RequestAccessAsync(_story.AtClinic), 1, CancellationToken.None)).TryGet(out var offer));
        var terms = new GrantTerms(Salt.Generate(), Laboratory, 0, 5, [PurposeOfUse.Treatment], null, Future: true);
        var body = Body(Today.AddDays(10)) with { TermsDigest = terms.Digest, AnswerKeyDigest = answer.Public.Digest };
        body = body with { Memo = memos.Seal(body.Id, new GrantMemo(Clinic.Organisation, subject.Category, terms, answer.Public, offer!.Statement.SignedBytes)) };
        var (status, _, text) = await Clinic.SubmitAsync(new DelegateEntries(Laboratory, subject.Delegation, key, Genesis).Grant(body, DateTimeOffset.UtcNow + Entry.UsualValidity).SignedBytes);
        Assert.That((int)status, Is.EqualTo(200), text);
        _own = body.Id;
        Assert.That((await Delegations.ReadAsync(CancellationToken.None)).Findings.Count(finding => finding.Kind == FindingKind.DelegateBeyondScope && finding.Detail.Contains(_own.ToString()!, StringComparison.Ordinal)), Is.EqualTo(1));
        var shown = (await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Id == _own);
        Assert.That((shown.GrantedBy, shown.GranteeProven), Is.EqualTo(("Bea", false)));
    }

    private async Task The_carer_sees_the_log_and_ends_a_grant_of_the_patients()
    {
        var atInsurer = await _story.Insurer.RegisterPatientAsync("Delegating");
        var own = (await _story.Phone.GrantAsync(_story.Relationship, _story.Insurer, atInsurer, Category.Laboratory)).Single();
        Assert.That((await _story.Insurer.GetAsync($"Observation?patient={atInsurer}", ("X-Acting-Person", "Clerk"))).Ids, Has.Count.EqualTo(3));
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None));

        var seen = (await Acting.ReadAccessLogAsync(_mandate, CancellationToken.None))!;
        Assert.That(seen.Where(one => one.Readable).Select(one => one.Person).Distinct(), Is.SupersetOf(new[] { "Dr Li", "Clerk" }));
        var grants = (await Acting.ReadAsync(_mandate, CancellationToken.None))!.Subjects.Single().Grants;
        Assert.That(grants.Single(grant => grant.Id == own).Grantee, Is.EqualTo(_story.Insurer.Organisation));
        Assert.That(await Acting.EndGrantAsync(_mandate, own, CancellationToken.None), Is.EqualTo(RevokeOutcome.Revoked));
        Assert.That((await _story.Insurer.GetAsync($"Observation?patient={atInsurer}")).Ids, Is.Empty);
        var ended = (await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Id == own);
        Assert.That((ended.Status, ended.GrantedBy, ended.EndedBy), Is.EqualTo((GrantStatus.Revoked, (string?)null, "Bea")));

        var epoch = await _story.EpochAsync(Category.Laboratory);
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None));
        Assert.That(await _story.EpochAsync(Category.Laboratory), Is.EqualTo(epoch + 1), "the patient's wallet takes the epoch on, as after a lapsed grant");
        var extended = (await _story.EntriesAsync(Laboratory)).Select(entry => entry.Type == ConsentEntryTypes.GrantExtended ? GrantExtended.TryParse(entry.Body) : null).OfType<GrantExtended>().SelectMany(one => one.Grants).ToList();
        Assert.That(extended.Select(one => one.Grant), Does.Contain(_given).And.Not.Contain(_own));
        Assert.That((await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Id == _own).Delivered, Is.False);
        using var next = await FindKeysAsync(_mandate);
        Assert.That(next.Subjects[0].Epochs[^1].Epoch, Is.EqualTo(epoch + 1), "and the carer, who stays, along");
    }

    private async Task The_patient_ends_it_and_what_was_granted_ends_with_it()
    {
        var epoch = await _story.EpochAsync(Category.Laboratory);
        Assert.That(await Delegations.EndAsync(_mandate, endsGrants: true, CancellationToken.None));
        var told = await Delegations.ReadAsync(CancellationToken.None);
        Assert.That(told.All.Single().Status, Is.EqualTo(DelegationStatus.Ended));
        var beyond = told.Findings.Where(finding => finding.Kind == FindingKind.DelegateBeyondScope).Select(finding => finding.Detail).ToList();
        Assert.That(beyond, Has.Count.EqualTo(1), "what the patient has ended needs nobody any more; what the carer has ended is told all the same");
        Assert.That(beyond[0], Does.Not.Contain(_own.ToString()));
        Assert.That(await _story.EpochAsync(Category.Laboratory), Is.EqualTo(epoch + 1));
        Assert.That((await Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Ids, Is.Empty);
        Assert.That((await _story.Phone.Wallet.ListGrantsAsync(CancellationToken.None)).Single(grant => grant.Id == _given).Status, Is.EqualTo(GrantStatus.Revoked));
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None));
        Assert.That(await _story.EpochAsync(Category.Laboratory), Is.EqualTo(epoch + 1), "once is enough");
    }

    private async Task What_the_carer_keeps_acts_no_more_and_opens_nothing_new()
    {
        Assert.That((await Acting.ReadAsync(_mandate, CancellationToken.None))!.Subjects, Is.Empty);
        Assert.That(await Acting.GrantAsync(_mandate, await OrderAsync(Category.Laboratory), CancellationToken.None), Is.EqualTo(new GrantOutcome.NotOrdered(GrantRefusal.NotDelegated)));
        using var key = KeyOf(_mandate);
        var entries = new DelegateEntries(Laboratory, _kept.Subjects[0].Delegation, key, Genesis);
        foreach (var entry in new[] { entries.Grant(Body(Today.AddDays(10)), DateTimeOffset.UtcNow + Entry.UsualValidity), entries.EndGrant(_given, DateTimeOffset.UtcNow + Entry.UsualValidity), entries.Leave(DateTimeOffset.UtcNow + Entry.UsualValidity) })
        {
            var (status, _, text) = await Clinic.SubmitAsync(entry.SignedBytes);
            Assert.That((int)status, Is.EqualTo(422), entry.Type.ToString());
            Assert.That(text, Does.Contain("entry-signature"));
        }

        await _story.Hospital.KeepAsync(Resources.Observation(_story.AtHospital, "718-7", "2026-01-01", value: 4));
        var epoch = await _story.EpochAsync(Category.Laboratory);
        Assert.That(_kept.Subjects[0].Epochs.All(kept => kept.Epoch < epoch));
        await _story.Phone.GrantAsync(_story.Relationship, Clinic, _story.AtClinic, Category.Laboratory);
        await Eventually.BecomesTrueAsync("the clinic reads the new one, whose key is the new epoch's", async () => (await Clinic.GetAsync($"Observation?patient={_story.AtClinic}")).Ids.Count == 4);
    }

    private async Task A_carer_who_leaves_leaves_the_grants()
    {
        var scope = _scope with { Categories = [Category.Problems] };
        var accepted = Delegations.ReadAcceptance((await Acting.AcceptAsync(Delegations.Invite(scope, "Anna"), CancellationToken.None))!, "Carl")!;
        Assert.That(await Delegations.BeginAsync(accepted, scope, CancellationToken.None), Is.EqualTo(DelegateOutcome.Delegated));
        var second = Acting.All[^1].Mandate;
        await GrantAsync(second, Category.Problems);
        Assert.That(await Acting.LeaveAsync(second, CancellationToken.None));
        Assert.That(await _story.Phone.Wallet.ResumeAsync(CancellationToken.None));
        Assert.That((await Clinic.GetAsync($"Condition?patient={_story.AtClinic}")).Ids, Has.Count.EqualTo(1));
        var shown = (await Delegations.ReadAsync(CancellationToken.None)).All.Single(one => one.Mandate == second);
        Assert.That((shown.Status, string.Join(", ", shown.Done.Select(act => act.Kind))), Is.EqualTo((DelegationStatus.Ended, "Granted, Left")));
        Assert.That(await _story.EpochAsync(Category.Problems), Is.EqualTo(1), "who has left gets no keys of what is written later");
    }

    private async Task A_new_phone_knows_who_it_was()
    {
        using var phone = await Phone.ReplaceAsync(_story.Consortium, _story.Phone.Wallet.ToPhrase());
        await phone.Wallet.RestoreAsync(CancellationToken.None);
        var shown = await phone.Wallet.Delegations.ReadAsync(CancellationToken.None);
        Assert.That(shown.All.Select(one => (one.Name, one.Status)), Is.EqualTo(new[] { ("Bea", DelegationStatus.Ended), ("Carl", DelegationStatus.Ended) }));
        using var carers = await Phone.ReplaceAsync(_story.Consortium, _carer.Wallet.ToPhrase());
        await carers.Wallet.RestoreAsync(CancellationToken.None);
        Assert.That(carers.Wallet.ActingFor.All.Select(one => one.Name), Is.EqualTo(new[] { "Anna", "Anna" }));
    }

    private async Task While_no_member_answers_it_shows_what_it_knew_and_says_so()
    {
        Assert.That((await Delegations.ReadAsync(CancellationToken.None)).Complete);
        foreach (var node in _story.Consortium.Nodes)
        {
            await node.StopAsync();
        }

        var shown = await Delegations.ReadAsync(CancellationToken.None);
        Assert.That((shown.Complete, string.Join(", ", shown.All.Select(one => one.Name))), Is.EqualTo((false, "Bea, Carl")));
    }

    private Digest Genesis => _story.Consortium.Genesis.Digest;

    private async Task<GrantId> GrantAsync(MandateId mandate, Category category)
    {
        var outcome = await Acting.GrantAsync(mandate, await OrderAsync(category), CancellationToken.None);
        Assert.That(outcome, Is.InstanceOf<GrantOutcome.Ordered>(), outcome.ToString());
        Assert.That(((GrantOutcome.Ordered)outcome).Waiting, Is.Empty);
        return ((GrantOutcome.Ordered)outcome).Grants.Single();
    }

    private async Task<ActingOrder> OrderAsync(Category category) => new(
        _story.Hospital.Organisation, [category], new AccessInvitation(Clinic.Organisation, await Clinic.RequestAccessAsync(_story.AtClinic)), [PurposeOfUse.Treatment], Today, Today.AddDays(30), Future: true);

    private static GrantBody Body(DateOnly last)
    {
        using var reader = Ed25519PrivateKey.Generate();
        return new GrantBody(GrantId.Generate(), reader.Public, default, DayRange.Of(Today, last), default, default, default);
    }

    private Ed25519PrivateKey KeyOf(MandateId mandate)
    {
        using var seed = WalletSeed.FromPhrase(_carer.Wallet.ToPhrase())!;
        return seed.DeriveDelegateKey(mandate.Key, 0);
    }

    private async Task<DelegatedKeys> FindKeysAsync(MandateId mandate)
    {
        using var seed = WalletSeed.FromPhrase(_carer.Wallet.ToPhrase())!;
        using var key = seed.DeriveDelegateSealingKey(mandate.Key);
        var signedBytes = await Clinic.Client.GetByteArrayAsync("/wallet/directories/" + Convert.ToHexStringLower(mandate.Key.ToArray()));
        return DelegatedKeys.Open(mandate, PublishedKeys.TryParse(SealedDirectory.Open(signedBytes, mandate.Key, Genesis)!.Sealed)!, key)!;
    }
}
