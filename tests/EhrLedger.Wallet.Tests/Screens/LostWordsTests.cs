using System.Text;
using Bunit;
using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Session;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>A wallet on its way back through guardians, while no other member answers. Over real nodes: GuardianStory.</summary>
public sealed class LostWordsTests
{
    private const string Pin = "correct horse";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [TestCase("", Pin, Pin)]
    [TestCase("Anna", "12345", "12345")]
    [TestCase("Anna", "123456", "123457")]
    public void It_begins_with_a_name_and_a_PIN(string name, string pin, string again)
    {
        using var screens = new WalletScreens();
        screens.Serve();
        var app = screens.Render<Root>();
        Begin(app, name, pin, again);
        Assert.That(app.Find(Id("lost-error")).TextContent, Is.Not.Empty);
        Assert.That(screens.Device.Kept, Is.Empty);
    }

    [Test]
    public void With_the_node_down_it_says_so_and_nothing_is_kept()
    {
        using var screens = new WalletScreens();
        var app = screens.Render<Root>();
        Begin(app);
        app.WaitForState(() => app.Find(Id("lost-error")).TextContent.Contains("does not answer", StringComparison.Ordinal), Patience);
        Assert.That(screens.Device.Kept, Is.Empty);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Wherever_the_device_stops_recovery_or_seed_is_on_it(int changes)
    {
        using var screens = new WalletScreens();
        screens.Serve();
        Begun(screens, out _);
        using var seed = WalletSeed.Generate();
        screens.Device.ChangesLeft = changes;
        Assert.That(async () => await screens.Mine.KeepAsync(seed, Pin, restore: false, null, default), Throws.InstanceOf<IOException>());
        Assert.That(screens.Device.Kept.ContainsKey("recovery"), Is.Not.EqualTo(screens.Device.Kept.ContainsKey("seed")), "one of the two, whole");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_the_camera_sees_is_taken_as_what_is_pasted(bool canScan)
    {
        using var screens = new WalletScreens();
        screens.Serve();
        screens.Device.CanScan = canScan;
        Begun(screens, out var app);
        app.WaitForState(() => app.FindAll(Id("lost-scan")).Count == (canScan ? 1 : 0), Patience);
        if (canScan)
        {
            app.WaitForState(() => !app.Find(Id("lost-scan")).HasAttribute("disabled"), Patience);
            await app.TapAsync("lost-scan");
            Assert.That(app.Find(Id("lost-error")).TextContent, Is.Empty, "nothing was seen");
            screens.Device.Seen = "hello";
            await app.TapAsync("lost-scan");
            app.WaitForState(() => app.Find(Id("lost-error")).TextContent.Contains("This does not help", StringComparison.Ordinal), Patience);
        }
    }

    [Test]
    public void What_it_shows_is_the_same_after_the_app_was_closed_and_stands_under_the_PIN()
    {
        using var first = new WalletScreens();
        first.Serve();
        var ask = Begun(first, out _);
        Assert.That(first.Device.Kept.Keys, Is.EquivalentTo(new[] { "recovery", "recovery-guesses" }));
        Assert.That(Encoding.UTF8.GetString(first.Device.Kept["recovery"]), Does.Not.Contain("Anna"));

        using var again = new WalletScreens(first.Device);
        again.Node.Answers["/ledger/genesis"] = first.Node.Answers["/ledger/genesis"];
        again.Node.Answers["/relay"] = first.Node.Answers["/relay"];
        var app = again.Render<Root>();
        app.WaitForElement(Id("lost-unlock-pin")).Input("wrong horse");
        app.Find("form").Submit();
        app.WaitForState(() => app.Find(Id("lost-error")).TextContent.Contains("not the PIN", StringComparison.Ordinal), Patience);
        Assert.That(Guesses.Parse(again.Device.Kept["recovery-guesses"]).Wrong, Is.EqualTo(1));
        app.Find(Id("lost-unlock-pin")).Input(Pin);
        app.Find("form").Submit();
        Assert.That(app.WaitForElement(Id("lost-ask"), Patience).GetAttribute("value"), Is.EqualTo(ask.ToText()));
        Assert.That(app.Find(Id("lost-code")).TextContent, Is.EqualTo(ask.Code));
        Assert.That(app.Find(Id("lost-asking")).TextContent, Is.EqualTo("Anna"));
    }

    [Test]
    public void Another_network_than_it_was_begun_in_is_not_gone_on_with()
    {
        using var first = new WalletScreens();
        first.Serve();
        Begun(first, out _);
        using var again = new WalletScreens(first.Device);
        again.Serve();
        var app = again.Render<Root>();
        app.WaitForElement(Id("lost-unlock-pin")).Input(Pin);
        app.Find("form").Submit();
        app.WaitForState(() => app.Find(Id("lost-error")).TextContent.Contains("another network", StringComparison.Ordinal), Patience);
    }

    [Test]
    public void What_no_guardian_has_sent_does_not_count()
    {
        using var screens = new WalletScreens();
        screens.Serve();
        Begun(screens, out var app);
        app.Find(Id("lost-approval")).Input("hello");
        app.Find("form").Submit();
        app.WaitForState(() => app.Find(Id("lost-error")).TextContent.Contains("does not help", StringComparison.Ordinal), Patience);
        Assert.That(app.Find(Id("lost-progress")).TextContent, Does.StartWith("0 guardians"));
    }

    [Test]
    public void Left_alone_it_goes_out_of_memory()
    {
        using var screens = new WalletScreens();
        screens.Serve();
        Begun(screens, out _);
        screens.Device.Idle!();
        Assert.That(screens.Device.Left);
        Assert.That(screens.Services.GetRequiredService<RecoveryOnDevice>().Ask, Is.Null);
    }

    [Test]
    public async Task Giving_up_forgets_it_and_needs_no_PIN()
    {
        using var first = new WalletScreens();
        first.Serve();
        Begun(first, out _);
        using var again = new WalletScreens(first.Device);
        var app = again.Render<Root>();
        await app.WaitForElement(Id("start-back")).ClickAsync();
        Assert.That(app.Find(Id("start-coming")).TextContent, Does.Contain("on its way back"));
        await app.Find(Id("start-lost")).ClickAsync();
        await app.Find(Id("lost-give-up")).ClickAsync();
        await app.Find(Id("lost-give-up-now")).ClickAsync();
        Assert.That(app.FindAll(Id("start-create")), Has.Count.EqualTo(1));
        Assert.That(app.FindAll(Id("start-coming")), Is.Empty);
        Assert.That(again.Device.Kept["recovery"], Is.Empty);
    }

    [Test]
    public async Task Who_has_forgotten_the_PIN_and_lost_the_words_comes_there_too_and_the_wallet_stays_until_then()
    {
        using var screens = new WalletScreens();
        using var seed = WalletSeed.Generate();
        await new DeviceLock(screens.Device, screens.Clock).KeepAsync(seed, Digest.Of([1]), Pin, default);
        var kept = screens.Device.Kept["seed"];
        screens.Serve();
        var app = screens.Render<Root>();
        await app.WaitForElement(Id("unlock-forgot")).ClickAsync();
        Begin(app);
        app.WaitForElement(Id("lost-ask"), Patience);
        Assert.That(screens.Device.Kept["seed"], Is.EqualTo(kept));
    }

    private static RecoveryAsk Begun(WalletScreens screens, out IRenderedComponent<Root> app)
    {
        var root = app = screens.Render<Root>();
        Begin(root);
        var ask = RecoveryAsk.TryParse(root.WaitForElement(Id("lost-ask"), Patience).GetAttribute("value"))!;
        root.WaitForState(() => root.Find(Id("lost-progress")).TextContent.Contains("so far", StringComparison.Ordinal), Patience);
        return ask;
    }

    private static void Begin(IRenderedComponent<Root> app, string name = "Anna", string pin = Pin, string again = Pin)
    {
        app.WaitForElement(Id("start-lost")).Click();
        app.WaitForElement(Id("lost-name")).Input(name);
        app.Find(Id("lost-pin")).Input(pin);
        app.Find(Id("lost-again")).Input(again);
        app.Find("form").Submit();
    }

    private static string Id(string name) => $"[data-testid={name}]";
}
