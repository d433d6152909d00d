using System.Security.Cryptography;
using EhrLedger.Client.Wallets;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Reading;
using Microsoft.AspNetCore.Mvc;

namespace EhrLedger.Node.Wallets;

/// <summary>What wallets ask of an organisation, and the front desk's two calls that begin it.</summary>
internal static class WalletEndpoints
{
    private const string NoConnection = "Not a connection that is sealed to this organisation.";
    private const string NoEpoch = "Not a new epoch that is sealed to this organisation.";
    private const int LargestSecret = 1 << 20;
    private const int LargestRequest = 64 << 10;
    private const int LargestGrant = 16 << 20;

    public static WebApplication MapWallets(this WebApplication app)
    {
        app.MapPost("/wallet/connections", ConnectAsync);
        app.MapPost("/wallet/epochs", StartEpochAsync);
        app.MapPost("/wallet/subject", AnswerSubjectAsync);
        app.MapPost("/wallet/access-requests/{id}/reader-keys", OfferKeysAsync);
        app.MapPost("/wallet/grants", TakeGrantAsync);
        app.MapPut("/wallet/directories/{name}", KeepDirectoryAsync);
        app.MapGet("/wallet/directories/{name}", FindDirectory);
        app.MapPost("/admin/patients/{id}/take-over-codes", MakeCodeAsync);
        return app;
    }

    private static async Task<IResult> ConnectAsync(HttpRequest request, TakeOver takeOver, [FromServices] OrganisationKeys keys, LogReplica replica, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestSecret, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (WalletRequest.Open(body.Span, keys.Sealing, replica.Genesis.Digest) is not { } plaintext)
        {
            return Http.Malformed(NoConnection);
        }

        try
        {
            return Connection.TryParse(plaintext) is not { } connection ? Http.Malformed(NoConnection)
                : await takeOver.ConnectAsync(connection, cancellationToken) is { } answer ? Http.Cbor(answer) : Http.NotFound("code-unknown");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static async Task<IResult> StartEpochAsync(HttpRequest request, SubjectEpochs epochs, [FromServices] OrganisationKeys keys, LogReplica replica, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestSecret, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (WalletRequest.Open(body.Span, keys.Sealing, replica.Genesis.Digest) is not { } plaintext)
        {
            return Http.Malformed(NoEpoch);
        }

        try
        {
            return NewEpoch.TryParse(plaintext) is not { } epoch ? Http.Malformed(NoEpoch)
                : await epochs.StartAsync(epoch, cancellationToken)
                    ? Results.NoContent()
                    : Http.Problem(StatusCodes.Status422UnprocessableEntity, "epoch-refused", "The subject is not known here, or the ledger has another epoch.");
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static async Task<IResult> AnswerSubjectAsync(HttpRequest request, SubjectDesk desk, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        return desk.Answer(body) is { } answer ? Http.Cbor(answer) : Http.Problem(StatusCodes.Status403Forbidden, "subject-denied", "The request is not the subject's, not for this organisation, or too old.");
    }

    private static async Task<IResult> OfferKeysAsync(string id, HttpRequest request, HeldGrants grants, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (!CborReading.TryRead(body, ReadCount, out var count) || Http.TryHex(id) is not { Length: 16 } key)
        {
            return Http.Malformed("Ask for 1 to 32 pairs of keys.");
        }

        return grants.Offer(key, count, out var usedUp) is { } offer ? Http.Cbor(offer.Encode())
            : usedUp ? Http.Problem(StatusCodes.Status429TooManyRequests, "access-request-used-up", "This request has had all the keys that it may have; ask the organisation for a new one.")
            : Http.NotFound("access-request-unknown");
    }

    private static async Task<IResult> TakeGrantAsync(HttpRequest request, HeldGrants grants, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestGrant, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        if (GrantDelivery.TryParse(body) is not { } delivery)
        {
            return Http.Malformed("Not an access key.");
        }

        return await grants.TakeAsync(delivery, cancellationToken)
            ? Results.NoContent()
            : Http.Problem(StatusCodes.Status422UnprocessableEntity, "access-key-refused", "The access key is not what stands on the ledger, or not for keys of this organisation.");
    }

    private static async Task<IResult> KeepDirectoryAsync(string name, HttpRequest request, WalletDirectories directories, CancellationToken cancellationToken)
    {
        if (KeyOf(name) is not { } key)
        {
            return Http.NotFound();
        }

        if (await request.ReadBodyAsync(SealedDirectory.LargestSize + 1_024, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        return directories.Keep(key, body) switch
        {
            DirectoryOutcome.Kept => Results.NoContent(),
            DirectoryOutcome.Older => Http.Problem(StatusCodes.Status409Conflict, "directory-older", "A directory with this number or a higher one is kept already."),
            DirectoryOutcome.NotSigned => Http.Malformed("Not a directory that its own key has signed."),
            DirectoryOutcome.Full => Http.Problem(StatusCodes.Status507InsufficientStorage, "directories-full", "This node has no room for more directories; another member may."),
        };
    }

    private static IResult FindDirectory(string name, WalletDirectories directories) =>
        KeyOf(name) is { } key && directories.Find(key) is { } kept ? Http.Cbor(kept) : Http.NotFound();

    private static async Task<IResult> MakeCodeAsync(string id, PatientDirectory patients, TakeOverCodes codes, Invitations invitations, CancellationToken cancellationToken)
    {
        if (patients.FindById(id) is not { Provisional: true })
        {
            return Http.NotFound();
        }

        var code = codes.Make(id);
        return Results.Json(new CodeView(code, await invitations.LinkToAsync(id, code, null, cancellationToken)), WalletJson.Default.CodeView);
    }

    private static int ReadCount(StrictCborReader reader)
    {
        reader.ReadStartArray(1);
        var count = (int)reader.ReadUInt(ReaderKeysOffer.MostKeys);
        reader.ReadEndArray();
        reader.Require(count > 0);
        return count;
    }

    private static Ed25519PublicKey? KeyOf(string hex) => Http.TryHex(hex) is { } bytes && Ed25519PublicKey.TryFromBytes(bytes, out var key) ? key : null;
}

/// <summary>Answer to the front desk: what is printed on the card, in letters and as a link that opens a wallet.</summary>
internal sealed record CodeView(string Code, string Link);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(CodeView))]
internal sealed partial class WalletJson : System.Text.Json.Serialization.JsonSerializerContext;
