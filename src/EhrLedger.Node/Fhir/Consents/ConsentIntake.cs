using System.Security.Cryptography;
using EhrLedger.Fhir.Views.Consents;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Hosting;
using Hl7.Fhir.Model;
using ConsentResource = Hl7.Fhir.Model.Consent;

namespace EhrLedger.Node.Fhir.Consents;

/// <summary>
/// What a write of a Consent means for the request that it is, or was. A new one asks; one that nobody was sent may change what it asks for; one that a wallet has been sent keeps it, and is withdrawn by a delete, or by another status.
/// </summary>
internal sealed class ConsentIntake(AuthorReader reader, ConsentRequestStore requests, NodeIdentity identity, TimeProvider time)
{
    private const int RequestLength = 16;

    /// <summary>Judges, and says the request's state in the resource.</summary>
    /// <returns>What becomes of the intent, null where nothing does; or why the resource can't be a request.</returns>
    public (Func<WriteIntent, WriteIntent>? Change, OperationOutcome.IssueComponent? Issue) Judge(Resource resource, string id)
    {
        if (resource is not ConsentResource consent)
        {
            return (null, null);
        }

        var isProposed = consent.Status == ConsentResource.ConsentState.Proposed;
        if (isProposed && ProposedConsent.Check(consent, identity.Organisation.ToString(), DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)) is { } wrong)
        {
            return (null, wrong);
        }

        var (version, before) = FindBefore(id);
        return (before is null ? null : ProposedConsent.StateOf(before), isProposed) switch
        {
            (null, false) => (null, null),
            (null, true) => (Ask(consent, version), null),
            ({ } state, false) => (Withdraw(consent, state, version), null),
            (ProposedConsent.NotSent, true) => (Ask(consent, version), null),
            ({ } state, true) when ProposedConsent.AskTheSame(before!, consent) => (Stay(consent, state, version), null),
            (ProposedConsent.Sent or ProposedConsent.Granted, true) => (intent => intent with { Refusal = WriteRefusal.AskedAlready }, null),
            _ => (Ask(consent, version), null),
        };
    }

    private Func<WriteIntent, WriteIntent> Ask(ConsentResource consent, uint? version)
    {
        ProposedConsent.Mark(consent);
        var asking = requests.Asking(RandomNumberGenerator.GetBytes(RequestLength));
        return intent => Pin(intent, version) with { With = asking };
    }

    private static Func<WriteIntent, WriteIntent> Stay(ConsentResource consent, string state, uint? version)
    {
        ProposedConsent.Mark(consent, state);
        return intent => Pin(intent, version);
    }

    private static Func<WriteIntent, WriteIntent> Withdraw(ConsentResource consent, string state, uint? version)
    {
        ProposedConsent.Mark(consent, state is ProposedConsent.NotSent or ProposedConsent.Sent ? ProposedConsent.Withdrawn : state);
        return intent => Pin(intent, version) with { With = ConsentRequestStore.Wake };
    }

    // The node changes the state at any time: what was decided by another version is not written over it.
    private static WriteIntent Pin(WriteIntent intent, uint? version) =>
        version is null ? intent with { IfAbsent = true } : intent with { IfVersion = intent.IfVersion ?? version };

    private (uint? Version, ConsentResource? Consent) FindBefore(string id) =>
        reader.Find("Consent", id) is not { Deleted: false } stored ? (null, null)
        : (stored.CurrentVersion, reader.Open(stored, stored.CurrentVersion) is { } opened && AuthorSearch.Parse(opened) is ConsentResource kept && IsRequest(kept) ? kept : null);

    private static bool IsRequest(ConsentResource kept) => kept.Status == ConsentResource.ConsentState.Proposed && ProposedConsent.StateOf(kept) is not null;
}
