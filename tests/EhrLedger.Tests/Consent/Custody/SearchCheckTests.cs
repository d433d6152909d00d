using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Custody;

/// <summary>One test for each condition of an index holder; the insurer holds the index, the clinic asks.</summary>
public sealed class SearchCheckTests
{
    private CareStory _story = null!;
    private ClinicGrant _grant = null!;

    [SetUp]
    public void A_grant_is_given()
    {
        _story = new CareStory().Open();
        _grant = _story.Grant();
    }

    [Test]
    public void Permits_what_is_granted_and_final()
    {
        var (index, opening) = Announce();
        Assert.That(Decide(Request(index, opening)), Is.InstanceOf<SearchDecision.Permitted>());
    }

    [Test]
    public void Permits_until_the_entry_is_fifteen_minutes_old()
    {
        var (index, opening) = Announce();
        _story.Ledger.Now += TimeSpan.FromMinutes(15);
        Assert.That(Decide(Request(index, opening)), Is.InstanceOf<SearchDecision.Permitted>());
        _story.Ledger.Now += TimeSpan.FromMilliseconds(1);
        Denies(Request(index, opening), AccessDenial.EntryTooOld);
    }

    [Test]
    public void Denies_a_request_to_another_holder()
    {
        var (index, opening) = Announce();
        Denies(Request(index, opening, holder: Consortium.Hospital), AccessDenial.OtherAddressee);
    }

    [Test]
    public void Denies_a_request_that_is_more_than_two_minutes_off()
    {
        var (index, opening) = Announce();
        var request = Request(index, opening);
        _story.Ledger.Now += TimeSpan.FromSeconds(121);
        Denies(request, AccessDenial.RequestNotFresh);
    }

    [Test]
    public void Denies_a_request_from_the_end_of_time()
    {
        var (index, opening) = Announce();
        Denies(Request(index, opening, now: DateTimeOffset.MaxValue), AccessDenial.RequestNotFresh);
    }

    [Test]
    public void Denies_while_its_own_final_checkpoint_is_older_than_thirty_seconds()
    {
        var (index, opening) = Announce();
        _story.Ledger.CheckpointAge = TimeSpan.FromSeconds(31);
        Denies(Request(index, opening), AccessDenial.ReplicaStale);
    }

    [Test]
    public void Denies_a_read_entry()
    {
        var read = _story.Announce(_grant, _story.Write("Metformin"));
        Denies(Request(read.Index, new SearchOpening(Salt.Generate(), PurposeOfUse.Treatment, default)), AccessDenial.NoSuchEntry);
    }

    [Test]
    public void Denies_an_entry_that_is_not_final()
    {
        var (index, opening) = Announce();
        _story.Ledger.FinalSize = index;
        Denies(Request(index, opening), AccessDenial.EntryNotFinal);
    }

    [Test]
    public void Denies_an_entry_of_another_subject()
    {
        var other = new CareStory(patient: 2) { Ledger = _story.Ledger }.Open();
        var (index, opening) = Announce(other.Grant());
        Denies(Request(index, opening), AccessDenial.OtherSubject);
    }

    [Test]
    public void Denies_a_grant_that_was_revoked()
    {
        var (index, opening) = Announce();
        _story.Ledger.Append(Revocation());
        Denies(Request(index, opening), AccessDenial.GrantNotOpen);
    }

    [Test]
    public void Denies_a_grant_as_soon_as_it_holds_a_signed_revocation()
    {
        var (index, opening) = Announce();
        _story.Revocations.Offer(Revocation(), _story.Ledger);
        Denies(Request(index, opening), AccessDenial.GrantRevoked);
    }

    [Test]
    public void Denies_a_grant_outside_its_days_by_its_own_clock()
    {
        _grant = _story.Grant(days: new DayRange(_story.Ledger.Today, _story.Ledger.Today));
        _story.Ledger.Now = new DateTimeOffset(2026, 3, 1, 23, 59, 59, TimeSpan.Zero);
        var (index, opening) = Announce();
        _story.Ledger.Now += TimeSpan.FromSeconds(1);
        Denies(Request(index, opening), AccessDenial.GrantNotToday);
    }

    [Test]
    public void Denies_a_request_that_the_reader_key_did_not_sign()
    {
        var (index, opening) = Announce();
        using var forger = new Dice(77).SigningKey();
        Denies(Request(index, opening, key: forger), AccessDenial.BadSignature);
    }

    [Test]
    public void Denies_terms_that_are_not_the_grants()
    {
        var (index, opening) = Announce();
        Denies(Request(index, opening, terms: _grant.Access.Terms with { Salt = Salt.Generate() }), AccessDenial.OtherTerms);
    }

    [Test]
    public void Denies_an_opening_that_the_entry_does_not_commit_to()
    {
        var (index, opening) = Announce();
        Denies(Request(index, opening with { QueryDigest = Digest.Of("another"u8) }), AccessDenial.OtherOpening);
    }

    [Test]
    public void Denies_a_purpose_that_is_not_granted()
    {
        var (index, opening) = Announce(purpose: PurposeOfUse.Payment);
        Denies(Request(index, opening), AccessDenial.PurposeNotGranted);
    }

    [Test]
    public void Denies_a_purpose_that_a_delegate_had_no_right_to_grant()
    {
        using var carer = new Dice(77).SigningKey();
        var acting = _story.Delegate(carer);
        _grant = _story.Grant(purpose: PurposeOfUse.Payment, by: acting);
        var (index, opening) = Announce(purpose: PurposeOfUse.Payment);
        Denies(Request(index, opening), AccessDenial.PurposeNotGranted);
        _grant = _story.Grant(by: acting);
        (index, opening) = Announce();
        Assert.That(Decide(Request(index, opening)), Is.InstanceOf<SearchDecision.Permitted>());
    }

    private SearchDecision Decide(SearchRequest request) =>
        new SearchCheck(Consortium.Insurer.Id, CareStory.Genesis).Decide(request, _story.Ledger, _story.Revocations, _story.Ledger.Now);

    private void Denies(SearchRequest request, AccessDenial denial) => Assert.That(Decide(request), Is.EqualTo(new SearchDecision.Denied(denial)));

    private (ulong Index, SearchOpening Opening) Announce(ClinicGrant? grant = null, PurposeOfUse? purpose = null)
    {
        grant ??= _grant;
        var (entry, opening) = AccessEntries.Search(
            ReaderGrant.Of(grant.Access, grant.Keys),
            new Asker(Consortium.Clinic.Id, "Practitioner/9", "physician"),
            purpose ?? PurposeOfUse.Treatment,
            Digest.Of("query"u8),
            _story.Ledger.ValidUntil,
            CareStory.Genesis);
        return (_story.Ledger.Append(entry), opening);
    }

    private SearchRequest Request(
        ulong index, SearchOpening opening, Party? holder = null, GrantTerms? terms = null, Ed25519PrivateKey? key = null, DateTimeOffset? now = null) => SearchRequest.Sign(
            index,
            (holder ?? Consortium.Insurer).Id,
            terms ?? _grant.Access.Terms,
            opening,
            [[_grant.Access.Epochs[0].IndexKey.TokenOf("code|metformin")]],
            0,
            50,
            key ?? _grant.Keys.Reader,
            now ?? _story.Ledger.Now,
            CareStory.Genesis);

    private Entry Revocation() =>
        _story.Entries.Revoke(new Revoked(_grant.Body.Id, 1, _story.Epochs[1].SealingKey.Public.Digest), _story.Ledger.ValidUntil);
}
