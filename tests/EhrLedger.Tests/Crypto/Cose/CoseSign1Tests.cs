using EhrLedger.Crypto;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Cose;

public sealed class CoseSign1Tests
{
    private static readonly Digest Consortium = Digest.Of("genesis"u8);
    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.FromSeed(Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));

    [OneTimeTearDown]
    public void Forget() => _key.Dispose();

    /// <summary>The structure of RFC 9052 §4.2 and §4.4, laid out by hand.</summary>
    [Test]
    public void Is_laid_out_as_RFC_9052_says()
    {
        var header = Convert.FromHexString("a201273a0001000001");
        byte[] toBeSigned = [0x84, 0x6a, .. "Signature1"u8, 0x49, .. header, 0x58, 0x20, .. Consortium.ToArray(), 0x43, 1, 2, 3];
        byte[] expected = [0x84, 0x49, .. header, 0xa0, 0x43, 1, 2, 3, 0x58, 0x40, .. _key.Sign(toBeSigned)];
        Assert.That(CoseSign1.Sign(SignedAs.LedgerEntry, [1, 2, 3], _key, Consortium), Is.EqualTo(expected));
    }

    [Test]
    public void Verifies_for_its_key_purpose_and_consortium_only()
    {
        using var other = Ed25519PrivateKey.Generate();
        var message = CoseSign1.TryParse(CoseSign1.Sign(SignedAs.TopicHead, "payload"u8, _key, Consortium))!;
        Assert.That(message.Verifies(_key.Public, SignedAs.TopicHead, Consortium), Is.True);
        Assert.That(message.Verifies(_key.Public, SignedAs.LedgerEntry, Consortium), Is.False);
        Assert.That(message.Verifies(_key.Public, SignedAs.TopicHead, Digest.Of("another"u8)), Is.False);
        Assert.That(message.Verifies(other.Public, SignedAs.TopicHead, Consortium), Is.False);
        Assert.That(message.Verifies(default, SignedAs.TopicHead, Consortium), Is.False);
    }

    [Test]
    public void Survives_encoding() => Prop.ForAll((byte[] payload, byte purpose) =>
    {
        var purposeOrOne = (SignedAs)Math.Max(purpose, (byte)1);
        var bytes = CoseSign1.Sign(purposeOrOne, payload, _key, Consortium);
        return CoseSign1.TryParse(bytes) is { } message && message.Payload.Span.SequenceEqual(payload) && message.Purpose == purposeOrOne
            && message.Bytes.Span.SequenceEqual(bytes) && message.Digest == Digest.Of(bytes) && message.Verifies(_key.Public, purposeOrOne, Consortium);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Accepts_no_flipped_bit()
    {
        var bytes = CoseSign1.Sign(SignedAs.LedgerEntry, "payload"u8, _key, Consortium);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var changed = (byte[])bytes.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(CoseSign1.TryParse(changed)?.Verifies(_key.Public, SignedAs.LedgerEntry, Consortium), Is.Not.True, $"bit {bit}");
        }
    }

    [Test]
    public void Accepts_no_cut_and_no_trailing_bytes()
    {
        var bytes = CoseSign1.Sign(SignedAs.LedgerEntry, "payload"u8, _key, Consortium);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.That(CoseSign1.TryParse(bytes.AsMemory(0, length)), Is.Null);
        }

        Assert.That(CoseSign1.TryParse((byte[])[.. bytes, 0]), Is.Null);
    }

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] bytes) => CoseSign1.TryParse(bytes) is null).QuickCheckThrowOnFailure();

    private static readonly string Rest = "4101" + "5840" + new string('0', 128);

    [TestCase("d28449a201273a0001000001a0", TestName = "Refuses the tagged form")]
    [TestCase("8449a2013827" + "3a0001000001a0", TestName = "Refuses another algorithm")]
    [TestCase("844aa201273a000100001801a0", TestName = "Refuses a purpose in too many bytes")]
    [TestCase("8449a201273a0001000000a0", TestName = "Refuses purpose 0")]
    [TestCase("844ba201273a00010000190100a0", TestName = "Refuses purpose 256")]
    [TestCase("8449a23a000100000101" + "27a0", TestName = "Refuses headers out of order")]
    [TestCase("844ba301270301" + "3a0001000001a0", TestName = "Refuses a header too many")]
    [TestCase("8443a10127a0", TestName = "Refuses a missing purpose")]
    [TestCase("8440a0", TestName = "Refuses an empty header")]
    [TestCase("8449a201273a0001000001a10401", TestName = "Refuses an unprotected header")]
    public void Refuses(string start) => Assert.That(CoseSign1.TryParse(Convert.FromHexString(start + Rest)), Is.Null);

    [Test]
    public void Parses_the_form_that_the_refused_ones_differ_from() =>
        Assert.That(CoseSign1.TryParse(Convert.FromHexString("8449a201273a0001000001a0" + Rest)), Is.Not.Null);
}
