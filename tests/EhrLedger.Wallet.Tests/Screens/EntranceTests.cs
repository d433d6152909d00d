using System.Net;
using System.Text.RegularExpressions;
using Bunit;
using EhrLedger.Client.Invitations;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.Tests;
using EhrLedger.Wallet.App;
using EhrLedger.Wallet.App.Texts;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>The first page shows a new patient the first screen before .NET has come (js/entrance.js): it has to be the one that the app then draws.</summary>
public sealed partial class EntranceTests
{
    private const string Begin = "<!-- entrance: written by EntranceTests -->\n";
    private const string End = "  <!-- /entrance -->";

    private static string PageFile => Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "src", "EhrLedger.Wallet.App", "wwwroot", "index.html");

    [Test]
    public async Task The_first_page_has_the_first_screen_that_the_app_draws()
    {
        var (_, entrance, _) = Split(await File.ReadAllTextAsync(PageFile));
        Assert.That(entrance, Is.EqualTo(await DrawAsync()));
    }

    [Test]
    [Explicit("Writes what the app draws now; look at the difference before keeping it.")]
    public async Task Write_it()
    {
        var (before, _, after) = Split(await File.ReadAllTextAsync(PageFile));
        await File.WriteAllTextAsync(PageFile, before + await DrawAsync() + after);
        Assert.That(File.Exists(PageFile), Is.True);
    }

    /// <summary>A template for each language, with the label of an invitation left open.</summary>
    private static async Task<string> DrawAsync()
    {
        using var organisation = Ed25519PrivateKey.Generate();
        var invitation = new Invitation("{0}", Digest.Of([1]), new OrganisationId(organisation.Public), "code", null);
        var drawn = "";
        foreach (var texts in Language.All)
        {
            using var screens = new WalletScreens();
            await screens.Device.PreferAsync(texts.Code, "auto", "usual");
            screens.Device.Fragment = invitation.ToLink(new Uri("http://node.test/")).Fragment;
            var app = screens.Render<Root>();
            await app.WaitForElementAsync("[data-testid=start-create]");
            var screen = Space().Replace(FrameworksOwn().Replace(app.Markup, ""), " ").Replace("> <", "><", StringComparison.Ordinal).Trim();
            drawn += $"""
                  <template lang="{texts.Code}" data-working="{WebUtility.HtmlEncode(texts.Working)}" data-failed="{WebUtility.HtmlEncode(texts.NotLoaded)}">{screen}<div class="coming"><p role="status"></p><div class="loaded" aria-hidden="true"></div></div></template>

                """;
        }

        return drawn;
    }

    private static (string Before, string Entrance, string After) Split(string page)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.That(begin, Is.GreaterThan(Begin.Length).And.LessThanOrEqualTo(end));
        return (page[..begin], page[begin..end], page[end..]);
    }

    [GeneratedRegex(""" (blazor:[\w:.]+|_bl_\w+)(="[^"]*")?""")]
    private static partial Regex FrameworksOwn();

    [GeneratedRegex("""\s+""")]
    private static partial Regex Space();
}
