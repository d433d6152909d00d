using EhrLedger.Node.Tests.Harness;
using EhrLedger.Node.Tests.Smart;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Desk;

/// <summary>A browser of staff.</summary>
internal static class DeskBrowser
{
    /// <summary>Logs in to the staff's pages.</summary>
    public static async Task<Browser> EnterAsync(TestNode node, string login)
    {
        var browser = new Browser(node);
        var done = await browser.SendAsync(await browser.GetAsync((await browser.GetAsync("/console")).Location!), ("login", login), ("password", LaunchNode.Password));
        Assert.That(done.Location, Is.EqualTo("/auth/console"), done.Text);
        Assert.That((await browser.GetAsync(done.Location!)).Location, Is.EqualTo("/console"));
        return browser;
    }
}
