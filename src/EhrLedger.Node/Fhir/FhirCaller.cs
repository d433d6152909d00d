using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Access;
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
            ? new Asking(caller.Purpose, caller.Person, caller.Role, QueryDigestOf(request)) { Client = caller.ClientId, Access = caller.Access }
            : null;

    // Salted, because a query holds identifiers that could be guessed; the salt is not kept: the digest only tells two reads of one request from those of another.
    private static Digest QueryDigestOf(HttpRequest request) =>
        Digest.Of([.. RandomNumberGenerator.GetBytes(16), .. Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}")]);
}
