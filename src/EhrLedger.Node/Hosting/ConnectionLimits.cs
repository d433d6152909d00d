using System.Net;
using EhrLedger.Node.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EhrLedger.Node.Hosting;

/// <summary>
/// How many connections are open at once, counted apart for this organisation's own addresses and for those of peers: however many its applications open, replication, custody and wallets go on, and the
/// other way round. Where there is only one address, all share one number.
/// </summary>
/// <remarks>Kestrel's own MaxConcurrentConnections is one number for all addresses.</remarks>
internal static class ConnectionLimits
{
    /// <summary>Most on each side; more are dropped without an answer.</summary>
    public const int MostConnections = 2_000;

    /// <summary>Counts at every address.</summary>
    public static void LimitConnections(this KestrelServerOptions kestrel, NodeSettings settings)
    {
        var own = settings.PrivatePorts().ToHashSet();
        var (ours, peers) = (new Side(), new Side());
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => async connection =>
        {
            // What is no IP address is the operator's own socket.
            if (connection.LocalEndPoint is not IPEndPoint local)
            {
                await next(connection).ConfigureAwait(false);
                return;
            }

            var side = own.Contains(local.Port) ? ours : peers;
            if (!side.TryEnter())
            {
                connection.Abort(new ConnectionAbortedException("Too many connections."));
                return;
            }

            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                side.Leave();
            }
        }));
    }

    private sealed class Side
    {
        private int _open;

        public bool TryEnter()
        {
            if (Interlocked.Increment(ref _open) <= MostConnections)
            {
                return true;
            }

            Leave();
            return false;
        }

        public void Leave() => Interlocked.Decrement(ref _open);
    }
}
