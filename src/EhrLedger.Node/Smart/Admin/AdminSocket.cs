using System.Net.Sockets;
using EhrLedger.Node.Settings;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace EhrLedger.Node.Smart.Admin;

/// <summary>The operator's way in: a Unix domain socket that only its owner may connect to. What is mapped under <see cref="Path"/> answers there and nowhere else.</summary>
internal static class AdminSocket
{
    /// <summary>Of all calls that only the socket has.</summary>
    public const string Path = "/operator";

    /// <summary>Makes the socket's file for its owner only, before anybody can connect, and in the place of one that an earlier process left.</summary>
    public static void ProtectAdminSocket(this WebApplicationBuilder builder) => builder.WebHost.UseSockets(transport => transport.CreateBoundListenSocket = endpoint =>
    {
        if (endpoint is not UnixDomainSocketEndPoint || endpoint.ToString() is not { } file)
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }

        File.Delete(file);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (!OperatingSystem.IsWindows())
        {
            // Bound and not listening yet: nobody can have connected.
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return socket;
    });

    /// <summary>Answers 404 to whoever asks for <see cref="Path"/> by another way, and to whoever asks the socket for anything but that and /admin.</summary>
    public static void UseAdminSocket(this WebApplication app) => app.Use((context, next) =>
    {
        var isOperator = IsOperator(context);
        var path = context.Request.Path;
        if (path.StartsWithSegments(Path) != isOperator && !(isOperator && path.StartsWithSegments("/admin")))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(context);
    });

    /// <summary>Whether a request came through the socket.</summary>
    public static bool IsOperator(HttpContext context) => context.Features.Get<IConnectionEndPointFeature>()?.LocalEndPoint is UnixDomainSocketEndPoint;

    /// <summary>The socket's address for Kestrel.</summary>
    public static string AddressOf(NodeSettings settings) => $"http://unix:{settings.AdminSocket}";
}
