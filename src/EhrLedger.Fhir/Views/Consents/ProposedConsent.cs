using System.Globalization;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;
using ConsentResource = Hl7.Fhir.Model.Consent;

namespace EhrLedger.Fhir.Views.Consents;

/// <summary>
/// A Consent with status <c>proposed</c>: a request to the patient, by the organisation that is to be the grantee. It is kept as a record of the patient; its state is the node's to say. What could not become a grant is refused before it is kept.
/// </summary>
public static class ProposedConsent
{
    /// <summary>URL of the extension that has the request's state.</summary>
    public const string StateUrl = "urn:ehrledger:StructureDefinition:request-state";

    /// <summary>The patient's wallet has not met this organisation's agent, or was asked too much: it has not been sent the request, and will be.</summary>
    public const string NotSent = "not-sent";

    /// <summary>The wallet has been sent the request: declined or no answer, and nobody but the patient knows which.</summary>
    public const string Sent = "sent";

    /// <summary>The patient has granted it, or some of it; whether that still holds, the active Consents say.</summary>
    public const string Granted = "granted";

    /// <summary>It was sent, and can't be granted any more: declined or no answer.</summary>
    public const string Unanswered = "declined-or-no-answer";

    /// <summary>Its last day has passed before a wallet could be sent it.</summary>
    public const string Expired = "expired";

    /// <summary>The organisation has withdrawn it before it was granted.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>Longest time that can be asked for, in days from the day on which the wallet is sent the request.</summary>
    public const int MostDays = 3_650;

    private const int MostPurposes = 32;

    /// <summary>All states, in their order.</summary>
    public static IReadOnlyList<string> States { get; } = [NotSent, Sent, Granted, Unanswered, Expired, Withdrawn];

    /// <summary>Why it could not become a grant; null if it could.</summary>
    /// <param name="consent">With status <c>proposed</c>.</param>
    /// <param name="self">did:key of this organisation.</param>
    /// <param name="today">In UTC.</param>
    public static OperationOutcome.IssueComponent? Check(ConsentResource consent, string self, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(consent);
        if (consent.Extension.Exists(extension => extension.Url == AnchorExtension.Url))
        {
            return Refuse("What is proposed stands on no ledger yet.", "extension");
        }

        if (!Has(consent.Scope, "http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"))
        {
            return Refuse("The scope is patient-privacy.", "scope");
        }

        if (consent.Patient?.Reference is null)
        {
            return Refuse("A request names its patient.", "patient");
        }

        if (consent.Provision is not { } provision)
        {
            return Refuse("A request says what is to be permitted.", "provision");
        }

        if (provision.Type != ConsentResource.ConsentProvisionType.Permit || provision.Provision.Count > 0)
        {
            return Refuse("What is not permitted is denied: there is nothing to deny, and no exception.", "provision.type");
        }

        if (provision.Actor is not [{ Reference: { } grantee } actor] || !IsSelf(grantee, self) || !Has(actor.Role, "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"))
        {
            return Refuse("The one actor is this organisation as the recipient (IRCP), by its did:key (urn:ietf:rfc:3986) or as an Organization of its own directory.", "provision.actor");
        }

        if (DayOf(provision.Period?.Start) is not { } first || DayOf(provision.Period?.End) is not { } last || last < first || last < today)
        {
            return Refuse("The period has a first and a last whole day, of which the last is not over.", "provision.period");
        }

        // A patient grants from the day of the answer on.
        if (first > today || last.DayNumber - today.DayNumber >= MostDays)
        {
            return Refuse($"What is asked for begins when the patient allows it: the first day is not in the future (UTC), and the last one is among the next {MostDays}, today included.", "provision.period");
        }

        if (provision.SecurityLabel is not [{ System: GrantConsent.CategorySystem, Code: { } category }] || !Enum.GetNames<Category>().Contains(category, StringComparer.Ordinal))
        {
            return Refuse($"A request is for one category: one securityLabel of {GrantConsent.CategorySystem}.", "provision.securityLabel");
        }

        if (provision.Purpose.Count is 0 or > MostPurposes || !provision.Purpose.TrueForAll(purpose => purpose.System == "http://terminology.hl7.org/CodeSystem/v3-ActReason" && PurposeOfUse.TryParse(purpose.Code) is not null))
        {
            return Refuse($"1 to {MostPurposes} purposes of HL7 v3 PurposeOfUse.", "provision.purpose");
        }

        return provision.Class.Count + provision.Code.Count + provision.Action.Count > 0 || provision.DataPeriod is not null || provision.Data.Count > 0
            ? Refuse("A request is for a whole category: which single records there are, only the patient can say.", "provision")
            : null;
    }

    /// <summary>Says the state, whatever the sender has said of it.</summary>
    /// <param name="consent">Where.</param>
    /// <param name="state">One of <see cref="States"/>.</param>
    public static void Mark(ConsentResource consent, string state = NotSent)
    {
        ArgumentNullException.ThrowIfNull(consent);
        consent.Extension.RemoveAll(extension => extension.Url == StateUrl);
        consent.Extension.Add(new Extension(StateUrl, new Code(state)));
    }

    /// <summary>The state that a kept request says; null for a Consent that is none.</summary>
    public static string? StateOf(ConsentResource consent)
    {
        ArgumentNullException.ThrowIfNull(consent);
        return (consent.Extension.Find(extension => extension.Url == StateUrl)?.Value as Code)?.Value;
    }

    /// <summary>The state of a request that was sent.</summary>
    /// <param name="before">What it says now.</param>
    /// <param name="isGranted">Whether a grant on it is held.</param>
    /// <param name="isOver">Whether it can't be granted any more.</param>
    public static string Next(string? before, bool isGranted, bool isOver) =>
        isGranted || before == Granted ? Granted
        : isOver ? Unanswered
        : Sent;

    /// <summary>Whether two ask the same patient for the same.</summary>
    public static bool AskTheSame(ConsentResource one, ConsentResource other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.Patient!.IsExactly(other.Patient!) && one.Provision!.IsExactly(other.Provision!);
    }

    /// <summary>What is asked for, of a request that is kept.</summary>
    /// <returns>Codes, and for how many days from today on; zero or less where the last day has passed.</returns>
    public static (IReadOnlyList<string> Purposes, string Category, int Days) TermsOf(ConsentResource consent, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(consent);
        return (
            [.. consent.Provision!.Purpose.Select(purpose => purpose.Code!).Distinct(StringComparer.Ordinal)],
            consent.Provision.SecurityLabel[0].Code!,
            DayOf(consent.Provision.Period?.End) is { } last ? last.DayNumber - today.DayNumber + 1 : 0);
    }

    // What the directory says of an organisation proves nothing: whoever keeps the request is who asks. But another member's entry is another organisation.
    private static bool IsSelf(ResourceReference grantee, string self) => grantee.Identifier is { System: "urn:ietf:rfc:3986" } did ? did.Value == self
        : FhirReference.Parse(grantee.Reference) is { Type: "Organization" } organisation && RecordId.TryParse(organisation.Id) is null;

    private static bool Has(CodeableConcept? concept, string system, string code) => concept?.Coding.Exists(coding => coding.System == system && coding.Code == code) is true;

    private static DateOnly? DayOf(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static OperationOutcome.IssueComponent Refuse(string text, string element) => Outcome.Error(OperationOutcome.IssueType.BusinessRule, text, $"Consent.{element}");
}
