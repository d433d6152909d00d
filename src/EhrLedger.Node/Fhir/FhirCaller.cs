using System.Text;
using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>
/// Who calls, as the headers say. Until SMART on FHIR comes the node listens for FHIR on loopback only, so the hospital's own system is trusted to say who is acting.
/// </summary>
internal static class FhirCaller
{
    public const string PurposeHeader = "X-Purpose-Of-Use";
    public const string PersonHeader = "X-Acting-Person";
    public const string RoleHeader = "X-Acting-Role";

    private const string UsualPurpose = "TREAT";

    /// <summary>The caller, if its scopes let it do this with some resources of the type; else why not.</summary>
    /// <param name="request">That came.</param>
    /// <param name="type">FHIR resource type.</param>
    /// <param name="needs">What every resource that is shown or changed must be within.</param>
    public static (Asking? Asking, FhirAnswer? Refusal) For(HttpRequest request, string type, Interactions needs) =>
        Find(request) is not { } asking ? (null, FhirWriter.BadCaller())
        : asking.Access.May(needs, type) ? (asking with { Needs = needs }, null)
        : (null, FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.Forbidden, NotInScopes(needs, type)));

    /// <summary>The same where several types are asked for at once: those that are open are enough.</summary>
    public static (Asking? Asking, FhirAnswer? Refusal) ForAny(HttpRequest request, IReadOnlyList<string> types, Interactions needs) =>
        types is [var type] ? For(request, type, needs)
        : Find(request) is not { } asking ? (null, FhirWriter.BadCaller())
        : types.Any(type => asking.Access.May(needs, type)) ? (asking with { Needs = needs }, null)
        : (null, FhirAnswer.Failed(StatusCodes.Status403Forbidden, OperationOutcome.IssueType.Forbidden, NotInScopes(needs, "any type of these")));

    /// <summary>Why a caller is refused: tells nothing but its own scopes.</summary>
    public static string NotInScopes(Interactions needs, string type) =>
        $"The scopes of this token do not let its bearer {needs.ToText()} {type}.";

    /// <summary>Null if a header can't be what it should be.</summary>
    public static Asking? Find(HttpRequest request)
    {
        var person = request.Headers[PersonHeader].ToString();
        var role = request.Headers[RoleHeader].ToString();
        var purpose = request.Headers[PurposeHeader].ToString();
        return PurposeOfUse.TryParse(purpose.Length == 0 ? UsualPurpose : purpose) is { } parsed
            && Encoding.UTF8.GetByteCount(person) <= 200
            && Encoding.UTF8.GetByteCount(role) <= 100
                ? new Asking(parsed, person, role, default) { Access = FhirAccess.Everything }.Asks(QuestionOf(request, null))
                : null;
    }

    /// <summary>The request in words. Its digest is salted, because it holds identifiers that could be guessed.</summary>
    /// <param name="request">That came.</param>
    /// <param name="form">The parameters of its form; null for none.</param>
    public static Question QuestionOf(HttpRequest request, IReadOnlyList<(string Name, string Value)>? form) =>
        Question.Ask($"{request.Method} {request.Path}{request.QueryString}{(form is null ? "" : $"\n\n{QueryText.Write(form)}")}");
}
