using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Bunit;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.App.Device;
using EhrLedger.Wallet.App.Emergencies;
using EhrLedger.Wallet.Emergencies;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>What may be opened in an emergency, and what was. Over real nodes: the story in a browser.</summary>
public sealed class EmergencyScreenTests
{
    private static readonly DateTimeOffset Declared = new(2026, 5, 4, 9, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task Nobody_may_before_the_patient_has_decided_and_one_tap_decides()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<EmergencyScreen>();
        Assert.That(screen.Find(Id("emergency-policy")).TextContent, Does.Contain("not decided"));
        Assert.That(screen.FindAll(Id("emergency-card")), Is.Empty);
        Assert.That(screen.Find(Id("emergency-cost")).TextContent, Does.Contain("without you").And.Contain("one and the same person"));

        await screen.Find(Id("emergency-on")).ClickAsync();
        screen.WaitForState(() => screen.Find(Id("emergency-policy")).TextContent.Contains("hospitals may", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        Assert.That(screens.Mine.Wallet!.Emergencies.Kinds, Is.EqualTo(PatientEmergencies.DefaultKinds));
        Assert.That(screen.Find(Id("emergency-card")).TextContent, Is.EqualTo(screens.Mine.Wallet.Emergencies.ToCard()));
        Assert.That(screen.FindAll(Id("emergency-on")), Is.Empty);
    }

    [Test]
    public async Task What_the_members_have_not_heard_yet_is_said()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<EmergencyScreen>();
        await screen.Find(Id("emergency-on")).ClickAsync();
        screen.WaitForState(() => screen.Find(Id("emergency-status")).TextContent.Contains("not finished everywhere", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
    }

    [Test]
    public async Task The_patient_can_say_no_and_switch_it_off_again()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var screen = screens.Render<EmergencyScreen>();
        await screen.Find(Id("emergency-off")).ClickAsync();
        screen.WaitForState(() => screen.Find(Id("emergency-policy")).TextContent.Contains("Switched off", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        Assert.That(screens.Mine.Wallet!.Emergencies.Kinds, Is.Empty.And.Not.Null);
        Assert.That(screen.FindAll(Id("emergency-off")), Is.Empty);
    }

    [Test]
    public async Task The_card_can_be_saved()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        await screens.Mine.Wallet!.Emergencies.SetPolicyAsync(PatientEmergencies.DefaultKinds, default);
        var screen = screens.Render<EmergencyScreen>();
        await screen.Find(Id("emergency-card-save")).ClickAsync();
        var (name, bytes) = screens.Device.Saved.Single();
        var (picture, card) = (System.Text.Encoding.UTF8.GetString(bytes), screens.Mine.Wallet.Emergencies.ToCard()!);
        Assert.That(name, Is.EqualTo("emergency-card.png"));
        Assert.That(string.Concat(XDocument.Parse(picture).Descendants().Where(one => one.Attribute("font-family")?.Value == "monospace").Select(line => line.Value)), Is.EqualTo(card));
        Assert.That(ReadCode(picture), Is.EqualTo(card));
        Assert.That(ReadCode(screen.Find(Id("emergency-card-code")).OuterHtml), Is.EqualTo(card));
    }

    /// <summary>The text of the QR code in an SVG: its last path, on a grid of modules.</summary>
    private static string? ReadCode(string svg)
    {
        const int Side = 480;
        var path = Regex.Matches(svg, """ d="([^"]+)" """.Trim()).Last().Groups[1].Value;
        var bars = Regex.Matches(path, @"M(\d+) (\d+)h(\d+)v1h-\3z").Select(bar => bar.Groups.Values.Skip(1).Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture)).ToArray()).ToList();
        Assert.That(string.Concat(bars.Select(bar => $"M{bar[0]} {bar[1]}h{bar[2]}v1h-{bar[2]}z")), Is.EqualTo(path));
        var scale = Side / (bars.Max(bar => bar[1]) + 5);
        var pixels = new byte[Side * Side];
        Array.Fill(pixels, (byte)255);
        foreach (var bar in bars)
        {
            for (var y = bar[1] * scale; y < (bar[1] + 1) * scale; y++)
            {
                Array.Fill(pixels, (byte)0, (y * Side) + (bar[0] * scale), bar[2] * scale);
            }
        }

        return new QrPicture().Read(pixels, Side, Side);
    }

    [Test]
    public async Task An_emergency_says_who_why_which_two_and_until_when()
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        var shown = Render(screens, Emergency(hospital, Category.Laboratory), Emergency(hospital, Category.Medications, seconds: 2));
        Assert.Multiple(() =>
        {
            Assert.That(shown.Find(".sentence").TextContent, Is.EqualTo("City Hospital could open Medications, Laboratory, without your permission."));
            Assert.That(shown.Find(Id("emergency-reason")).TextContent, Does.Contain("no time to ask"));
            Assert.That(shown.Find(Id("emergency-people")).TextContent, Does.Contain("Dr Li, physician; Wu, nurse"));
            Assert.That(shown.Find(Id("emergency-note")).TextContent, Is.EqualTo("fell <down>"));
            Assert.That(shown.Find(Id("emergency-until")).TextContent, Does.Contain("still open, until 5 May 2026"));
            Assert.That(shown.FindAll(Id("emergency-end")), Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task A_dispute_needs_a_ground_and_is_not_said_to_be_made_when_nobody_took_it()
    {
        using var screens = new WalletScreens();
        var shown = Render(screens, Emergency(await screens.OpenAsync(), Category.Laboratory));
        await shown.Find(Id("emergency-dispute")).ClickAsync();
        Assert.That(shown.Find(Id("emergency-dispute-confirm")).HasAttribute("disabled"), "no ground is chosen");
        shown.Find(Id("emergency-ground-noemergency")).Change(true);
        await shown.Find(Id("emergency-dispute-confirm")).ClickAsync();
        shown.WaitForState(() => shown.Find(Id("emergency-case-status")).TextContent.Length > 0, TimeSpan.FromSeconds(20));
        Assert.That(shown.Find(Id("emergency-case-status")).TextContent, Does.Not.Contain("You have disputed it"));
    }

    [Test]
    public async Task What_has_ended_and_is_disputed_has_nothing_left_to_do()
    {
        using var screens = new WalletScreens();
        var shown = Render(screens, Emergency(await screens.OpenAsync(), Category.Laboratory) with { EndsAt = Declared.AddMinutes(1), DisputedAt = Declared.AddMinutes(2), CanDispute = false, Account = null });
        Assert.That(shown.Find(Id("emergency-until")).TextContent, Does.Contain("It has ended"));
        Assert.That(shown.Find(Id("emergency-disputed")).TextContent, Does.Contain("You disputed it"));
        Assert.That(shown.Find(Id("emergency-people")).TextContent, Does.Contain("unreadable"));
        Assert.That(shown.FindAll("button"), Is.Empty);
    }

    [Test]
    public async Task What_was_declared_together_is_told_as_one_and_the_newest_comes_first()
    {
        using var screens = new WalletScreens();
        var hospital = await screens.OpenAsync();
        var stories = EmergencyStory.Of(
        [
            Emergency(hospital, Category.Laboratory, seconds: 100_000),
            Emergency(hospital, Category.Medications, seconds: 3),
            Emergency(hospital, Category.Laboratory),
            Emergency(hospital, Category.Genetics, seconds: 4) with { Reason = EmergencyReason.CannotAnswer },
        ]);
        Assert.That(stories.Select(story => story.Parts.Count), Is.EqualTo(new[] { 1, 1, 2 }));
        Assert.That(stories[^1].Categories, Is.EqualTo(new[] { Category.Medications, Category.Laboratory }));
    }

    private static IRenderedComponent<EmergencyCase> Render(WalletScreens screens, params EmergencyShown[] parts) =>
        screens.Render<EmergencyCase>(parameters => parameters.Add(one => one.Story, EmergencyStory.Of(parts).Single()));

    private static EmergencyShown Emergency(OrganisationId hospital, Category category, int seconds = 0) => new(
        GrantId.Generate(),
        0,
        hospital,
        category,
        hospital,
        EmergencyReason.NoTime,
        new EmergencyAccount("fell <down>", [new EmergencyPerson("Dr Li", "physician"), new EmergencyPerson("Wu", "nurse")]),
        Declared.AddSeconds(seconds),
        Declared.AddSeconds(seconds).AddHours(24),
        null,
        true);

    private static string Id(string name) => $"[data-testid={name}]";
}
