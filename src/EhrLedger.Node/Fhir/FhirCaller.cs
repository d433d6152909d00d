using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Search;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Smart;

namespace EhrLedger.Node.Fhir;

/// <summary>Who calls, as the access token says. No header is believed.</summary>
internal static class FhirCaller
{
    /// <summary>The caller, if its scopes let it do this with some resources of the type; else why not.</summary>
    /// <param name="request">That came.</param>
    /// <param name="type">FHIR resource type.</param>
    /// <param name="needs">What every resource that is shown or changed must be within.</param>
    public static (Asking? Asking, FhirAnswer? Refusal) For(HttpRequest request, string type, Interactions needs) =>
        Find(request) is not { } asking ? (null, FhirWriter.BadCaller())
        : asking.Access.May(needs, type) ? (asking with { Needs = needs }, null)
        : (null, FhirAnswer.NotInScopes(NotInScopes(needs, type)));

    /// <summary>The same where several types are asked for at once: those that are open are enough.</summary>
    public static (Asking? Asking, FhirAnswer? Refusal) ForAny(HttpRequest request, IReadOnlyList<string> types, Interactions needs) =>
        types is [var type] ? For(request, type, needs)
        : Find(request) is not { } asking ? (null, FhirWriter.BadCaller())
        : types.Any(type => asking.Access.May(needs, type)) ? (asking with { Needs = needs }, null)
        : (null, FhirAnswer.NotInScopes(NotInScopes(needs, "any type of these")));

    /// <summary>Why a caller is refused: tells nothing but its own scopes.</summary>
    public static string NotInScopes(Interactions needs, string type) =>
        $"The scopes of this token do not let its bearer {needs.ToText()} {type}.";

    /// <summary>Null where nobody was let in.</summary>
    public static Asking? Find(HttpRequest request) =>
        request.HttpContext.Features.Get<SmartCaller>() is { } caller
            ? new Asking(caller.Purpose, caller.Person, caller.Role, default) { Client = caller.ClientId, Access = caller.Access }.Asks(QuestionOf(request, null))
            : null;

    /// <summary>The request in words. Its digest is salted, because it holds identifiers that could be guessed.</summary>
    /// <param name="request">That came.</param>
    /// <param name="form">The parameters of its form; null for none.</param>
    public static Question QuestionOf(HttpRequest request, IReadOnlyList<(string Name, string Value)>? form) =>
        Question.Ask($"{request.Method} {request.Path}{request.QueryString}{(form is null ? "" : $"\n\n{QueryText.Write(form)}")}");
}
