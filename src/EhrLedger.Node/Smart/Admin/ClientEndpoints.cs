using EhrLedger.Fhir.Access;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Consent.Grants;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Launch;
using EhrLedger.Node.Smart.Scopes;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Admin;

/// <summary>Clients, as <c>ehrledger client</c> adds, lists, rotates and revokes them. Only through the operator's socket.</summary>
internal static class ClientEndpoints
{
    private const int LongestName = 200;
    private const int MostPurposes = 100;
    private const int MostRedirects = 20;

    /// <summary>Maps the calls.</summary>
    public static IEndpointRouteBuilder MapClientAdmin(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(AdminSocket.Path + "/clients");
        group.MapGet("/", async (ClientRegistry clients, CancellationToken token) =>
            Results.Json((await clients.ListAsync(token).ConfigureAwait(false)).Select(ViewOf).ToArray(), ClientAdminJson.Default.ClientViewArray));
        group.MapPost("/", AddAsync);
        group.MapPut("/{id}/keys", RotateAsync);
        group.MapDelete("/{id}", async (string id, ClientRegistry clients, CancellationToken token) =>
            await clients.RevokeAsync(id, token).ConfigureAwait(false) is { } revoked ? Results.Json(ViewOf(revoked), ClientAdminJson.Default.ClientView) : Http.NotFound());
        return app;
    }

    private static async Task<IResult> AddAsync(HttpRequest request, ClientRegistry clients, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await ReadAsync(request, ClientAdminJson.Default.NewClient, cancellationToken).ConfigureAwait(false) is not { } asked)
        {
            return Http.Malformed("The client can't be read.");
        }

        var scopes = ScopeGrant.Split(asked.Scope);
        var redirects = asked.RedirectUris ?? [];
        var purposes = asked.Purposes is { Count: > 0 } some ? some : [PurposeOfUse.Treatment.Code];
        if (string.IsNullOrWhiteSpace(asked.Name) || Encoding.UTF8.GetByteCount(asked.Name) > LongestName)
        {
            return Refused("A client needs a name of at most 200 bytes.");
        }

        if (scopes.Length is 0 or > ScopeGrant.Most || scopes.FirstOrDefault(scope => !IsScope(scope, redirects.Count > 0)) is not null)
        {
            return Refused("Scopes are SMART v2's, such as system/Observation.rs, at most 100, without modifiers.");
        }

        if (purposes.Count > MostPurposes || purposes.Any(code => PurposeOfUse.TryParse(code) is null))
        {
            return Refused("Purposes are codes of HL7's PurposeOfUse, such as TREAT, at most 100.");
        }

        if (redirects.Count > MostRedirects || !redirects.All(IsRedirect))
        {
            return Refused("A redirect URI is https, or http on the user's own machine, without a fragment; at most 20.");
        }

        var isPublic = redirects.Count > 0 && asked is { Jwks: null, JwksUrl: null } && !scopes.Any(scope => scope.StartsWith("system/", StringComparison.Ordinal));
        if (asked.Launches && !scopes.Any(scope => scope.StartsWith("system/", StringComparison.Ordinal)))
        {
            return Refused("A client that launches applications needs a token in its own name: a system scope.");
        }

        JsonWebKeySet? keys = null;
        if (!isPublic && !TryReadKeys(asked.Jwks, asked.JwksUrl, out keys))
        {
            return BadKeys();
        }

        var terms = new ClientTerms(
            [.. scopes.Select(scope => SmartScope.Parse(scope)?.ToString() ?? scope)], [.. purposes], asked.NamesPersons, asked.JwksUrl, time.GetUtcNow().ToUnixTimeSeconds(), Revoked: null, redirects, asked.Launches);
        var client = new RegisteredClient(Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)), asked.Name, terms, keys);
        await clients.AddAsync(client, cancellationToken).ConfigureAwait(false);
        return Results.Json(ViewOf(client), ClientAdminJson.Default.ClientView, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> RotateAsync(string id, HttpRequest request, ClientRegistry clients, CancellationToken cancellationToken) =>
        await ReadAsync(request, ClientAdminJson.Default.NewKeys, cancellationToken).ConfigureAwait(false) is not { } asked ? Http.Malformed("The keys can't be read.")
        : !TryReadKeys(asked.Jwks, asked.JwksUrl, out var keys) ? BadKeys()
        : await clients.RotateAsync(id, keys, asked.JwksUrl, cancellationToken).ConfigureAwait(false) is { } rotated ? Results.Json(ViewOf(rotated), ClientAdminJson.Default.ClientView)
        : Http.NotFound();

    /// <summary>Scopes for users only where there is a way back to the application.</summary>
    private static bool IsScope(string scope, bool actsForUsers) => SmartScope.Parse(scope) is { } parsed ? parsed.Context == ScopeContext.System || actsForUsers : actsForUsers && LaunchScopes.Words.Contains(scope);

    private static bool IsRedirect(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static bool TryReadKeys(JsonElement? jwks, string? url, out JsonWebKeySet? keys)
    {
        keys = jwks is { ValueKind: JsonValueKind.Object } set && url is null ? PublicKeySet.TryParse(set.GetRawText()) : null;
        return keys is not null || (jwks is null && url is not null && RemoteKeySets.IsAddress(url));
    }

    private static async Task<T?> ReadAsync<T>(HttpRequest request, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await request.ReadBodyAsync(2 * PublicKeySet.Largest, cancellationToken).ConfigureAwait(false) is { } body ? JsonSerializer.Deserialize(body.Span, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult BadKeys() => Refused(
        "Either a JSON Web Key Set of public keys with at least one RSA key of 2,048 bits or more, or one EC key on P-384, that has a kid; or its address, by https, or by http on this machine.");

    private static IResult Refused(string title) => Http.Problem(StatusCodes.Status422UnprocessableEntity, "client-refused", title);

    private static ClientView ViewOf(RegisteredClient client) => new(
        client.Id, client.Name, string.Join(' ', client.Terms.Scopes), client.Terms.Purposes, client.Terms.NamesPersons, client.Terms.Launches, client.Terms.KeysUrl,
        client.Keys?.Keys.Select(key => key.Kid).OfType<string>().ToArray() ?? [],
        DateTimeOffset.FromUnixTimeSeconds(client.Terms.Created), client.Terms.Revoked is { } revoked ? DateTimeOffset.FromUnixTimeSeconds(revoked) : null);
}

internal sealed record NewClient(string Name, string Scope, JsonElement? Jwks = null, string? JwksUrl = null, IReadOnlyList<string>? Purposes = null, bool NamesPersons = false, IReadOnlyList<string>? RedirectUris = null, bool Launches = false);

internal sealed record NewKeys(JsonElement? Jwks = null, string? JwksUrl = null);

internal sealed record ClientView(
    string Id, string Name, string Scope, IReadOnlyList<string> Purposes, bool NamesPersons, bool Launches, string? JwksUrl, IReadOnlyList<string> KeyIds, DateTimeOffset Created, DateTimeOffset? Revoked);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(NewClient))]
[JsonSerializable(typeof(NewKeys))]
[JsonSerializable(typeof(ClientView))]
[JsonSerializable(typeof(ClientView[]))]
internal sealed partial class ClientAdminJson : JsonSerializerContext;
