using EhrLedger.Consent.Recovery;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.Recovery;

/// <summary>What wallets leave here for their recovery, and what new phones ask for.</summary>
internal static class RecoveryEndpoints
{
    private const int LargestRequest = 8 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static WebApplication MapRecovery(this WebApplication app)
    {
        app.MapPost("/wallet/recovery-deposits", DepositAsync);
        app.MapPost("/custody/recovery-releases", ReleaseAsync);
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
