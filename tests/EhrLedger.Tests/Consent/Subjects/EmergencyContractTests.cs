using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using NUnit.Framework;

namespace EhrLedger.Tests.Consent.Subjects;

/// <summary>One test for each row of docs/contracts.md, Subjects, that is about emergencies.</summary>
public sealed class EmergencyContractTests : SubjectScene
{
    [Test]
    public void Sets_an_emergency_policy_and_switches_it_off()
    {
        SetPolicy(1);
        Assert.That((State.Emergencies.LastNumber, State.Emergencies.Rule!.Kinds), Is.EqualTo((1u, Rule.Kinds)).Using<IReadOnlyList<string>>((a, b) => a.SequenceEqual(b)));
        _ledger.Append(_entries.SetEmergencyPolicy(new EmergencyPolicySet(2, null), _ledger.ValidUntil));
        Assert.That((State.Emergencies.LastNumber, State.Emergencies.Rule), Is.EqualTo((2u, (EmergencyRule?)null)));
    }

    [TestCase(0u)]
    [TestCase(1u)]
    [TestCase(3u)]
    public void Refuses_an_emergency_policy_that_is_not_the_next(uint number)
    {
        SetPolicy(1);
        Refuses(_entries.SetEmergencyPolicy(new EmergencyPolicySet(number, Rule), _ledger.ValidUntil), "emergency-number");
    }

    [Test]
    public void Refuses_an_emergency_policy_after_the_last_number()
    {
        SetPolicy(1);
        var full = State.With(emergencies: State.Emergencies with { LastNumber = uint.MaxValue });
        Assert.That(Evaluate(new SubjectContract(Consortium.Genesis.Digest), full, _entries.SetEmergencyPolicy(new EmergencyPolicySet(0, Rule), _ledger.ValidUntil)), Is.EqualTo("emergency-number"));
    }

    [Test]
    public void Refuses_to_switch_off_what_is_not_set() => Refuses(_entries.SetEmergencyPolicy(new EmergencyPolicySet(1, null), _ledger.ValidUntil), "emergency-not-set");

    [Test]
    public void Ends_emergencies_with_their_policy()
    {
        SetPolicy(1);
        var (body, reader) = Declared();
        SetPolicy(2);
        Assert.That(State.FindGrant(body.Grant), Is.Null);
        Refuses(Access(27, body.Grant, reader), "entry-signature");
    }

    [TestCase(2u)]
    [TestCase(0u)]
    public void Refuses_an_emergency_under_another_policy_than_the_one_in_force(uint policy)
    {
        SetPolicy(1);
        Refuses(Declare(Emergency() with { Policy = policy }), "emergency-policy");
    }

    [Test]
    public void Refuses_an_emergency_without_a_policy() => Refuses(Declare(Emergency()), "emergency-policy");

    [Test]
    public void Refuses_an_emergency_after_the_policy_was_switched_off()
    {
        SetPolicy(1);
        _ledger.Append(_entries.SetEmergencyPolicy(new EmergencyPolicySet(2, null), _ledger.ValidUntil));
        Refuses(Declare(Emergency() with { Policy = 2 }), "emergency-policy");
    }

    [Test]
    public void Refuses_an_emergency_of_a_kind_of_organisation_that_the_policy_does_not_name()
    {
        SetPolicy(1);
        Refuses(Declare(Emergency(Consortium.Insurer), Consortium.Insurer), "emergency-kind");
    }

