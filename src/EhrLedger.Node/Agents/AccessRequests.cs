using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Wallets;
using AgentConnection = EhrLedger.Messaging.Agents.Connection;

namespace EhrLedger.Node.Agents;

/// <summary>Asks a patient for access: by a link to hand over, and where the patient's wallet has met this organisation's agent, by a message.</summary>
internal sealed class AccessRequests(HeldGrants grants, Invitations invitations, AgentStore agents, AgentDesk desk, ConsentDesk consent)
{
    /// <summary>Longest time that may be asked for.</summary>
    public const int MostDays = 3_650;

    /// <summary>Longest text for the patient, in characters.</summary>
    public const int MostText = 2_000;

    /// <summary>Most purposes, and most categories.</summary>
    public const int MostCodes = 32;

    /// <summary>Whether it names what is known, within bounds.</summary>
    public static bool IsSound(NewAccessRequest asked) =>
        asked.Purposes.Length is > 0 and <= MostCodes && asked.Purposes.All(code => PurposeOfUse.TryParse(code) is not null)
        && asked.Categories.Length is > 0 and <= MostCodes && asked.Categories.All(code => Enum.GetValues<Category>().Any(category => category.ToString() == code))
        && asked.Days is > 0 and <= MostDays
        && (asked.Text is null || asked.Text.Length <= MostText);

    /// <summary>Opens a request.</summary>
    /// <param name="patient">FHIR id of a patient who is known here.</param>
    /// <param name="asked">Sound; null where the patient decides everything, and nothing is sent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AccessRequestView> AskAsync(string patient, NewAccessRequest? asked, CancellationToken cancellationToken)
    {
        var key = grants.Request($"Patient/{patient}");
        var name = Convert.ToHexStringLower(key);
        return new AccessRequestView(name, grants.Self.ToString(), await invitations.LinkToAsync(patient, null, key, cancellationToken), asked is not null && Send(patient, name, asked, null));
    }

    /// <summary>Whether a request of this patient could be sent now.</summary>
    public bool CanSend(string patient) => Find(patient) is not null && consent.MayAsk(patient);

    /// <summary>Sends a request that a proposed Consent makes. Sent once, however often this is called, as one transaction of agents.db.</summary>
    /// <param name="patient">FHIR id.</param>
    /// <param name="request">16 bytes: the request's id.</param>
    /// <param name="id">FHIR id of the Consent.</param>
    /// <param name="asked">Sound.</param>
    /// <returns>False where the patient's wallet can't be sent it now, or has been sent it before.</returns>
    public bool Send(string patient, byte[] request, string id, NewAccessRequest asked)
    {
        grants.Open(request, $"Patient/{patient}");
        return Send(patient, Convert.ToHexStringLower(request), asked, id);
    }

    private (AgentConnection Connection, XWingPublicKey Wallet)? Find(string patient) =>
        agents.FindAbout("Patient/" + patient) is { } connection && ConsentDesk.SealingKeyOf(connection) is { } wallet ? (connection, wallet) : null;

    private bool Send(string patient, string name, NewAccessRequest asked, string? id)
    {
        if (Find(patient) is not var (connection, wallet))
        {
            return false;
        }

        var body = new AccessRequestBody(name, grants.Self.ToString(), asked.Purposes, asked.Categories, asked.Days, asked.Text);
        return desk.Send(connection, AccessRequest.Seal(wallet, body), consent.Asking(patient, body, id));
    }
}
