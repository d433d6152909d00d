using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Client.Wallets;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Messaging.Messages;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Wallets;
using AgentConnection = EhrLedger.Messaging.Agents.Connection;

namespace EhrLedger.Node.Agents;

/// <summary>What wallets say about consent: docs/messaging.md. Decisions are believed when the ledger has them; a message only says on which request they were made.</summary>
internal sealed class ConsentDesk(AgentFile agents, StorageKeys keys, OrganisationKeys organisation, HeldGrants grants, TakeOver takeOver, ConsentRequestStore requests, TimeProvider time)
{
    private const string Kind = "agent/asked";
    private const int MostForOne = 200;

    /// <summary>Takes what a wallet says.</summary>
    /// <returns>The answer; null for none, which is all that what does not open gets.</returns>
    public async Task<AgentMessage?> AnswerAsync(AgentConnection connection, AgentMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case WalletKey when connection.About is { } about:
                requests.Wake(about);
                return null;
            case Decision decision when decision.Open(organisation.Sealing) is { } said:
                Decide(connection, said);
                return null;
            case AccessKeyDelivery or ExtensionDelivery when ((BytesMessage)message).Open(organisation.Sealing) is { } bytes && GrantDelivery.TryParse(bytes) is { } delivery:
                return await grants.TakeAsync(delivery, cancellationToken)
                    ? null
                    : Messaging.Agents.Agent.Problem(message, "access-key-refused", "The access key is not what stands on the ledger, or not for keys of this organisation.");
            case TakeOverRequest request when request.Open(organisation.Sealing) is { } bytes && Connection.TryParse(bytes) is { } asked:
                return await takeOver.ConnectAsync(asked, cancellationToken) is not { } answer ? Messaging.Agents.Agent.Problem(message, "code-unknown", "There is no such code.")
                    : SealingKeyOf(connection) is { } wallet ? BytesMessage.Seal<TakenOver>(wallet, answer, message.ThreadId)
                    : null;
            default:
                return null;
        }
    }

    /// <summary>The wallet's key for what it is told; null before it has told it.</summary>
    public static XWingPublicKey? SealingKeyOf(AgentConnection connection) =>
        connection.TheirSealingKey is { } text && Base64Url.IsValid(text) ? XWingPublicKey.TryFromBytes(Base64Url.DecodeFromChars(text)) : null;

    /// <summary>Whether a patient may be asked once more.</summary>
    public bool MayAsk(string patient) => agents.File.Read(session => CountOf(session, PatientOf(patient))) < MostForOne;

    /// <summary>What remembers that a patient's wallet was asked, in the transaction that keeps the message.</summary>
    /// <param name="patient">FHIR id.</param>
    /// <param name="body">What is asked.</param>
    /// <param name="consent">FHIR id of the Consent that asks; null where none does.</param>
    /// <returns>What returns false where this was asked already, or this patient too often.</returns>
    public Func<SqliteSession, bool> Asking(string patient, AccessRequestBody body, string? consent)
    {
        var asked = new AskedView(body.Request, body.Purposes, body.Categories, body.Days, body.Text, time.GetUtcNow(), "declined or no answer", [], consent);
        var (name, about, bytes) = (NameOf(body.Request), PatientOf(patient), Seal(asked));
        return session =>
        {
            if (CountOf(session, about) >= MostForOne || session.Find("SELECT 1 FROM asked WHERE Request = $1", _ => true, name))
            {
                return false;
            }

            session.Execute("INSERT INTO asked (Request, Patient, Sealed, AskedAt) VALUES ($1, $2, $3, $4)", name, about, bytes, asked.AskedAt.ToUnixTimeMilliseconds());
            return true;
        };
    }

    /// <summary>What a wallet was asked under this id, 32 hex digits; null where none was.</summary>
    public AskedView? FindAsked(string request) =>
        agents.File.Read(session => session.Find("SELECT Sealed FROM asked WHERE Request = $1", row => row.GetBytes(0), NameOf(request))) is { } kept ? Open(kept) : null;

    /// <summary>What a patient's wallet was asked, the oldest first.</summary>
    public IReadOnlyList<AskedView> AskedOf(string patient) =>
        [.. agents.File.Read(session => session.Query("SELECT Sealed FROM asked WHERE Patient = $1 ORDER BY AskedAt", row => row.GetBytes(0), PatientOf(patient))).Select(Open).OfType<AskedView>()];

    private void Decide(AgentConnection connection, DecisionBody said)
    {
        if (connection.About is not { } about || said.Grants.Length is 0 or > DecisionBody.MostGrants || said.Grants.Any(grant => grant.Length != 32 || !grant.All(char.IsAsciiHexDigitLower)))
        {
            return;
        }

        var (name, patient) = (NameOf(said.Request), PatientOf(about["Patient/".Length..]));
        agents.File.Write(session =>
        {
            if (session.Find("SELECT Sealed FROM asked WHERE Request = $1 AND Patient = $2", row => row.GetBytes(0), name, patient) is { } kept && Open(kept) is { } asked)
            {
                // The bound holds over all that is said on one request: a decision may be said again, in parts.
                session.Execute("UPDATE asked SET Sealed = $1 WHERE Request = $2", Seal(asked with { Answer = "granted", Grants = [.. asked.Grants.Union(said.Grants).Take(DecisionBody.MostGrants)] }), name);
            }
        });
        requests.Wake(about);
    }

    private static long CountOf(SqliteSession session, byte[] patient) => session.Find("SELECT COUNT(*) FROM asked WHERE Patient = $1", row => row.GetInt64(0), patient);

    private byte[] Seal(AskedView asked) => keys.SealColumn(Kind, JsonSerializer.SerializeToUtf8Bytes(asked, AskedJson.Default.AskedView));

    private AskedView? Open(byte[] kept) => keys.OpenColumn(Kind, kept) is { } bytes ? JsonSerializer.Deserialize(bytes, AskedJson.Default.AskedView) : null;

    private byte[] NameOf(string request) => keys.LookupKey(Kind, request);

    private byte[] PatientOf(string patient) => keys.LookupKey("agent/about", "Patient/" + patient);
}

/// <summary>A request that a wallet was sent.</summary>
/// <param name="Id">16 bytes, hex.</param>
/// <param name="Purposes">As asked.</param>
/// <param name="Categories">As asked.</param>
/// <param name="Days">As asked.</param>
/// <param name="Text">As asked.</param>
/// <param name="AskedAt">When.</param>
/// <param name="Answer">"granted", or "declined or no answer".</param>
/// <param name="Grants">Ids of grants, as the wallet names them; what they say, the ledger and the held grants tell.</param>
/// <param name="Consent">FHIR id of the proposed Consent that asked; null where none did.</param>
internal sealed record AskedView(string Id, string[] Purposes, string[] Categories, int Days, string? Text, DateTimeOffset AskedAt, string Answer, string[] Grants, string? Consent = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AskedView))]
[JsonSerializable(typeof(AskedView[]))]
internal sealed partial class AskedJson : JsonSerializerContext;
