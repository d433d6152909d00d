using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Recovery;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Wallets;
using Microsoft.AspNetCore.Mvc;

namespace EhrLedger.Node.Recovery;

/// <summary>What wallets leave here for their recovery, whom they ask to guard it, and what new phones ask for.</summary>
internal static class RecoveryEndpoints
{
    private const int LargestRequest = 8 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static WebApplication MapRecovery(this WebApplication app)
    {
        app.MapPost("/wallet/recovery-deposits", DepositAsync);
        app.MapPost("/custody/recovery-releases", ReleaseAsync);
        app.MapGet("/wallet/guardians", (OwnGuardianships own) => own.AreOffered ? Results.NoContent() : NotOffered());
        app.MapPost("/wallet/guardians", AgreeAsync);
        return app;
    }

    private static async Task<IResult> DepositAsync(HttpRequest request, RecoveryCustodian custodian, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(RecoveryDeposit.LargestSize, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        try
        {
            return await custodian.KeepAsync(body, cancellationToken)
                ? Results.NoContent()
                : Http.Problem(StatusCodes.Status422UnprocessableEntity, "recovery-deposit-refused", "The deposit is not the recovery's, not for this custodian, or not of the set-up in force.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static IResult NotOffered() => Http.NotFound("guardian-not-offered");

    private static async Task<IResult> AgreeAsync(HttpRequest request, OwnGuardianships own, [FromServices] OrganisationKeys keys, LogReplica replica, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (!own.AreOffered)
        {
            return NotOffered();
        }

        if (WalletRequest.Open(body.Span, keys.Sealing, replica.Genesis.Digest) is not { } plaintext || GuardianRequest.TryParse(plaintext) is not { } asked)
        {
            return Http.Malformed("Not a request for a guardian that is sealed to this organisation.");
        }

        try
        {
            return own.Agree(asked) is { } acceptance
                ? Http.Cbor(acceptance.Encode())
                : Http.Problem(StatusCodes.Status403Forbidden, "subject-denied", "The request is not the subject's, not for this organisation, or too old.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static async Task<IResult> ReleaseAsync(HttpRequest request, RecoveryCustodian custodian, Finality finality, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (RecoveryReleaseRequest.TryParse(body) is not { EntryIndex: < ulong.MaxValue } parsed)
        {
            return Http.Malformed("Not a recovery-release-request.");
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
}
