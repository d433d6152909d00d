using System.Security.Cryptography;
using System.Text;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Node.Authoring;

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

    /// <summary>Null if a header can't be what it should be.</summary>
    public static Asking? Find(HttpRequest request)
    {
        var person = request.Headers[PersonHeader].ToString();
        var role = request.Headers[RoleHeader].ToString();
        var purpose = request.Headers[PurposeHeader].ToString();
        return PurposeOfUse.TryParse(purpose.Length == 0 ? UsualPurpose : purpose) is { } parsed
            && Encoding.UTF8.GetByteCount(person) <= 200
            && Encoding.UTF8.GetByteCount(role) <= 100
                ? new Asking(parsed, person, role, QueryDigestOf(request))
                : null;
    }

    // Salted, because a query holds identifiers that could be guessed; the salt is not kept: the digest only tells two reads of one request from those of another.
    private static Digest QueryDigestOf(HttpRequest request) =>
        Digest.Of([.. RandomNumberGenerator.GetBytes(16), .. Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}")]);
}
