using EhrLedger.Fhir.Profiles;
using EhrLedger.Fhir.Views;
using EhrLedger.Fhir.Views.Audit;
using EhrLedger.Fhir.Views.Consents;
using EhrLedger.Fhir.Views.Provenances;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Views;

/// <summary>What a node makes keeps the profiles of this project that it says it keeps.</summary>
public sealed class ViewProfileTests
{
    private const string Did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

    private static readonly DateTimeOffset At = new(2026, 11, 28, 5, 6, 7, TimeSpan.Zero);
    private static readonly AnchorExtension Anchor = new(ulong.MaxValue, 3, new byte[] { 1, 2 }, "log.example\n1\nAAAA\n\n\u2014 log.example AAAA\n");
    private static readonly AnchorExtension OfEntry = new(0, null, default, "log.example\n1\nAAAA\n\n\u2014 log.example AAAA\n");
    private static readonly AuditedAsker Asker = new("Dr Li Wei", "physician", "TREAT");
    private static readonly AuditedEvent Event = new("r-1-0", "Patient/1", At, new AuditedEnd(Did, null) { Client = "ward" }, new AuditedEnd(Did, "https://hospital.example/fhir"), Did);
    private static readonly ResourceReference[] Record = [new("Observation/1/_history/2")];

    private static IEnumerable<TestCaseData> Views()
    {
        foreach (var change in Enum.GetValues<RecordChange>())
        {
            yield return Case($"Provenance of {change}", RecordProvenance.Complete(new RecordProvenance("w-1", "Observation/1/_history/2", "Patient/1", Did, At, change, 0).Outline(), new byte[] { 1 }, Anchor));
            yield return Case($"AuditEvent of {change}", Event.Wrote(Record[0], change, Asker));
            yield return Case($"AuditEvent of {change} of whom nothing was kept", Event.Wrote(Record[0], change, asker: null));
        }

        yield return Case("Provenance that is not final yet", RecordProvenance.Complete(new RecordProvenance("g-1", "Observation/1", "Patient/1", Did, At, null, 7).Outline(), new byte[] { 1 }, null));
        yield return Case("read", Event.Asked("GET /fhir/Observation/1", Asker, Record, shown: true));
        yield return Case("read of nobody in particular", Event.Asked("GET /fhir/Observation/1/_history/2", new AuditedAsker("", "", "HPAYMT"), Record, shown: true));
        yield return Case("search", Event.Asked("GET /fhir/Observation?code=x", Asker, [Record[0], new("Condition/1/_history/1")], shown: true));
        yield return Case("search by a role alone", Event.Asked("POST /fhir/Observation/_search\n\ncode=x", new AuditedAsker("", "nurse", "TREAT"), [], shown: false));
        yield return Case("operation", Event.Asked("GET /fhir/Patient/1/$everything", Asker, Record, shown: true));
        yield return Case("what is not known", Event.Asked(null, Asker, Record, shown: true));
        yield return Case("grant", Event.Granted(new ResourceReference("Consent/c-1"), ended: false));
        yield return Case("revocation", Event.Granted(new ResourceReference("Consent/c-1"), ended: true));
        foreach (var records in (string[]?[])[null, ["00112233445566778899aabbccddeeff"]])
        {
            yield return Case(
                records is null ? "Consent" : "Consent for single records",
                new GrantConsent("c-1", "Patient/1", Did, Did, At, new DateOnly(2026, 11, 28), new DateOnly(2026, 12, 28), "Laboratory", ["HPAYMT", "TREAT"], records, records is null).ToConsent(new byte[] { 1 }, OfEntry));
        }

        static TestCaseData Case(string name, Resource view) => new TestCaseData(view).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Views))]
    public void Keeps_what_it_declares(Resource view)
    {
        Assert.That(view.Meta!.Profile.Where(ProfileSet.Own.Has), Is.Not.Empty);
        Assert.That(ProfileSet.Own.CheckDeclared(view).Select(issue => $"{issue.Diagnostics} {string.Join(',', issue.Expression)}"), Is.Empty);
    }

    [Test]
    public void Where_a_profile_asks_for_what_is_not_known_it_is_not_declared()
    {
        Assert.That(Event.Searched("search-type", null, Asker, []).Meta!.Profile, Is.Empty, "the question");
        Assert.That(Event.Read("read", Asker, [Record[0], new("Condition/1/_history/1")], shown: true).Meta!.Profile, Is.Empty, "one record");
        Assert.That(Event.Read("read", Asker, Record, shown: false).Meta!.Profile, Is.Empty, "a success");
    }
}
