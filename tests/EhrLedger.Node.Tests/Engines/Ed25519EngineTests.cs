using System.Numerics;
using System.Security.Cryptography;
using EhrLedger.Crypto.Signing;
using EhrLedger.Node.Engines;
using EhrLedger.Tests.Crypto;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Engines;

/// <summary>Two nodes that disagree about one signature disagree about the log: both engines stand the same tests.</summary>
[TestFixture("BouncyCastle")]
[TestFixture("libsodium")]
public sealed class Ed25519EngineTests(string name)
{
    private static readonly byte[] Message = "message"u8.ToArray();
    private readonly IEd25519Engine _engine = name == "libsodium" ? new NSecEd25519Engine() : new BouncyCastleEd25519();

    [Test]
    public void Agrees_with_wycheproof()
    {
        foreach (var (group, test) in Wycheproof.Read("ed25519_test.json"))
        {
            var key = group.GetProperty("publicKey").Bytes("pk");
            var verifies = Ed25519PublicKey.TryFromBytes(key, out _) && _engine.Verifies(key, test.Bytes("msg"), test.Bytes("sig"));
            Assert.That(verifies, Is.EqualTo(test.Text("result") == "valid"), test.Name());
        }
    }

    /// <summary>RFC 8032 §7.1, TEST 2.</summary>
    [Test]
    public void Signs_as_the_RFC_does()
    {
        using var signer = _engine.Prepare(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        Assert.That(Convert.ToHexStringLower(PublicKeyOf(signer)), Is.EqualTo("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        Assert.That(Convert.ToHexStringLower(Sign(signer, [0x72])), Is.EqualTo(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
    }

    [Test]
    public void Rejects_every_flipped_bit_of_a_signature()
    {
        using var signer = _engine.Prepare(RandomNumberGenerator.GetBytes(32));
        var (key, signature) = (PublicKeyOf(signer), Sign(signer, Message));
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(_engine.Verifies(key, Message, signature), Is.False, $"bit {bit}");
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.That(_engine.Verifies(key, Message, signature), Is.True);
    }

    [Test]
    public void Rejects_other_lengths()
    {
        using var signer = _engine.Prepare(RandomNumberGenerator.GetBytes(32));
        var (key, signature) = (PublicKeyOf(signer), Sign(signer, []));
        Assert.That(_engine.Verifies(key, [], signature.AsSpan(..63)), Is.False);
        Assert.That(_engine.Verifies(key, [], [.. signature, 0]), Is.False);
        Assert.That(_engine.Verifies(key, [], []), Is.False);
    }

    /// <summary>The signer can add a point of small order to R; the equation with the cofactor then still holds.</summary>
    [TestCase("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", TestName = "Rejects a commitment with a component of order 2")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000000", TestName = "Rejects a commitment with a component of order 4")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000080", TestName = "Rejects a commitment with the other component of order 4")]
    [TestCase("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", TestName = "Rejects a commitment with a component of order 8")]
    [TestCase("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", TestName = "Rejects a commitment with a second component of order 8")]
    [TestCase("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", TestName = "Rejects a commitment with a third component of order 8")]
    [TestCase("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", TestName = "Rejects a commitment with a fourth component of order 8")]
    public void Rejects_a_commitment_with(string smallPoint)
    {
        var small = EdwardsPoint.Decode(Convert.FromHexString(smallPoint)) ?? throw new ArgumentException("No point.", nameof(smallPoint));
        using var signer = _engine.Prepare(new byte[32]);
        for (var i = 0; i < 32; i++)
        {
            Assert.That(_engine.Verifies(PublicKeyOf(signer), [(byte)i], Forge(signer, (byte)i, small)), Is.False);
        }
    }

    /// <summary>The same forgery without a point of small order is a signature: so the tests above fail for the right reason.</summary>
    [Test]
    public void Accepts_the_same_signature_without_such_a_component()
    {
        using var signer = _engine.Prepare(new byte[32]);
        Assert.That(_engine.Verifies(PublicKeyOf(signer), [7], Forge(signer, 7, new EdwardsPoint(0, 1))), Is.True);
    }

    [Test]
    public void Agrees_with_the_other_engine() => Prop.ForAll((byte[] start, byte[] message) =>
    {
        var seed = SHA256.HashData(start);
        using var one = new BouncyCastleEd25519().Prepare(seed);
        using var other = new NSecEd25519Engine().Prepare(seed);
        var signature = Sign(one, message);
        return PublicKeyOf(one).SequenceEqual(PublicKeyOf(other))
            && signature.SequenceEqual(Sign(other, message))
            && _engine.Verifies(PublicKeyOf(one), message, signature)
            && !_engine.Verifies(PublicKeyOf(one), message, SHA512.HashData(message));
    }).QuickCheckThrowOnFailure();

    /// <summary>A signature of the key of 32 zero bytes, whose R is [r]B plus the point.</summary>
    private static byte[] Forge(IEd25519Signer signer, byte number, EdwardsPoint small)
    {
        var nonceSeed = new byte[32];
        nonceSeed[0] = (byte)(number + 1);
        using var nonce = new BouncyCastleEd25519().Prepare(nonceSeed);
        var a = Clamp(SHA512.HashData(new byte[32]).AsSpan(..32));
        var r = Clamp(SHA512.HashData(nonceSeed).AsSpan(..32));
        var commitment = ((EdwardsPoint.Decode(PublicKeyOf(nonce)) ?? default) + small).Encode();
        var k = new BigInteger(SHA512.HashData([.. commitment, .. PublicKeyOf(signer), number]), isUnsigned: true) % EdwardsPoint.Order;
        return [.. commitment, .. EdwardsPoint.LittleEndian((r + (k * a)) % EdwardsPoint.Order)];
    }

    private static BigInteger Clamp(ReadOnlySpan<byte> half)
    {
        var bytes = half.ToArray();
        bytes[0] &= 248;
        bytes[31] = (byte)((bytes[31] & 127) | 64);
        return new BigInteger(bytes, isUnsigned: true);
    }

    private static byte[] PublicKeyOf(IEd25519Signer signer)
    {
        var key = new byte[32];
        signer.CopyPublicKeyTo(key);
        return key;
    }

    private static byte[] Sign(IEd25519Signer signer, ReadOnlySpan<byte> message)
    {
        var signature = new byte[64];
        signer.Sign(message, signature);
        return signature;
    }
}
