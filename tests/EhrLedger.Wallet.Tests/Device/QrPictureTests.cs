using EhrLedger.Wallet.App.Device;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Device;

public sealed class QrPictureTests
{
    private readonly QrPicture _picture = new();

    [TestCase(1)]
    [TestCase(60)]
    [TestCase(300)]
    [TestCase(700)]
    public void A_code_is_read(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('!' + (i * 7 % 90))));
        Assert.That(_picture.Read(QrDrawing.Of(text, 480, 480), 480, 480), Is.EqualTo(text));
    }

    [Test]
    public void Codes_of_invitations_are_read_whatever_stands_in_them()
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var random = new Random(20261129);
        for (var i = 0; i < 100; i++)
        {
            // Among so many letters some look like a corner of the code.
            var text = "https://node.example/wallet/connect#oob=" + new string(random.GetItems(Letters.AsSpan(), random.Next(300, 1_000)));
            Assert.That(_picture.Read(QrDrawing.Of(text, 480, 480), 480, 480), Is.EqualTo(text));
        }
    }

    [TestCase(1_700)]
    [TestCase(2_000)]
    public void What_a_front_desk_shows_a_new_phone_is_read(int length)
    {
        var text = new string(new Random(length).GetItems("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".AsSpan(), length));
        Assert.That(_picture.Read(QrDrawing.Of(text, 720, 720, QRCoder.QRCodeGenerator.ECCLevel.L), 720, 720), Is.EqualTo(text));
    }

    [Test]
    public void Where_there_is_none_nothing_is_read()
    {
        var random = new Random(20261128);
        for (var i = 0; i < 100; i++)
        {
            var noise = new byte[240 * 240];
            random.NextBytes(noise);
            Assert.That(_picture.Read(noise, 240, 240), Is.Null);
        }

        Assert.That(_picture.Read(new byte[480 * 480], 480, 480), Is.Null);
    }

    [Test]
    public void A_code_that_is_half_covered_is_none_and_one_with_a_smudge_is_read()
    {
        var covered = QrDrawing.Of("https://node.example/wallet/#x", 480, 480);
        Array.Fill(covered, (byte)230, 0, 480 * 240);
        Assert.That(_picture.Read(covered, 480, 480), Is.Null);
        var smudged = QrDrawing.Of("https://node.example/wallet/#x", 480, 480);
        for (var y = 300; y < 330; y++)
        {
            Array.Fill(smudged, (byte)120, (y * 480) + 300, 30);
        }

        Assert.That(_picture.Read(smudged, 480, 480), Is.EqualTo("https://node.example/wallet/#x"));
    }

    [TestCase(0, 0)]
    [TestCase(-1, -1)]
    [TestCase(3, 3)]
    [TestCase(65536, 65536)]
    public void A_picture_of_another_size_is_none(int width, int height) => Assert.That(_picture.Read(new byte[4], width, height), Is.Null);
}
