using System.Text.Json;
using System.Text.Json.Serialization;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Emergencies;

/// <summary>What wallets leave here for emergencies, what organisations in one ask for, and the staff's call that declares one.</summary>
internal static class EmergencyEndpoints
{
    private const int LargestRequest = 64 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static WebApplication MapEmergencies(this WebApplication app)
    {
        app.MapPost("/wallet/emergency-deposits", DepositAsync);
        app.MapPost("/custody/emergency-releases", ReleaseAsync);
        app.MapGet("/custody/emergency-policies/{digest}", FindPolicy);
        app.MapPost("/admin/emergency", DeclareAsync);
        return app;
    }

    private static async Task<IResult> DepositAsync(HttpRequest request, EmergencyCustodian custodian, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(EmergencyDeposit.LargestSize, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        try
        {
            return await custodian.KeepAsync(body, cancellationToken)
                ? Results.NoContent()
                : Http.Problem(StatusCodes.Status422UnprocessableEntity, "emergency-deposit-refused", "The deposit is not the subject's, not for this custodian, or not of the policy in force.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static async Task<IResult> ReleaseAsync(HttpRequest request, EmergencyCustodian custodian, Finality finality, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (EmergencyReleaseRequest.TryParse(body) is not { } parsed)
        {
            return Http.Malformed("Not an emergency-release-request.");
        }

        try
        {
            await finality.WaitForSizeAsync(parsed.EntryIndex + 1, cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The check says so.
        }

        return custodian.Release(parsed) switch
        {
            KeeperAnswer<ReadOnlyMemory<byte>>.Given(var release) => Results.Bytes(release, "application/octet-stream"),
            KeeperAnswer<ReadOnlyMemory<byte>>.Silent => Http.Unavailable(),
            _ => Http.Problem(StatusCodes.Status403Forbidden, "release-denied", "This custodian does not release."),
        };
    }

    private static IResult FindPolicy(string digest, EmergencyCustodian custodian) =>
        Http.TryDigest(digest) is { } parsed && custodian.FindPolicy(parsed) is { } policy ? Results.Bytes(policy, "application/octet-stream") : Http.NotFound();

    private static async Task<IResult> DeclareAsync(HttpRequest request, EmergencyCalls calls, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (Read(body) is not { } asked)
        {
            return Http.Malformed("The emergency can't be read.");
        }

        return (await calls.DeclareAsync(asked, cancellationToken)).Match(
            declared => Results.Json(ViewOf(declared.Subjects), EmergencyJson.Default.EmergencyView),
            refused => Http.Problem(StatusCodes.Status422UnprocessableEntity, refused.Code, refused.Title),
            unknown => Http.NotFound(unknown.Code));
    }

    private static EmergencyView ViewOf(IReadOnlyCollection<EmergencyOpened> subjects) => new(
        [.. subjects.Where(one => one.Grant is not null).Select(one => one.Grant.ToString()!).Order(StringComparer.Ordinal)],
        [.. subjects.Where(one => one.Grant is null).Select(one => new NotOpenedView(one.Subject.ToString(), one.Code!)).OrderBy(one => one.Subject, StringComparer.Ordinal)]);

    private static AskedEmergency? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, EmergencyJson.Default.AskedEmergency);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What staff ask for.</summary>
internal sealed record AskedEmergency(string? Card, string? Patient, string? Reason, string? Note, IReadOnlyList<AskedPerson?>? Requesters)
{
    /// <summary>Shows no card and names nobody.</summary>
    public override string ToString() => "AskedEmergency(redacted)";
}

/// <summary>One of the two.</summary>
internal sealed record AskedPerson(string? Name, string? Role)
{
    /// <summary>Names nobody.</summary>
    public override string ToString() => "AskedPerson(redacted)";
}

/// <summary>What came of it: ids of the emergencies that are open now, and the subjects that could not be opened.</summary>
internal sealed record EmergencyView(IReadOnlyList<string> Opened, IReadOnlyList<NotOpenedView> NotOpened);

/// <summary>A subject that was not opened.</summary>
internal sealed record NotOpenedView(string Subject, string Code);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AskedEmergency))]
[JsonSerializable(typeof(EmergencyView))]
internal sealed partial class EmergencyJson : JsonSerializerContext;
