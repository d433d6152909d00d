namespace EhrLedger.Cli.Shell;

/// <summary>Everything that a command reaches outside itself, besides the files that it is told of.</summary>
/// <param name="Terminal">The three streams.</param>
/// <param name="Http">Without redirects and without a timeout of its own: each call has one.</param>
/// <param name="Time">The clock.</param>
internal sealed record Surroundings(Terminal Terminal, HttpClient Http, TimeProvider Time)
{
    /// <summary>The client that commands call nodes with. The caller disposes of it.</summary>
    /// <remarks>A redirect is not followed: records go to the address that was typed, and nowhere else.</remarks>
    public static HttpClient CreateHttp() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
