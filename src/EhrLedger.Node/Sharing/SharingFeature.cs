using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Keys;
using Microsoft.AspNetCore.Mvc;

namespace EhrLedger.Node.Sharing;

/// <summary>The directory as members share it with each other.</summary>
internal static class SharingFeature
{
    private const int LargestRequest = 1 << 10;

    public static IServiceCollection AddSharing(this IServiceCollection services, NodeIdentity identity)
    {
        services
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<SharedDirectory>(provider, identity.Organisation))
            .AddSingleton<MemberDirectories>()
            .AddSingleton<DirectoryPull>();
        Loop.Add<DirectoryPull>(services, "pull of members' directories", (pull, token) => pull.RunAsync(token));
        return services;
    }

    public static WebApplication MapSharing(this WebApplication app)
    {
        app.MapPost("/peer/directory", AnswerAsync);
        return app;
    }

    private static async Task<IResult> AnswerAsync(
        HttpRequest request, SharedDirectory directory, LogReplica replica, [FromServices] OrganisationKeys keys, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await request.ReadBodyAsync(LargestRequest, cancellationToken) is not { } body)
        {
            return Http.TooLarge();
        }

        var genesis = replica.Genesis.Digest;
        if (DirectoryRequest.Open(body, replica.Members, keys.Organisation, time.GetUtcNow(), genesis) is not { } opened
            || replica.Members.Find(opened.Asker) is not { } asker
            || XWingPublicKey.TryFromBytes(asker.SealingKey.Span) is not { } recipient)
        {
            return Http.Problem(StatusCodes.Status403Forbidden, "directory-denied", "No request of a member to this organisation, made just now.");
        }

        try
        {
            return directory.Next(opened, Digest.Of(body.Span)) is { } portion ? Results.Bytes(portion.Seal(keys.Signing, recipient, genesis), "application/octet-stream") : Http.Unavailable();
        }
        catch (StoreFailedException)
        {
            return Http.Unavailable();
        }
    }
}
