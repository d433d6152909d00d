using System.Net;
using System.Net.Sockets;
using EhrLedger.Node.Fhir.Subscriptions;
using EhrLedger.Node.Settings;
using Hl7.Fhir.Model;
using NUnit.Framework;
using Task = System.Threading.Tasks.Task;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Where a subscriber's endpoint may be. What is internal: the IANA special-purpose address registries.</summary>
public sealed class SubscriberNetworksTests
{
    private static readonly SubscriberNetworks Usual = new(new NodeSettings { Urls = "https://10.0.0.1:443" });

    [TestCase("0.0.0.0")]
    [TestCase("10.255.255.255")]
    [TestCase("100.64.0.1")]
    [TestCase("127.0.0.1")]
    [TestCase("169.254.169.254")]
    [TestCase("172.31.0.1")]
    [TestCase("192.168.0.1")]
    [TestCase("224.0.0.1")]
    [TestCase("255.255.255.255")]
    [TestCase("::")]
    [TestCase("::1")]
    [TestCase("::ffff:127.0.0.1")]
    [TestCase("::127.0.0.1")]
    [TestCase("64:ff9b::7f00:1")]
    [TestCase("2002:7f00:1::")]
    [TestCase("2001::1")]
    [TestCase("fd00::1")]
    [TestCase("fe80::1")]
    [TestCase("ff02::1")]
    public void Nothing_is_sent_to(string address) => Assert.That(Usual.MayBeCalled(IPAddress.Parse(address)), Is.False);

    [TestCase("8.8.8.8")]
    [TestCase("172.32.0.1")]
    [TestCase("2606:4700::1111")]
    [TestCase("::ffff:8.8.8.8")]
    public void The_public_internet_is_called(string address) => Assert.That(Usual.MayBeCalled(IPAddress.Parse(address)), Is.True);

    [Test]
    public void Networks_that_the_operator_has_named_are_called_and_no_others()
    {
        var named = new SubscriberNetworks(new NodeSettings { SubscriptionNetworks = [IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("fd00::/8")] });
        Assert.That(((string[])["10.1.2.3", "::ffff:10.1.2.3", "fd12::1"]).Select(address => named.MayBeCalled(IPAddress.Parse(address))), Is.All.True);
        Assert.That(((string[])["10.2.0.1", "127.0.0.1", "::1"]).Select(address => named.MayBeCalled(IPAddress.Parse(address))), Is.All.False);
        Assert.That(named.MayBeNamed(new Uri("http://10.1.2.3/hook")), Is.False, "over http whoever is on the way would read it");
    }

    [TestCase("https://localhost")]
    [TestCase("https://127.0.0.1")]
    [TestCase("http://localhost")]
    public async Task A_name_does_not_lead_around_it(string endpoint)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var hook = new SubscriptionHook(Usual);
        var channel = new Subscription.ChannelComponent { Endpoint = $"{endpoint}:{((IPEndPoint)listener.LocalEndpoint).Port}/hook" };

        Assert.That(await hook.CallAsync(channel, CancellationToken.None), Does.Contain("does not call"));
        Assert.That(listener.Pending(), Is.False, "nobody has connected");
    }
}
