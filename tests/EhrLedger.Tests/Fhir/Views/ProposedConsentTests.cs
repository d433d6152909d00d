using EhrLedger.Fhir.Views.Consents;
using Hl7.Fhir.Model;
using NUnit.Framework;
using ConsentResource = Hl7.Fhir.Model.Consent;

namespace EhrLedger.Tests.Fhir.Views;

public sealed class ProposedConsentTests
{
    private static readonly DateOnly Today = new(2026, 11, 28);

    [TestCase("sent", false, false, ExpectedResult = "sent")]
    [TestCase("sent", true, false, ExpectedResult = "granted")]
    [TestCase("sent", true, true, ExpectedResult = "granted")]
    [TestCase("sent", false, true, ExpectedResult = "declined-or-no-answer")]
    [TestCase("granted", false, true, ExpectedResult = "granted", Description = "whether it still holds, the ledger says")]
    [TestCase(null, false, false, ExpectedResult = "sent")]
    public string Of_a_request_that_was_sent_it_says_what_came_of_it(string? before, bool isGranted, bool isOver) => ProposedConsent.Next(before, isGranted, isOver);

    [TestCase("2026-11-28", "2026-11-28", ExpectedResult = 1)]
    [TestCase("2026-11-01", "2026-12-27", ExpectedResult = 30)]
    [TestCase("2026-11-01", "2026-11-27", ExpectedResult = 0)]
    public int It_asks_for_the_days_that_are_left(string first, string last) => ProposedConsent.TermsOf(Request(first, last), Today).Days;

    [TestCase("2026-11-28", "2026-11-28", ExpectedResult = true)]
    [TestCase("2020-01-01", "2036-11-24", ExpectedResult = true, Description = "3,650 days")]
    [TestCase("2020-01-01", "2036-11-25", ExpectedResult = false)]
    [TestCase("2026-11-29", "2026-12-01", ExpectedResult = false, Description = "a grant begins on the day of the answer")]
    [TestCase("2026-11-01", "2026-11-27", ExpectedResult = false)]
    public bool It_takes_a_period_that_a_wallet_can_be_asked_for(string first, string last) => ProposedConsent.Check(Request(first, last), "did:key:self", Today) is null;

    [Test]
    public void A_purpose_that_stands_twice_is_asked_for_once()
    {
        var request = Request("2026-11-28", "2026-11-28");
        request.Provision!.Purpose.Add((Coding)request.Provision.Purpose[0].DeepCopy());
        Assert.That(ProposedConsent.TermsOf(request, Today).Purposes, Is.EqualTo(new[] { "TREAT" }));
    }

    [Test]
    public void Words_and_states_are_no_part_of_what_is_asked_for()
    {
        var (one, other) = (Request("2026-11-28", "2026-12-28"), Request("2026-11-28", "2026-12-28"));
        ProposedConsent.Mark(other, ProposedConsent.Sent);
        other.Language = "de";
        Assert.That(ProposedConsent.AskTheSame(one, other), Is.True);
        other.Provision!.SecurityLabel[0].Code = "Genetics";
        Assert.That(ProposedConsent.AskTheSame(one, other), Is.False);
    }

    private static ConsentResource Request(string first, string last) => new()
    {
        Status = ConsentResource.ConsentState.Proposed,
        Scope = new CodeableConcept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        Patient = new ResourceReference("Patient/1"),
        Provision = new ConsentResource.provisionComponent
        {
            Type = ConsentResource.ConsentProvisionType.Permit,
            Period = new Period { Start = first, End = last },
            Actor =
            [
                new ConsentResource.provisionActorComponent
                {
                    Role = new CodeableConcept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"),
                    Reference = new ResourceReference { Identifier = new Identifier("urn:ietf:rfc:3986", "did:key:self") },
                },
            ],
            SecurityLabel = [new Coding(GrantConsent.CategorySystem, "Laboratory")],
            Purpose = [new Coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "TREAT")],
        },
    };
}
