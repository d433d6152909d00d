using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.Views.Consents;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Reading;
using ConsentResource = Hl7.Fhir.Model.Consent;

namespace EhrLedger.Node.Fhir.Consents;

/// <summary>
/// Brings what proposed Consents ask for to the patients' wallets, and says in them what came of it: each change of state is a version, so that histories, ETags and subscriptions know of it. What is left to do stands in the rows.
/// </summary>
/// <remarks>The version that says <c>sent</c> is written first: from then on nobody changes what is asked for. A stop in between sends it after the start; the message and the memory of it are one transaction, so that it is sent once.</remarks>
internal sealed class ConsentRequests(
    ConsentRequestStore store, AuthorReader reader, AuthorWriter writer, IntentMaker intents, PatientDirectory patients, AccessRequests access, ConsentDesk desk, HeldGrants grants, TimeProvider time)
{
    /// <summary>The person whom a patient, and the hospital's own log, see as who wrote the state.</summary>
    public const string Person = "Automatic request to the wallet";

    /// <summary>And the role.</summary>
    public const string Role = "request";

    private const int AtOnce = 64;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // A wallet that meets the agent, an answer and a grant are told of: this is for what makes room.
    private static readonly TimeSpan BetweenTries = TimeSpan.FromHours(1);

    /// <summary>Completes when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        grants.Taken = store.Wake;
        while (true)
        {
            try
            {
                foreach (var kept in store.FindDue(time.GetUtcNow(), AtOnce))
                {
                    await LookAsync(kept, cancellationToken);
                }
            }
            catch (StoreFailedException)
            {
                // Nothing is lost: it goes on where it was.
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task LookAsync(KeptConsentRequest kept, CancellationToken cancellationToken)
    {
        if (kept.Request is null || reader.FindByKey(kept.Resource) is not { } stored)
        {
            store.Remove(kept);
            return;
        }

        if (reader.Open(stored, stored.CurrentVersion) is not { } version)
        {
            // It is damaged, and an alarm says so.
            store.PutOff(kept, time.GetUtcNow() + BetweenTries);
        }
        else if (version.Deleted || AuthorSearch.Parse(version) is not ConsentResource { Status: ConsentResource.ConsentState.Proposed } consent || patients.FindByRow(stored.PatientRow) is not { } patient)
        {
            grants.Withdraw(kept.Request);
            store.Remove(kept);
        }
        else if (desk.FindAsked(Convert.ToHexStringLower(kept.Request)) is { } asked)
        {
            await FollowAsync(kept, version, consent, patient.Id, asked, cancellationToken);
        }
        else
        {
            await AskAsync(kept, version, consent, patient.Id, cancellationToken);
        }
    }

    private async Task AskAsync(KeptConsentRequest kept, OpenedVersion version, ConsentResource consent, string patient, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (purposes, category, days) = ProposedConsent.TermsOf(consent, DateOnly.FromDateTime(now.UtcDateTime));
        if (days <= 0)
        {
            if (await SayAsync(version, consent, ProposedConsent.Expired, cancellationToken))
            {
                store.Remove(kept);
            }
        }
        else if (!access.CanSend(patient))
        {
            store.PutOff(kept, now + BetweenTries);
        }
        else if (await SayAsync(version, consent, ProposedConsent.Sent, cancellationToken))
        {
            store.PutOff(kept, access.Send(patient, kept.Request!, version.Id, new NewAccessRequest([.. purposes], [category], days)) ? now + HeldGrants.RequestLifetime : now + BetweenTries);
        }
    }

    private async Task FollowAsync(KeptConsentRequest kept, OpenedVersion version, ConsentResource consent, string patient, AskedView asked, CancellationToken cancellationToken)
    {
        var end = asked.AskedAt + HeldGrants.RequestLifetime;
        var isOver = time.GetUtcNow() >= end;

        // What a wallet says it has granted counts when it is held: the ledger has it then.
        var isGranted = asked.Grants.Any(grant => grants.Find(GrantId.FromBytes(Convert.FromHexString(grant)))?.PatientLink == $"Patient/{patient}");
        if (!await SayAsync(version, consent, ProposedConsent.Next(ProposedConsent.StateOf(consent), isGranted, isOver), cancellationToken))
        {
            return;
        }

        if (isOver)
        {
            store.Remove(kept);
        }
        else
        {
            store.PutOff(kept, end);
        }
    }

    /// <returns>False where another version came first: it is looked at again.</returns>
    private async Task<bool> SayAsync(OpenedVersion version, ConsentResource consent, string state, CancellationToken cancellationToken)
    {
        if (ProposedConsent.StateOf(consent) == state)
        {
            return true;
        }

        ProposedConsent.Mark(consent, state);
        return intents.MakeOwn(consent, version.Id, version.Version, null, new Glimpses()).Intent is { } intent
            && await writer.WriteAsync([intent], new Asking(PurposeOfUse.Operations, Person, Role, default), cancellationToken) is WriteOutcome.Written;
    }
}
