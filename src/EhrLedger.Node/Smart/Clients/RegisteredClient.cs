using System.Text.Json.Serialization;
using EhrLedger.Consent.Grants;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Clients;

/// <summary>A registered client.</summary>
/// <param name="Id">Its client_id.</param>
/// <param name="Name">For people; stands in the log where the client names no person. At most 200 bytes of UTF-8.</param>
/// <param name="Terms">What it may do.</param>
/// <param name="Keys">Public keys as they were registered; null where they are fetched from <see cref="ClientTerms.KeysUrl"/>.</param>
internal sealed record RegisteredClient(string Id, string Name, ClientTerms Terms, JsonWebKeySet? Keys)
{
    /// <summary>Whether it has no key, as an application in a browser or on a phone: it only acts for users, with PKCE.</summary>
    public bool IsPublic => Keys is null && Terms.KeysUrl is null;

    /// <summary>Whether it may still do it.</summary>
    public bool IsActive => Terms.Revoked is null;

    /// <summary>What it reads for where it does not say.</summary>
    public PurposeOfUse UsualPurpose => PurposeOfUse.TryParse(Terms.Purposes[0]) ?? PurposeOfUse.Treatment;
}

/// <summary>What was registered besides name and keys, as it is kept with the client.</summary>
/// <param name="Scopes">Scopes that it may ask for.</param>
/// <param name="Purposes">Codes of purposes of use that it may read for; the first is the usual one.</param>
/// <param name="NamesPersons">Whether its word counts for who is acting.</param>
/// <param name="KeysUrl">Where its keys are fetched; null for registered ones.</param>
/// <param name="Created">Unix seconds.</param>
/// <param name="Revoked">Unix seconds; null while it is active.</param>
/// <param name="RedirectUris">Where an application that acts for users gets its codes; null or empty for one that does not.</param>
/// <param name="Launches">Whether it may launch applications for a patient: an EHR.</param>
internal sealed record ClientTerms(
    IReadOnlyList<string> Scopes, IReadOnlyList<string> Purposes, bool NamesPersons, string? KeysUrl, long Created, long? Revoked, IReadOnlyList<string>? RedirectUris = null, bool Launches = false);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClientTerms))]
internal sealed partial class ClientJson : JsonSerializerContext;
