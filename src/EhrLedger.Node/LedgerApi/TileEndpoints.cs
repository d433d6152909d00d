using EhrLedger.Ledger.Replication;
using EhrLedger.MerkleLog.Tiles;
using EhrLedger.MerkleLog.Tree;
using EhrLedger.Node.Hosting;

namespace EhrLedger.Node.LedgerApi;

/// <summary>The log for auditors, under /log: C2SP tlog-tiles. Nothing is served that is not final.</summary>
internal static class TileEndpoints
{
    private const string Bytes = "application/octet-stream";

    /// <summary>Maps checkpoint, tiles and bundles.</summary>
    public static WebApplication MapTiles(this WebApplication app)
    {
        app.MapGet("/log/{**path}", ReadAsync);
        return app;
    }

    private static Task<IResult> ReadAsync(string path, HttpResponse response, LogReplica replica, ILogStore store, Finality finality, CancellationToken cancellationToken)
    {
        var size = finality.Size;
        return TilePath.Parse("/" + path) is not { } resource
            ? Task.FromResult(Http.NotFound())
            : resource.Match(
                _ => Task.FromResult(ReadCheckpoint(finality)),
                tile => ReadTileAsync(tile, response, store, size, cancellationToken),
                bundle => Task.FromResult(ReadBundle(bundle, response, replica, size)));
    }

    private static IResult ReadCheckpoint(Finality finality) =>
        finality.Newest is { } newest ? Results.Bytes(newest.Checkpoint.Received.Encode(), "text/plain; charset=utf-8") : Http.NotFound("not-final");

    private static async Task<IResult> ReadTileAsync(TilePath.Hashes tile, HttpResponse response, ILogStore store, ulong size, CancellationToken cancellationToken)
    {
        if (await HashTile.FindAsync(tile, size, store, cancellationToken).ConfigureAwait(false) is not { } hashes)
        {
            return Http.NotFound();
        }

        NeverChanges(response);
        return Results.Bytes(hashes, Bytes);
    }

    private static IResult ReadBundle(TilePath.Entries bundle, HttpResponse response, LogReplica replica, ulong size)
    {
        if (!HashTile.HasEntries(bundle, size))
        {
            return Http.NotFound();
        }

        var leaves = replica.ReadLeaves(bundle.Index * StoredHash.RowWidth, bundle.Width);
        if (leaves.Count != bundle.Width)
        {
            return Http.NotFound();
        }

        NeverChanges(response);
        return Results.Bytes(EntryBundle.Encode([.. leaves.Select(leaf => leaf.Bytes)]), Bytes);
    }

    private static void NeverChanges(HttpResponse response) => response.Headers.CacheControl = "public, max-age=31536000, immutable";
}
