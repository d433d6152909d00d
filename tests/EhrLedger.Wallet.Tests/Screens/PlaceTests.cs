using EhrLedger.Consent.Subjects;
using EhrLedger.Wallet.App.Session;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

public sealed class PlaceTests
{
    [TestCase("", "Home")]
    [TestCase("connect", "Connect")]
    [TestCase("connect#oob=secret", "Connect")]
    [TestCase("records", "Records")]
    [TestCase("records/", "Records")]
    [TestCase("records/0/99/x", "Home")]
    [TestCase("records/-1/4/x", "Home")]
    [TestCase("sharing", "Sharing")]
    [TestCase("sharing/new", "ShareNew")]
    [TestCase("looked?x=1", "Looked")]
    [TestCase("settings", "Settings")]
    [TestCase("emergency", "Emergency")]
    [TestCase("erased", "Erased")]
    [TestCase("guardians", "Guardians")]
    [TestCase("acting", "Acting")]
    [TestCase("nowhere/at/all", "Home")]
    public void An_address_means_one_screen(string address, string screen) => Assert.That(Place.Of(address).Screen.ToString(), Is.EqualTo(screen));

    [Test]
    public void A_record_has_an_address_of_its_own() =>
        Assert.That(Place.Of("records/2/4/abc-1"), Is.EqualTo(new Place(ScreenName.Record, 2, Category.Laboratory, "abc-1")));
}
