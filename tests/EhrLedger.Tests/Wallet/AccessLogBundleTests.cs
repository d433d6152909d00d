using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Signing;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Profiles;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Wallet;

public sealed class AccessLogBundleTests
{
    private static readonly OrganisationId Organisation = new(Ed25519PublicKey.FromDidKey("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")!.Value);
    private static readonly RecordVersion[] Records = [new(RecordId.Generate(), 2), new(RecordId.Generate(), 1)];

    [Test]
    public void Each_kind_of_look_is_an_AuditEvent_that_keeps_the_profile(
        [Values] AccessKind kind, [Values("", "Dr Li Wei")] string person, [Values("", "physician")] string role, [Values] bool isProven, [Values] bool isFinal)
    {
        var seen = Seen(kind) with
        {
            Person = person,
            Role = role,
            OrganisationProven = isProven,
            Time = isFinal ? DateTimeOffset.UnixEpoch.AddDays(20_000) : null,
            Index = isFinal ? 7 : null,
            Purpose = isFinal ? PurposeOfUse.Treatment : null,
            Releases = isProven ? [new ReleaseSeen(Organisation, DateTimeOffset.UnixEpoch)] : [],
        };
        var made = Read([seen]).Single();
        Assert.Multiple(() =>
        {
            Assert.That(ProfileSet.Own.CheckDeclared(made).Select(issue => $"{issue.Diagnostics} {string.Join(',', issue.Expression)}"), Is.Empty);
            Assert.That(made.Agent.Count(agent => agent.Requestor == true), Is.EqualTo(1));
            Assert.That(made.Recorded, Is.EqualTo(seen.Time));
            Assert.That(made.Agent[0].Who!.Identifier?.Value, Is.EqualTo(isProven ? Organisation.ToString() : null));
            Assert.That(made.Agent[0].Who!.Display, Is.EqualTo(isProven ? "City Clinic" : "City Clinic (not proven)"));
            Assert.That(made.Entity.Select(entity => entity.What?.Identifier?.Value).OfType<string>(), Is.EqualTo(Records.Select(record => record.Record.ToString())));
        });
    }

    [Test]
    public void A_log_without_a_look_is_a_Bundle_without_entries() => Assert.That(Read([]), Is.Empty);

    [Test]
    public void What_a_reader_calls_itself_stays_a_text() =>
        Assert.That(Read([Seen(AccessKind.Read) with { Person = "\"},{\u0001\u2028</script>" }]).Single().Agent[2].Who!.Display, Is.EqualTo("\"},{\u0001\u2028</script>"));

    [TestCase("Bea", "Bea")]
    [TestCase("", "Somebody who acts for the patient")]
    public void Who_allowed_it_in_the_patients_place_is_an_agent_of_it(string name, string shown)
    {
        var made = Read([Seen(AccessKind.Read) with { GrantedBy = name }]).Single();
        Assert.That(ProfileSet.Own.CheckDeclared(made).Select(issue => issue.Diagnostics), Is.Empty);
        var delegatee = made.Agent.Single(agent => agent.Type!.Coding.Single().Code == "DELEGATEE");
        Assert.That((delegatee.Who!.Display, delegatee.Requestor), Is.EqualTo((shown, (bool?)false)));
        Assert.That(Read([Seen(AccessKind.Read)]).Single().Agent.SelectMany(agent => agent.Type!.Coding).Select(coding => coding.Code), Has.None.EqualTo("DELEGATEE"));
    }

    private static AccessEvent Seen(AccessKind kind) =>
        new(kind, DateTimeOffset.UnixEpoch, 7, Category.Laboratory, Organisation, null, Organisation, true, "", "", null, Records, null, true, []);

    private static IEnumerable<AuditEvent> Read(IEnumerable<AccessEvent> events) =>
        FhirJson.Parse(AccessLogBundle.Of(events, _ => "City Clinic", DateTimeOffset.UnixEpoch)) switch
        {
            ParsedResource.Accepted { Resource: Bundle { Type: Bundle.BundleType.Collection } bundle } => bundle.Entry.Select(entry => (AuditEvent)entry.Resource!),
            ParsedResource.Refused refused => throw new AssertionException(string.Join('\n', refused.Issues.Select(issue => issue.Diagnostics))),
            _ => throw new AssertionException("Not a collection."),
        };
}
