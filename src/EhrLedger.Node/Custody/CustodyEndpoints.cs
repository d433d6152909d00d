using EhrLedger.Consent.Custody;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using Microsoft.AspNetCore.Mvc;

namespace EhrLedger.Node.Custody;

/// <summary>What readers, wallets and authors ask of this node as a keeper.</summary>
internal static class CustodyEndpoints
{
    private const int LargestRequest = 8 << 20;
    private const int LargestDeposit = 40 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static WebApplication MapCustody(this WebApplication app)
    {
        app.MapPost("/custody/releases", ReleaseAsync);
        app.MapPost("/index/searches", SearchAsync);
        app.MapPost("/peer/deposits", DepositAsync).WithMetadata(new RequestSizeLimitAttribute(LargestDeposit));
        app.MapGet("/records/ciphertexts/{digest}", FindCiphertext);
        app.MapGet("/records/encapsulations/{digest}", FindEncapsulation);
        return app;
    }

    private static async Task<IResult> ReleaseAsync(HttpRequest request, Custodian custodian, Finality finality, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (ReleaseRequest.TryParse(body) is not { } parsed)
        {
            return Http.Malformed("Not a release-request.");
        }

        await WaitUntilFinalAsync(parsed.EntryIndex, finality, time, cancellationToken);
        return custodian.Release(parsed) switch
        {
            KeeperAnswer<ReadOnlyMemory<byte>>.Given(var release) => Results.Bytes(release, "application/octet-stream"),
            KeeperAnswer<ReadOnlyMemory<byte>>.Silent => Http.Unavailable(),
            _ => Http.Problem(StatusCodes.Status403Forbidden, "release-denied", "This custodian does not release."),
        };
    }

    private static async Task<IResult> SearchAsync(HttpRequest request, Custodian custodian, Finality finality, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (SearchRequest.TryParse(body) is not { } parsed)
        {
            return Http.Malformed("Not a search-request.");
        }

        await WaitUntilFinalAsync(parsed.EntryIndex, finality, time, cancellationToken);
        return custodian.Search(parsed) switch
        {
            KeeperAnswer<ReadOnlyMemory<byte>>.Given(var rows) => Results.Bytes(rows, "application/cbor"),
            KeeperAnswer<ReadOnlyMemory<byte>>.Silent => Http.Unavailable(),
            _ => Http.Problem(StatusCodes.Status403Forbidden, "search-denied", "This holder does not answer."),
        };
    }

    private static async Task<IResult> DepositAsync(HttpRequest request, DepositReceiver receiver, LogReplica replica, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestDeposit, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (Deposit.Open(body, replica.Members, replica.Genesis.Digest) is not { } deposit)
        {
            return Http.Malformed("Not a deposit of a member.");
        }

        try
        {
            return receiver.Keep(deposit) ? Results.NoContent() : Http.Problem(StatusCodes.Status422UnprocessableEntity, "deposit-refused", "A record of the deposit is not the author's, or not sealed to this node.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }

    private static IResult FindCiphertext(string digest, SqliteFile records)
    {
        if (Http.TryDigest(digest) is not { } parsed)
        {
            return Http.NotFound();
        }

        var found = records.Read(session =>
            session.Find("SELECT Ciphertext FROM versions WHERE CiphertextDigest = $1 AND HeaderDigest IS NOT NULL", row => row.GetBytes(0), parsed.ToArray())
            ?? session.Find("SELECT Ciphertext FROM replicas WHERE CiphertextDigest = $1", row => row.GetBytes(0), parsed.ToArray()));

        // A damaged copy is as good as none: another keeper has it whole.
        return found is not null && Digest.Of(found) == parsed ? Results.Bytes(found, "application/octet-stream") : Http.NotFound();
    }

    private static IResult FindEncapsulation(string digest, EncapsulationStore encapsulations) =>
        Http.TryDigest(digest) is { } parsed && encapsulations.Find(parsed) is { } found ? Results.Bytes(found, "application/octet-stream") : Http.NotFound();

    // The reader hears from the sequencer that its entry is final at the same moment as this node does: a little patience saves it a second request.
    private static async Task WaitUntilFinalAsync(ulong entryIndex, Finality finality, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await finality.WaitForSizeAsync(entryIndex + 1, cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The check says so.
        }
    }
}
