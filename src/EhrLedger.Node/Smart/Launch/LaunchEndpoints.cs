using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Tokens;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>Where a system of the organisation, such as its EHR, announces that it launches an application, for whom and in which encounter. SMART leaves this call to each server; docs/security.md has ours.</summary>
internal static class LaunchEndpoints
{
    /// <summary>Scope of an application that is launched so.</summary>
    public const string Scope = "launch";

    private const int Largest = 4 << 10;

    /// <summary>Maps the call.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapPost(SmartAddresses.LaunchPath, AnnounceAsync);

    private static async Task<IResult> AnnounceAsync(HttpRequest request, AccessTokens tokens, ClientRegistry clients, ClientLimits limits, LaunchContexts launches, CancellationToken cancellationToken)
    {
        var token = BearerCheck.TokenOf(request);
        if (token is null || await tokens.FindCallerAsync(token, cancellationToken).ConfigureAwait(false) is not { } caller)
        {
            request.HttpContext.Response.Headers.WWWAuthenticate = token is null ? "Bearer" : "Bearer error=\"invalid_token\"";
            return Http.Problem(StatusCodes.Status401Unauthorized, "no-token", "An access token of this node is needed.");
        }

        // A token that an application has of a user is not the word of the system itself.
        if (caller.FhirUser is not null || await clients.FindAsync(caller.ClientId, cancellationToken).ConfigureAwait(false) is not { Terms.Launches: true })
        {
            return Http.Problem(StatusCodes.Status403Forbidden, "may-not-launch", "This client is not registered to launch applications.");
        }

        if (limits.FindTokenWait(caller.ClientId) is { } wait)
        {
            return ClientLimits.Refuse(wait);
        }

        if (await ReadAsync(request, cancellationToken).ConfigureAwait(false) is not { } asked || !FhirReference.IsId(asked.Patient) || (asked.Encounter is { } encounter && !FhirReference.IsId(encounter)))
        {
            return Http.Malformed("The launch can't be read: client and patient are needed, encounter may be there.");
        }

        if (await clients.FindAsync(asked.Client, cancellationToken).ConfigureAwait(false) is not { } application || !application.Terms.Scopes.Contains(Scope, StringComparer.Ordinal))
        {
            return Http.Problem(StatusCodes.Status422UnprocessableEntity, "launch-refused", "There is no such application, or it is not registered for the scope launch.");
        }

        return launches.Add(application.Id, new LaunchContext(asked.Patient, asked.Encounter)) is { } launch
            ? Results.Json(new LaunchView(launch, (int)LaunchContexts.Lifetime.TotalSeconds), LaunchJson.Default.LaunchView, statusCode: StatusCodes.Status201Created)
            : Http.Unavailable();
    }

    private static async Task<NewLaunch?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await request.ReadBodyAsync(Largest, cancellationToken).ConfigureAwait(false) is { } body ? JsonSerializer.Deserialize(body.Span, LaunchJson.Default.NewLaunch) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record NewLaunch(string Client, string Patient, string? Encounter = null);

internal sealed record LaunchView(string Launch, int ExpiresIn);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewLaunch))]
[JsonSerializable(typeof(LaunchView))]
internal sealed partial class LaunchJson : JsonSerializerContext;
