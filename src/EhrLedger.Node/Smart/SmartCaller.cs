using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.Access;

namespace EhrLedger.Node.Smart;

/// <summary>Who calls FHIR, as a checked access token says. A feature of each request under /fhir that gets past <see cref="BearerCheck"/>.</summary>
/// <param name="ClientId">The registered client.</param>
/// <param name="Scope">Granted scopes in SMART v2's form, with spaces between them.</param>
/// <param name="Purpose">The one purpose that this token was asked for.</param>
/// <param name="Person">Who is acting; the client's name where it names nobody. At most 200 bytes of UTF-8.</param>
/// <param name="Role">At most 100 bytes of UTF-8; may be empty.</param>
/// <param name="PatientId">The patient of the launch, as an id of this node; null for none.</param>
/// <param name="FhirUser">Relative reference to the user, such as Practitioner/1; null where no user is known.</param>
internal sealed record SmartCaller(string ClientId, string Scope, PurposeOfUse Purpose, string Person, string Role, string? PatientId, string? FhirUser)
{
    /// <summary>What the scopes let the caller do.</summary>
    public required FhirAccess Access { get; init; }
}
