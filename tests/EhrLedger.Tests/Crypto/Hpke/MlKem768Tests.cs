using EhrLedger.Crypto.Hpke;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Hpke;

public sealed class MlKem768Tests
{
    [Test]
    public void Agrees_with_wycheproof()
    {
        foreach (var (_, test) in Wycheproof.Read("mlkem_768_test.json"))
        {
            byte[] seed = test.Bytes("seed"), ciphertext = test.Bytes("c"), secret = new byte[32];
            var valid = test.Text("result") == "valid";
            var opened = seed.Length == MlKem768.SeedLength && MlKem768.TryDecapsulate(MlKem768.FromSeed(seed), ciphertext, secret);
            Assert.That(opened && secret.AsSpan().SequenceEqual(test.Bytes("K")), Is.EqualTo(valid), test.Name());
            if (valid)
            {
                Assert.That(MlKem768.FromSeed(seed).GetPublicKeyEncoded(), Is.EqualTo(test.Bytes("ek")), test.Name());
            }
        }
    }

    [Test]
    public void Refuses_a_public_key_with_a_coefficient_that_is_not_reduced()
    {
        using var key = XWingPrivateKey.Generate();
        var bytes = key.Public.ToArray();
        Assert.That(XWingPublicKey.TryFromBytes(bytes), Is.EqualTo(key.Public));

        // 0xd01 = q: two coefficients are packed into three bytes, low bits first.
        bytes[0] = 0x01;
        bytes[1] = (byte)((bytes[1] & 0xf0) | 0x0d);
        Assert.That(XWingPublicKey.TryFromBytes(bytes), Is.Null);
        Assert.That(XWingPublicKey.TryFromBytes(bytes.AsSpan(1)), Is.Null);
    }
}
