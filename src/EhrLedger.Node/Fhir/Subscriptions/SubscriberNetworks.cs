using System.Net;
using System.Net.Sockets;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Where subscribers' endpoints may be: on the public internet, and in those internal networks that the operator has named. A client must not be able to have this node call what the client itself can't reach. What a name leads to is looked at
/// when a connection is made, and that address is the one that is connected to.
/// </summary>
internal sealed class SubscriberNetworks(NodeSettings settings)
{
    // Whatever IPv6 has outside of this is of the machine, of the link, of the site, or leads to an IPv4 address.
    private static readonly IPNetwork GlobalIPv6 = IPNetwork.Parse("2000::/3");

    /// <summary>What is not the public internet.</summary>
    /// <remarks>Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890).</remarks>
    private static readonly IPNetwork[] Internal =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ]).Select(network => IPNetwork.Parse(network)),
    ];

    /// <summary>Whether an endpoint may stand in a Subscription: https, or http on this machine; and where it has an address in place of a name, one that is called.</summary>
    public bool MayBeNamed(Uri endpoint) =>
        (endpoint.Scheme == Uri.UriSchemeHttps || (endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback))
        && (IPAddress.TryParse(endpoint.DnsSafeHost, out var address) ? MayBeCalled(address) : !endpoint.IsLoopback || MayBeCalled(IPAddress.Loopback));

    /// <summary>Connects to an endpoint.</summary>
    /// <exception cref="SocketException">Nothing answers there, or it is where nothing is called: which of them makes no difference to a subscriber.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var isHttps = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        var addresses = (await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken)).Where(address => MayBeCalled(address) && (isHttps || IPAddress.IsLoopback(address))).ToArray();
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostUnreachable);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether anything is sent to an address.</summary>
    public bool MayBeCalled(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var isPublic = (plain.AddressFamily == AddressFamily.InterNetwork || GlobalIPv6.Contains(plain)) && !Array.Exists(Internal, network => network.Contains(plain));
        return isPublic || settings.SubscriptionNetworks.Any(network => network.Contains(plain));
    }
}