    [Test]
    public void Refuses_an_emergency_that_was_revoked()
    {
        SetPolicy(1);
        var (body, _) = Declared();
        _ledger.Append(_entries.Revoke(new Revoked(body.Grant, 1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Assert.That(State.FindGrant(body.Grant), Is.Null);
        Refuses(Declare(Emergency() with { Grant = body.Grant }, signedFor: body.Grant), "grant-revoked");
    }

    [Test]
    public void Refuses_an_emergency_that_is_open()
    {
        SetPolicy(1);
        var (body, _) = Declared();
        Refuses(Declare(Emergency() with { Grant = body.Grant }, signedFor: body.Grant), "grant-open-already");
    }

    [Test]
    public void Refuses_an_emergency_with_a_reader_key_that_an_open_grant_has()
    {
        SetPolicy(1);
        Refuses(Declare(Emergency() with { ReaderKey = Granted().ReaderKey }), "grant-reader-key-used");
    }

    [Test]
    public void Refuses_more_than_16_open_emergencies_and_takes_grants_all_the_same()
    {
        SetPolicy(1);
        for (var i = 0; i < 16; i++)
        {
            Declared();
        }

        Refuses(Declare(Emergency()), "emergencies-too-many");
        Granted();
        _ledger.Now += TimeSpan.FromHours(24);
        Declared();
    }

    [Test]
    public void Refuses_an_emergency_for_which_one_of_two_has_not_signed()
    {
        SetPolicy(1);
        var body = Emergency();
        Refuses(Declare(body with { Requesters = [body.Requesters[0], body.Requesters[1] with { Signature = new byte[64] }] }), "emergency-requesters");
        Refuses(Declare(Emergency() with { Reason = EmergencyReason.OthersInDanger }), "emergency-requesters");
    }

    [Test]
    public void Refuses_an_emergency_for_which_one_has_signed_twice()
    {
        SetPolicy(1);
        var body = Emergency();
        Refuses(Entry.Sign(ConsentEntryTypes.EmergencyAccess, _subject.Topic, (body with { Requesters = [body.Requesters[0], body.Requesters[0]] }).Encode(), _ledger.ValidUntil, Consortium.Clinic.SigningKey, Consortium.Genesis.Digest), "entry-signature");
    }

    [Test]
    public void Refuses_an_emergency_that_another_organisation_or_a_stranger_signs()
    {
        SetPolicy(1);
        Refuses(Declare(Emergency(), Consortium.Hospital), "entry-signature");
        Refuses(Declare(Emergency(Consortium.Stranger), Consortium.Stranger), "entry-signature");
    }

    [Test]
    public void Lets_who_declared_an_emergency_read_for_24_hours()
    {
        SetPolicy(1);
        var (body, reader) = Declared();
        _ledger.Append(Access(27, body.Grant, reader));
        _ledger.Now += TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1);
        _ledger.Append(Access(26, body.Grant, reader));
        _ledger.Now += TimeSpan.FromMilliseconds(1);
        Refuses(Access(27, body.Grant, reader), "grant-not-today");
    }

    [Test]
    public void Opens_an_emergency_with_the_terms_that_everybody_can_make()
    {
        SetPolicy(1);
        _ledger.Append(_entries.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        var (body, _) = Declared();
        var open = State.FindGrant(body.Grant)!;
        Assert.That(open.TermsDigest, Is.EqualTo(EmergencyRules.TermsOf(_subject, body.Grant, 1).Digest));
        Assert.That(open.Emergency, Is.EqualTo(new OpenEmergency(Consortium.Clinic.Id, (ulong)(_ledger.Now + TimeSpan.FromHours(24)).ToUnixTimeMilliseconds(), 1)));
    }

    [Test]
    public void Never_extends_an_emergency()
    {
        SetPolicy(1);
        var (body, _) = Declared();
        _ledger.Append(_entries.StartEpoch(new EpochStarted(1, Digest.Of("epoch 1"u8)), _ledger.ValidUntil));
        Refuses(_entries.Extend(Extension(1, body.Grant), _ledger.ValidUntil), "grant-not-open");
    }

    [Test]
    public void Survives_an_emergency_at_the_end_of_time()
    {
        SetPolicy(1);
        var verdict = new SubjectContract(Consortium.Genesis.Digest).Evaluate(State, Declare(Emergency()), new Moment(_ledger.Size, ulong.MaxValue, 5), Members.Of(Consortium.Genesis));
        Assert.That(verdict, Is.InstanceOf<Verdict.Accepted>());
    }

    [Test]
    public void Notes_a_dispute_once_also_of_an_emergency_that_has_ended()
    {
        SetPolicy(1);
        var (body, _) = Declared();
        _ledger.Now += TimeSpan.FromDays(30);
        _ledger.Append(_entries.Dispute(new EmergencyDisputed(body.Grant, DisputeGround.NoEmergency), _ledger.ValidUntil));
        Refuses(_entries.Dispute(new EmergencyDisputed(body.Grant, DisputeGround.TooMuch), _ledger.ValidUntil), "emergency-unknown");
    }

    [Test]
    public void Refuses_a_dispute_of_what_is_no_emergency_or_older_than_the_newest_64()
    {
        SetPolicy(1);
        Refuses(_entries.Dispute(new EmergencyDisputed(Granted().Id, DisputeGround.NoEmergency), _ledger.ValidUntil), "emergency-unknown");
        var (first, _) = Declared();
        for (var i = 0; i < 64; i++)
        {
            _ledger.Now += TimeSpan.FromDays(1);
            Declared();
        }

        Refuses(_entries.Dispute(new EmergencyDisputed(first.Grant, DisputeGround.NoEmergency), _ledger.ValidUntil), "emergency-unknown");
    }

    private static EmergencyRule Rule { get; } = new(Digest.Of("policy"u8), 0, ["clinic", "hospital"]);

    private void SetPolicy(uint number) => _ledger.Append(_entries.SetEmergencyPolicy(new EmergencyPolicySet(number, Rule), _ledger.ValidUntil));

    private (EmergencyAccess Body, Ed25519PrivateKey Reader) Declared()
    {
        var reader = new Dice(_random++).SigningKey();
        var body = Emergency() with { ReaderKey = reader.Public };
        _ledger.Append(Declare(body));
        return (body, reader);
    }

    private EmergencyAccess Emergency(Party? by = null)
    {
        var dice = new Dice(_random++);
        var body = new EmergencyAccess((by ?? Consortium.Clinic).Id, dice.Grant(), 1, EmergencyReason.NoTime, dice.SigningKey().Public, dice.Digest(), [], dice.Bytes(20));
        return body with { Requesters = Sign(body) };
    }

    private List<EmergencyRequester> Sign(EmergencyAccess body)
    {
        var message = EmergencyAccess.MessageOf(Consortium.Genesis.Digest, _subject.Topic, body.Grant, body.Organisation, body.Reason);
        return [.. new[] { new Dice(31).SigningKey(), new Dice(32).SigningKey() }.Select(key => new EmergencyRequester(key.Public, key.Sign(message))).OrderBy(requester => requester.Key)];
    }

    private Entry Declare(EmergencyAccess body, Party? by = null, GrantId? signedFor = null) => Entry.Sign(
        ConsentEntryTypes.EmergencyAccess,
        _subject.Topic,
        (signedFor is null ? body : body with { Requesters = Sign(body) }).Encode(),
        _ledger.ValidUntil,
        (by ?? Consortium.Clinic).SigningKey,
        Consortium.Genesis.Digest);
}
