using EhrLedger.Crypto.Sealing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Sealing;

public sealed class PadmeTests
{
    /// <summary>The first lengths with their exponents written out by hand from the paper's algorithm.</summary>
    [TestCase(0, 0)]
    [TestCase(1, 1)]
    [TestCase(8, 8)]
    [TestCase(9, 10)]
    [TestCase(11, 12)]
    [TestCase(100, 104)]
    [TestCase(1000, 1024)]
    [TestCase(1025, 1088)]
    [TestCase(1_000_000, 1_015_808)]
    public void Pads_to(int length, int padded) => Assert.That(Padme.PaddedLength(length), Is.EqualTo(padded));

    [Test]
    public void Costs_at_most_12_percent_and_is_stable()
    {
        for (var length = 0; length < 100_000; length++)
        {
            var padded = Padme.PaddedLength(length);
            Assert.That(padded, Is.InRange(length, length + (length * 12 / 100)));
            Assert.That(Padme.PaddedLength(padded), Is.EqualTo(padded));
        }
    }

    [Test]
    public void Survives_padding() => Prop.ForAll((byte[] content) =>
        Padme.TryUnpad(Padme.Pad(content), out var back) && back.SequenceEqual(content)).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte[] start, NonNegativeInt zeros) =>
    {
        byte[] padded = [.. start, 0x80, .. new byte[zeros.Get]];
        return Padme.TryUnpad(padded, out var content) == (zeros.Get == Padme.PaddedLength(start.Length + 1) - start.Length - 1)
            && (!Padme.TryUnpad(padded, out content) || Padme.Pad(content).AsSpan().SequenceEqual(padded));
    }).QuickCheckThrowOnFailure();

    [TestCase("")]
    [TestCase("00")]
    [TestCase("01")]
    [TestCase("0102")]
    public void Refuses(string hex) => Assert.That(Padme.TryUnpad(Convert.FromHexString(hex), out _), Is.False);
}
