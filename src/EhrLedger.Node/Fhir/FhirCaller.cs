using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Smart;

namespace EhrLedger.Node.Fhir;

/// <summary>Who calls, as the access token says. No header is believed.</summary>
internal static class FhirCaller
{
    /// <summary>Null where nobody was let in.</summary>
    public static Asking? Find(HttpRequest request) =>
        request.HttpContext.Features.Get<SmartCaller>() is { } caller ? new Asking(caller.Purpose, caller.Person, caller.Role, QueryDigestOf(request)) : null;

    // Salted, because a query holds identifiers that could be guessed; the salt is not kept: the digest only tells two reads of one request from those of another.
    private static Digest QueryDigestOf(HttpRequest request) =>
        Digest.Of([.. RandomNumberGenerator.GetBytes(16), .. Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}")]);
}
