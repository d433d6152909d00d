using EhrLedger.Crypto;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto;

public sealed class DigestTests
{
    [Test]
    public void Of_abc_is_the_one_of_FIPS_180_4() =>
        Assert.That(Digest.Of("abc"u8).ToString(), Is.EqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));

    [Test]
    public void Survives_bytes_and_hex() => Prop.ForAll((byte[] content) =>
    {
        var digest = Digest.Of(content);
        return Digest.FromBytes(digest.ToArray()) == digest && Digest.TryParseHex(digest.ToString(), out var read) && read == digest;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Orders_like_its_bytes() => Prop.ForAll((byte[] a, byte[] b) =>
    {
        Digest left = Digest.Of(a), right = Digest.Of(b);
        return Math.Sign(left.CompareTo(right)) == Math.Sign(left.ToArray().AsSpan().SequenceCompareTo(right.ToArray()))
            && Math.Sign(string.CompareOrdinal(left.ToString(), right.ToString())) == Math.Sign(left.CompareTo(right));
    }).QuickCheckThrowOnFailure();

    [TestCase(31)]
    [TestCase(33)]
    [TestCase(0)]
    public void Takes_no_other_length(int length)
    {
        Assert.That(Digest.TryFromBytes(new byte[length], out _), Is.False);
        Assert.That(() => Digest.FromBytes(new byte[length]), Throws.ArgumentException);
    }

    [TestCase("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [TestCase("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a")]
    [TestCase("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag")]
    [TestCase(null)]
    public void Reads_no_other_hex(string? hex) => Assert.That(Digest.TryParseHex(hex, out _), Is.False);
}
