using EhrLedger.Consent.Custody;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;

namespace EhrLedger.Node.Custody;

/// <summary>What readers, wallets and authors ask of this node as a keeper.</summary>
internal static class CustodyEndpoints
{
    private const int LargestRequest = 8 << 20;
    private const int LargestDeposit = 16 << 20;

    public static WebApplication MapCustody(this WebApplication app)
    {
        app.MapPost("/custody/releases", ReleaseAsync);
        app.MapPost("/index/searches", SearchAsync);
        app.MapPost("/peer/deposits", DepositAsync);
        app.MapGet("/records/ciphertexts/{digest}", FindCiphertext);
        app.MapGet("/records/encapsulations/{digest}", FindEncapsulation);
        return app;
    }

    private static async Task<IResult> ReleaseAsync(HttpRequest request, Custodian custodian, Finality finality, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (ReleaseRequest.TryParse(body) is not { } parsed)
        {
            return Http.Malformed("Not a release-request.");
        }

        await OfferFinalAsync(request, finality, cancellationToken);
        return custodian.Release(parsed) is { } release ? Results.Bytes(release, "application/octet-stream") : Http.Problem(StatusCodes.Status403Forbidden, "release-denied", "This custodian does not release.");
    }

    private static async Task<IResult> SearchAsync(HttpRequest request, Custodian custodian, Finality finality, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (SearchRequest.TryParse(body) is not { } parsed)
        {
            return Http.Malformed("Not a search-request.");
        }

        await OfferFinalAsync(request, finality, cancellationToken);
        return custodian.Search(parsed) is { } rows ? Http.Cbor(rows) : Http.Problem(StatusCodes.Status403Forbidden, "search-denied", "This holder does not answer.");
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
            session.Find("SELECT Ciphertext FROM versions WHERE CiphertextDigest = $1 AND HeaderDigest IS NOT NULL", row => row.GetFieldValue<byte[]>(0), parsed.ToArray())
            ?? session.Find("SELECT Ciphertext FROM replicas WHERE CiphertextDigest = $1", row => row.GetFieldValue<byte[]>(0), parsed.ToArray()));

        // A damaged copy is as good as none: another keeper has it whole.
        return found is not null && Digest.Of(found) == parsed ? Results.Bytes(found, "application/octet-stream") : Http.NotFound();
    }

    private static IResult FindEncapsulation(string digest, EncapsulationStore encapsulations) =>
        Http.TryDigest(digest) is { } parsed && encapsulations.Find(parsed) is { } found ? Results.Bytes(found, "application/octet-stream") : Http.NotFound();

    // The reader has the final checkpoint that its entry stands in; the note proves itself, so taking it from the reader saves the time until the sequencer sends it.
    private static async Task OfferFinalAsync(HttpRequest request, Finality finality, CancellationToken cancellationToken)
    {
        var header = request.Headers["X-Final-Checkpoint"].ToString();
        if (header.Length is > 0 and < 24_000 && TryBase64(header) is { } bytes)
        {
            await finality.OfferAsync(bytes, cancellationToken);
        }
    }

    private static byte[]? TryBase64(string text)
    {
        var buffer = new byte[text.Length * 3 / 4];
        return Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;
    }
}
