using Bunit;
using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.App.Start;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

public sealed class StartScreenTests
{
    [Test]
    public void A_new_wallet_shows_its_words_once_and_asks_for_three_of_them()
    {
        using var screens = new WalletScreens();
        var app = screens.Render<Root>();
        app.WaitForElement(Id("start-create")).Click();
        var words = app.FindAll($"{Id("words")} li").Select(item => item.TextContent).ToList();
        Assert.That(words, Has.Count.EqualTo(24));
        app.Find(Id("words-next")).Click();
        Assert.That(app.FindAll(Id("words")), Is.Empty);
        TypeAll(app, _ => "wrong");
        app.Find("form").Submit();
        Assert.That(app.Find(Id("start-error")).TextContent, Is.Not.Empty);
        TypeAll(app, number => " " + words[number - 1].ToUpperInvariant());
        app.Find("form").Submit();
        Assert.That(app.FindAll(Id("pin-new")), Has.Count.EqualTo(1));
    }

    [TestCase("12345", "12345")]
    [TestCase("123456", "123457")]
    public void A_PIN_that_is_short_or_typed_differently_is_refused(string pin, string again)
    {
        using var screens = new WalletScreens();
        using var seed = WalletSeed.Generate();
        var app = screens.Render<Root>();
        Restore(app, seed.ToPhrase());
        app.Find(Id("pin-new")).Input(pin);
        app.Find(Id("pin-again")).Input(again);
        app.Find("form").Submit();
        Assert.That(app.Find(Id("start-error")).TextContent, Is.Not.Empty);
        Assert.That(screens.Device.Kept, Is.Empty);
    }

    [Test]
    public void Words_that_are_no_phrase_go_no_further()
    {
        using var screens = new WalletScreens();
        var app = screens.Render<Root>();
        Restore(app, "abandon abandon abandon");
        Assert.That(app.Find(Id("start-error")).TextContent, Is.Not.Empty);
        Assert.That(app.FindAll(Id("pin-new")), Is.Empty);
    }

    [Test]
    public void With_the_node_down_it_says_so_and_nothing_is_kept()
    {
        using var screens = new WalletScreens();
        using var seed = WalletSeed.Generate();
        var app = screens.Render<Root>();
        Restore(app, seed.ToPhrase());
        app.Find(Id("pin-new")).Input("correct horse");
        app.Find(Id("pin-again")).Input("correct horse");
        app.Find("form").Submit();
        WaitForError(app, "does not answer");
        Assert.That(screens.Device.Kept, Is.Empty);
    }

    [Test]
    public async Task A_wrong_PIN_is_said_with_the_time_to_wait()
    {
        using var screens = new WalletScreens();
        using var seed = WalletSeed.Generate();
        await new DeviceLock(screens.Device, screens.Clock).KeepAsync(seed, Digest.Of([1]), "correct horse", default);
        screens.Device.Kept["guesses"] = new Guesses(3, screens.Clock.Now).Encode();
        var app = screens.Render<Root>();
        app.WaitForElement(Id("unlock-pin")).Input("wrong horse");
        await app.Find("form").SubmitAsync();
        WaitForError(app, "5 seconds");
        Assert.That(screens.Mine.Stage, Is.EqualTo(WalletStage.Locked));
    }

    [Test]
    public void The_other_language_is_one_tap_away()
    {
        using var screens = new WalletScreens();
        var app = screens.Render<Root>();
        app.WaitForElement(Id("language-zh")).Change(true);
        Assert.That(app.Find(Id("start-create")).TextContent, Does.Contain("新建钱包"));
        Assert.That(screens.Device.Preferences[0], Is.EqualTo("zh"));
    }

    [Test]
    public void The_words_asked_for_are_three_different_ones()
    {
        var phrase = string.Join(' ', Enumerable.Range(0, 24).Select(i => $"w{i}"));
        var check = PhraseCheck.Of(phrase);
        Assert.Multiple(() =>
        {
            Assert.That(check.Asked, Has.Count.EqualTo(3));
            Assert.That(check.Asked, Is.Unique);
            Assert.That(check.Asked, Is.Ordered);
            Assert.That(check.Accepts([.. check.Asked.Select(i => $"W{i} ")]), Is.True);
            Assert.That(check.Accepts(["w0", "w0", "w0"]), Is.False);
            Assert.That(check.Accepts(["w0"]), Is.False);
        });
    }

    private static string Id(string name) => $"[data-testid={name}]";

    private static void Restore(IRenderedComponent<Root> app, string words)
    {
        app.WaitForElement(Id("start-restore")).Click();
        app.Find(Id("restore-words")).Input(words);
        app.Find("form").Submit();
    }

    private static void WaitForError(IRenderedComponent<Root> app, string words) =>
        app.WaitForState(() => app.Find(Id("start-error")).TextContent.Contains(words, StringComparison.Ordinal), TimeSpan.FromSeconds(20));

    private static void TypeAll(IRenderedComponent<Root> app, Func<int, string> word)
    {
        for (var i = 0; i < PhraseCheck.Count; i++)
        {
            var field = app.Find(Id($"confirm-word-{i}"));
            field.Input(word(int.Parse(field.GetAttribute("data-word")!, System.Globalization.CultureInfo.InvariantCulture)));
        }
    }
}
