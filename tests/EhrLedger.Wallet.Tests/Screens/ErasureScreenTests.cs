using System.Text;
using Bunit;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.App.Erasing;
using EhrLedger.Wallet.Records;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>Erasing a record. Over real nodes: the story in a browser.</summary>
public sealed class ErasureScreenTests
{
    [Test]
    public async Task It_says_what_it_cannot_do_before_it_does_it()
    {
        using var screens = new WalletScreens();
        var panel = await RenderAsync(screens);
        Assert.That(panel.FindAll(Id("erase-confirm")), Is.Empty, "one tap erases nothing");

        await panel.Find(Id("erase")).ClickAsync();
        Assert.That(panel.Find(Id("erase-limits")).TextContent, Does.Contain("can't be undone").And.Contain("still knows").And.Contain("stays on the ledger"));

        await panel.Find(Id("erase-cancel")).ClickAsync();
        Assert.That(panel.FindAll(Id("erase-confirm")), Is.Empty);
    }

    [Test]
    public async Task What_nobody_has_heard_is_not_said_to_be_erased()
    {
        using var screens = new WalletScreens();
        var erased = 0;
        var panel = await RenderAsync(screens, () => erased++);
        await panel.Find(Id("erase")).ClickAsync();
        await panel.Find(Id("erase-confirm")).ClickAsync();
        panel.WaitForState(() => panel.Find(Id("erase-status")).TextContent.Length > 0, TimeSpan.FromSeconds(20));
        Assert.That(panel.Find(Id("erase-status")).TextContent, Does.Contain("Try again"));
        Assert.That(erased, Is.Zero);
        Assert.That(panel.FindAll(Id("erase")), Has.Count.EqualTo(1), "it can be tried again");
    }

    [Test]
    public async Task The_list_of_a_patient_who_has_erased_nothing_says_so()
    {
        using var screens = new WalletScreens();
        await screens.OpenAsync();
        var list = screens.Render<ErasedScreen>();
        list.WaitForElement(Id("erased-none"), TimeSpan.FromSeconds(20));
        Assert.That(list.FindAll(Id("erased-alarms")), Is.Empty);
    }

    private static async Task<IRenderedComponent<ErasePanel>> RenderAsync(WalletScreens screens, Action? erased = null)
    {
        var hospital = await screens.OpenAsync();
        var record = new OwnRecord(
            new RecordVersion(RecordId.FromBytes(new byte[RecordId.Length]), 1), Category.Laboratory, hospital, 0, true, screens.Clock.Now, screens.Clock.Now, "application/fhir+json", Encoding.UTF8.GetBytes("{}"));
        return screens.Render<ErasePanel>(parameters => parameters.Add(one => one.Relationship, 0u).Add(one => one.Record, record).Add(one => one.OnErased, (string _) => erased?.Invoke()));
    }

    private static string Id(string name) => $"[data-testid={name}]";
}
