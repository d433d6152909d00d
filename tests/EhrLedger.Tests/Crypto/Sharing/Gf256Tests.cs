using EhrLedger.Crypto.Sharing;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Sharing;

public sealed class Gf256Tests
{
    /// <summary>FIPS 197 §4.2: {57} · {83} = {c1} and {57} · {13} = {fe}; {53} and {ca} are inverses.</summary>
    [TestCase(0x57, 0x83, 0xc1)]
    [TestCase(0x57, 0x13, 0xfe)]
    [TestCase(0x53, 0xca, 0x01)]
    public void Multiplies_as_FIPS_197(byte left, byte right, byte product) => Assert.That(Gf256.Multiply(left, right), Is.EqualTo(product));

    [Test]
    public void Agrees_with_long_division_for_all_pairs()
    {
        for (var a = 0U; a < 256; a++)
        {
            for (var b = 0U; b < 256; b++)
            {
                var product = 0U;
                for (var bit = 0; bit < 8; bit++)
                {
                    product ^= ((b >> bit) & 1) == 1 ? a << bit : 0U;
                }

                for (var bit = 14; bit >= 8; bit--)
                {
                    product ^= ((product >> bit) & 1) == 1 ? 0x11bU << (bit - 8) : 0U;
                }

                Assert.That(Gf256.Multiply((byte)a, (byte)b), Is.EqualTo(product));
                Assert.That(Gf256.Multiply((ulong)a | ((ulong)a << 56) | 0x100, (byte)b), Is.EqualTo((ulong)product | ((ulong)product << 56) | ((ulong)b << 8)));
            }
        }
    }

    [Test]
    public void Inverts_every_value_but_zero([Range(1, 255)] int value) =>
        Assert.That(Gf256.Multiply((byte)value, Gf256.Invert((byte)value)), Is.EqualTo(1));

    [Test]
    public void Leaves_zero_as_it_is() => Assert.That(Gf256.Invert(0), Is.Zero);
}
