using System.Numerics;
using System.Security.Cryptography;
using EhrLedger.Crypto.Signing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace EhrLedger.Tests.Crypto.Signing;

public sealed class Ed25519Tests
{
    private static readonly BigInteger Field = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    [Test]
    public void Agrees_with_wycheproof()
    {
        foreach (var (group, test) in Wycheproof.Read("ed25519_test.json"))
        {
            var verifies = Ed25519PublicKey.TryFromBytes(group.GetProperty("publicKey").Bytes("pk"), out var key) && key.Verifies(test.Bytes("msg"), test.Bytes("sig"));
            Assert.That(verifies, Is.EqualTo(test.Text("result") == "valid"), test.Name());
        }
    }

    /// <summary>RFC 8032 §7.1, TEST 2.</summary>
    [Test]
    public void Signs_as_the_RFC_does()
    {
        using var key = Ed25519PrivateKey.FromSeed(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        Assert.That(Convert.ToHexStringLower(key.Public.ToArray()), Is.EqualTo("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        Assert.That(Convert.ToHexStringLower(key.Sign([0x72])), Is.EqualTo(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
    }

    [Test]
    public void Rejects_every_flipped_bit_of_a_signature()
    {
        using var key = Ed25519PrivateKey.Generate();
        var signature = key.Sign("message"u8);
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(key.Public.Verifies("message"u8, signature), Is.False, $"bit {bit}");
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.That(key.Public.Verifies("message"u8, signature), Is.True);
    }

    [Test]
    public void Rejects_other_lengths_and_the_default_key()
    {
        using var key = Ed25519PrivateKey.Generate();
        var signature = key.Sign([]);
        Assert.That(key.Public.Verifies([], signature.AsSpan(..63)), Is.False);
        Assert.That(key.Public.Verifies([], [.. signature, 0]), Is.False);
        Assert.That(key.Public.Verifies([], []), Is.False);
        Assert.That(default(Ed25519PublicKey).Verifies([], signature), Is.False);
        Assert.That(default(Ed25519PublicKey).Verifies([], new byte[64]), Is.False);
    }

    /// <summary>The signer can add a point of order 2 to R; the cofactored equation then still holds. BouncyCastle alone accepts about half of these.</summary>
    [Test]
    public void Rejects_a_commitment_with_a_component_of_small_order()
    {
        using var key = Ed25519PrivateKey.FromSeed(new byte[32]);
        var a = Clamp(SHA512.HashData(new byte[32]).AsSpan(..32));
        var acceptedByTheLooseRule = 0;
        for (var i = 0; i < 64; i++)
        {
            // The commitment of an honest signature under another message has a known discrete logarithm only to the signer: take a key's.
            var nonceSeed = new byte[32];
            nonceSeed[0] = (byte)i;
            using var nonce = Ed25519PrivateKey.FromSeed(nonceSeed);
            var r = Clamp(SHA512.HashData(nonceSeed).AsSpan(..32));
            var commitment = AddPointOfOrderTwo(nonce.Public.ToArray());
            byte[] message = [(byte)i];
            var k = new BigInteger(SHA512.HashData([.. commitment, .. key.Public.ToArray(), .. message]), isUnsigned: true) % Order;
            var signature = (byte[])[.. commitment, .. LittleEndian((r + (k * a)) % Order)];

            acceptedByTheLooseRule += Ed25519.Verify(signature, key.Public.ToArray(), message) ? 1 : 0;
            Assert.That(key.Public.Verifies(message, signature), Is.False);
        }

        Assert.That(acceptedByTheLooseRule, Is.GreaterThan(0), "otherwise this test shows nothing");
    }

    [Test]
    public void Makes_no_key_of_a_point_with_a_component_of_small_order()
    {
        using var key = Ed25519PrivateKey.Generate();
        Assert.That(Ed25519PublicKey.TryFromBytes(AddPointOfOrderTwo(key.Public.ToArray()), out _), Is.False);
    }

    [TestCase("0100000000000000000000000000000000000000000000000000000000000000", TestName = "the neutral element")]
    [TestCase("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", TestName = "the point of order 2")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000000", TestName = "a point of order 4")]
    [TestCase("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", TestName = "a point of order 8")]
    [TestCase("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", TestName = "not canonical")]
    public void Makes_no_key_of(string hex) => Assert.That(Ed25519PublicKey.TryFromBytes(Convert.FromHexString(hex), out _), Is.False);

    [Test]
    public void Prints_no_secret_and_refuses_after_Dispose()
    {
        var key = Ed25519PrivateKey.Generate();
        Assert.That(key.ToString(), Is.EqualTo("Ed25519PrivateKey(redacted)"));
        key.Dispose();
        Assert.That(() => key.Sign([]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => key.ExportSeed(new byte[32]), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Exports_the_seed_it_was_made_of()
    {
        using var key = Ed25519PrivateKey.Generate();
        var seed = new byte[32];
        key.ExportSeed(seed);
        using var again = Ed25519PrivateKey.FromSeed(seed);
        Assert.That(again.Public, Is.EqualTo(key.Public));
        Assert.That(again.HoldsSameSecretAs(key), Is.True);
    }

    [Test]
    public void Survives_any_signature() => Prop.ForAll((byte[] start, byte[] message) =>
    {
        var bytes = SHA512.HashData(start);
        return !Ed25519PublicKey.TryFromBytes(bytes.AsSpan(..32), out var key) || !key.Verifies(message, bytes);
    }).QuickCheckThrowOnFailure();

    private static BigInteger Clamp(ReadOnlySpan<byte> half)
    {
        var bytes = half.ToArray();
        bytes[0] &= 248;
        bytes[31] = (byte)((bytes[31] & 127) | 64);
        return new BigInteger(bytes, isUnsigned: true);
    }

    /// <summary>(x, y) + (0, −1) = (−x, −y).</summary>
    private static byte[] AddPointOfOrderTwo(byte[] point)
    {
        var sign = point[31] >> 7;
        var y = (byte[])[.. point[..31], (byte)(point[31] & 127)];
        var result = LittleEndian(Field - new BigInteger(y, isUnsigned: true));
        result[31] |= (byte)((1 - sign) << 7);
        return result;
    }

    private static byte[] LittleEndian(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
