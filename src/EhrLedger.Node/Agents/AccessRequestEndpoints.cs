using System.Text.Json.Serialization;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Agents;

/// <summary>The organisation asks a patient for access: by a link to hand over, and where the patient's wallet has met its agent, by a message. Admin calls, on loopback only.</summary>
internal static class AccessRequestEndpoints
{
    public static IEndpointRouteBuilder MapAccessRequests(this IEndpointRouteBuilder app)
    {
        app.MapPost("/admin/patients/{id}/access-requests", RequestAsync);
        app.MapGet("/admin/patients/{id}/access-requests", (string id, PatientDirectory patients, ConsentDesk consent) =>
            patients.FindById(id) is null ? Http.NotFound() : Results.Json(consent.AskedOf(id).ToArray(), AskedJson.Default.AskedViewArray));
        return app;
    }

    private static async Task<IResult> RequestAsync(string id, HttpRequest request, PatientDirectory patients, AccessRequests requests, CancellationToken cancellationToken)
    {
        if (patients.FindById(id) is null)
        {
            return Http.NotFound();
        }

        var given = await request.ReadBodyAsync(AgentAdmin.Largest, cancellationToken);
        var isBare = given is { IsEmpty: true };
        var asked = isBare ? null : AgentAdmin.Read(given, AccessRequestJson.Default.NewAccessRequest);
        return !isBare && (asked is null || !AccessRequests.IsSound(asked))
            ? Http.Malformed($"A request has 1 to {AccessRequests.MostCodes} purposes and categories that are known, 1 to {AccessRequests.MostDays} days, and a text of at most {AccessRequests.MostText} characters.")
            : Results.Json(await requests.AskAsync(id, asked, cancellationToken), AccessRequestJson.Default.AccessRequestView);
    }
}

/// <summary>What to ask for: codes of purposes and categories, days from the approval, and words for the patient.</summary>
internal sealed record NewAccessRequest(string[] Purposes, string[] Categories, int Days, string? Text = null);

/// <summary>Answer to the front desk: what the invitation names, the link that opens a wallet, and whether the patient's wallet was sent a message.</summary>
internal sealed record AccessRequestView(string Id, string Organisation, string Link, bool Sent);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NewAccessRequest))]
[JsonSerializable(typeof(AccessRequestView))]
internal sealed partial class AccessRequestJson : JsonSerializerContext;
