using Bunit;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Preferences;
using EhrLedger.Wallet.App.Session;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>Unlocking with a finger, a face or the screen lock: switched on and off in the settings, used on the first screen.</summary>
public sealed class PasskeyTests
{
    private static readonly string[] OfTheWallet = ["Wallet"];

    private MemoryDevice _device = null!;
    private WalletScreens _screens = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _device = new MemoryDevice { Authenticator = new MemoryAuthenticator() };
        _screens = new WalletScreens(_device);
        await _screens.OpenAsync();
    }

    [TearDown]
    public void Stop() => _screens.Dispose();

    [Test]
    public async Task Once_switched_on_a_finger_opens_the_wallet()
    {
        await SwitchOnAsync();
        Assert.That(_device.Authenticator!.Names, Is.EqualTo(OfTheWallet));
        using var later = Again();
        var app = Locked(later);
        await app.TapAsync("unlock-passkey");
        app.WaitForState(() => later.Mine.Stage == WalletStage.Open, Waits.Patience);
        Assert.That(later.Mine.Wallet!.ToPhrase(), Is.EqualTo(_screens.Mine.Wallet!.ToPhrase()));
    }

    [Test]
    public async Task The_PIN_opens_it_as_before()
    {
        await SwitchOnAsync();
        _device.Authenticator!.Confirms = false;
        using var later = Again();
        var app = Locked(later);
        await app.TypeAsync("unlock-pin", OpenWallet.Pin);
        await app.SendAsync("unlock-pin");
        app.WaitForState(() => later.Mine.Stage == WalletStage.Open, Waits.Patience);
    }

    [Test]
    public async Task Before_it_is_switched_on_the_patient_reads_who_can_open_it_then_and_where_it_is_listed()
    {
        var settings = _screens.Render<SettingsScreen>();
        await settings.TapAsync("settings-passkey");
        Assert.That(settings.Find(Taps.Hook("passkey-cost")).TextContent, Does.Contain("Whoever can unlock this device"));
        Assert.That(settings.Markup, Does.Contain("a passkey for localhost"));
        Assert.That(_device.Authenticator!.Asked, Is.Zero);
    }

    [Test]
    public async Task A_wrong_PIN_switches_nothing_on_and_counts()
    {
        var settings = _screens.Render<SettingsScreen>();
        await settings.TapAsync("settings-passkey");
        await settings.TypeAsync("settings-current", "wrong horse");
        await settings.SendAsync("settings-current");
        Waits.Wait(settings, "settings-error", "not the PIN");
        Assert.That(settings.FindAll(Taps.Hook("settings-passkey-confirm")), Is.Empty);
        Assert.That(_device.Authenticator!.Asked, Is.Zero);
        Assert.That(_device.Kept.ContainsKey(PasskeyLock.FileName), Is.False);
        Assert.That(Guesses.Parse(_device.Kept["guesses"]).Wrong, Is.EqualTo(1));
    }

    [Test]
    public void A_device_that_can_not_is_not_asked()
    {
        _device.Authenticator = null;
        var settings = _screens.Render<SettingsScreen>();
        Assert.That(settings.FindAll(Taps.Hook("settings-pin")), Has.Count.EqualTo(1));
        Assert.That(settings.FindAll(Taps.Hook("settings-passkey")), Is.Empty);
    }

    [Test]
    public async Task A_device_whose_passkeys_give_no_key_says_so_and_keeps_nothing()
    {
        _device.Authenticator!.HasPrf = false;
        var settings = await SwitchOnAsync("can't unlock the wallet in this way");
        Assert.That(settings.FindAll(Taps.Hook("settings-passkey")), Has.Count.EqualTo(1));
        Assert.That(_device.Kept.ContainsKey(PasskeyLock.FileName), Is.False);
        Assert.That(_screens.Mine.HasPasskey, Is.False);
    }

    [Test]
    public async Task Cancelled_while_it_is_switched_on_nothing_is_changed()
    {
        _device.Authenticator!.Confirms = false;
        await SwitchOnAsync("Nothing was changed");
        Assert.That(_device.Kept.ContainsKey(PasskeyLock.FileName), Is.False);
    }

    [Test]
    public async Task Cancelled_on_the_first_screen_it_says_so_and_the_PIN_is_still_there()
    {
        await SwitchOnAsync();
        _device.Authenticator!.Confirms = false;
        using var later = Again();
        var app = Locked(later);
        await app.TapAsync("unlock-passkey");
        Waits.Wait(app, "start-error", "did not confirm that it is you");
        Assert.That(app.Find(Taps.Hook("unlock-pin")).HasAttribute("disabled"), Is.False);
        Assert.That(later.Mine.Stage, Is.EqualTo(WalletStage.Locked));
    }

    [Test]
    public async Task Another_authenticators_output_opens_nothing_and_says_so()
    {
        await SwitchOnAsync();
        _device.Authenticator!.Swap();
        using var later = Again();
        var app = Locked(later);
        await app.TapAsync("unlock-passkey");
        Waits.Wait(app, "start-error", "does not open this wallet");
        Assert.That(later.Mine.Stage, Is.EqualTo(WalletStage.Locked));
    }

    /// <summary>Else whoever knows of it could guess two PINs after each time that the owner used a finger; and who guesses could lock the owner's finger out.</summary>
    [Test]
    public async Task A_finger_waits_for_no_pause_and_takes_no_wrong_PIN_back()
    {
        await SwitchOnAsync();
        var guesses = new Guesses(6, _screens.Clock.Now);
        _device.Kept["guesses"] = guesses.Encode();
        using var later = Again();
        var app = Locked(later);
        await app.TapAsync("unlock-passkey");
        app.WaitForState(() => later.Mine.Stage == WalletStage.Open, Waits.Patience);
        Assert.That(Guesses.Parse(_device.Kept["guesses"]), Is.EqualTo(guesses));
    }

    [Test]
    public async Task Another_PIN_leaves_it_on()
    {
        await SwitchOnAsync();
        await _screens.Mine.ChangePinAsync("another horse", default);
        using var later = Again();
        var app = Locked(later);
        await app.TapAsync("unlock-passkey");
        app.WaitForState(() => later.Mine.Stage == WalletStage.Open, Waits.Patience);
    }

    [Test]
    public async Task Another_wallet_from_words_forgets_it()
    {
        await SwitchOnAsync();
        Assert.That(await _screens.Mine.KeepAsync(WalletSeed.Generate(), OpenWallet.Pin, restore: false, null, default), Is.EqualTo(OpenOutcome.Opened));
        Assert.That(_screens.Mine.HasPasskey, Is.False);
        using var later = Again();
        var app = later.Render<Root>();
        app.WaitForElement(Taps.Hook("unlock-pin"));
        Assert.That(app.FindAll(Taps.Hook("unlock-passkey")), Is.Empty);
    }

    [Test]
    public async Task Removed_from_the_device_the_wallet_leaves_no_passkey()
    {
        await SwitchOnAsync();
        await _screens.Mine.RemoveAsync(default);
        Assert.That(_device.Kept, Is.Empty);
        Assert.That(_device.Authenticator!.Names, Is.Empty);
    }

    [Test]
    public async Task Switched_off_only_the_PIN_is_asked_for()
    {
        var settings = await SwitchOnAsync();
        await settings.TapAsync("settings-passkey-off");
        Assert.That(_screens.Mine.HasPasskey, "it asks before it does so");
        await settings.TapAsync("settings-passkey-stop");
        Waits.Wait(settings, "settings-status", "remove its passkey in your device's settings");
        Assert.That(settings.FindAll(Taps.Hook("settings-passkey")), Has.Count.EqualTo(1));
        using var later = Again();
        var app = later.Render<Root>();
        app.WaitForElement(Taps.Hook("unlock-pin"));
        Assert.That(app.FindAll(Taps.Hook("unlock-passkey")), Is.Empty);
    }

    [Test]
    public async Task Whoever_has_only_a_finger_sees_no_words()
    {
        await SwitchOnAsync();
        var settings = _screens.Render<SettingsScreen>();
        await settings.TapAsync("settings-words");
        Assert.That(settings.FindAll(Taps.Hook("words")), Is.Empty);
        Assert.That(settings.FindAll(Taps.Hook("settings-current")), Has.Count.EqualTo(1));
    }

    private async Task<IRenderedComponent<SettingsScreen>> SwitchOnAsync(string says = "It is on")
    {
        var settings = _screens.Render<SettingsScreen>();
        await settings.TapAsync("settings-passkey");
        await settings.TypeAsync("settings-current", OpenWallet.Pin);
        await settings.SendAsync("settings-current");
        settings.WaitForElement(Taps.Hook("settings-passkey-confirm"), Waits.Patience);
        await settings.TapAsync("settings-passkey-confirm");
        Waits.Wait(settings, "settings-status", says);
        return settings;
    }

    /// <summary>The app opened anew on the same device.</summary>
    private WalletScreens Again() => new(_device);

    private static IRenderedComponent<Root> Locked(WalletScreens screens)
    {
        screens.Serve();
        var app = screens.Render<Root>();
        app.WaitForElement(Taps.Hook("unlock-passkey"));
        return app;
    }
}
