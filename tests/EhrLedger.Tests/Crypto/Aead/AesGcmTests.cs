using EhrLedger.Crypto.Aead;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Aead;

[TestFixture(true)]
[TestFixture(false)]
public sealed class AesGcmTests(bool system)
{
    private readonly IAead _engine = system ? new SystemAesGcm() : BouncyCastleAead.AesGcm;

    [Test]
    public void Agrees_with_wycheproof()
    {
        var count = 0;
        foreach (var (group, test) in Wycheproof.Read("aes_gcm_test.json"))
        {
            if (group.GetProperty("ivSize").GetInt32() != 96 || group.GetProperty("keySize").GetInt32() is not (128 or 256) || group.GetProperty("tagSize").GetInt32() != 128)
            {
                continue;
            }

            count++;
            byte[] key = test.Bytes("key"), nonce = test.Bytes("iv"), aad = test.Bytes("aad"), message = test.Bytes("msg");
            byte[] expected = [.. test.Bytes("ct"), .. test.Bytes("tag")];
            var valid = test.Text("result") == "valid";

            var opened = new byte[expected.Length - IAead.TagLength];
            Assert.That(_engine.TryOpen(key, nonce, aad, expected, opened), Is.EqualTo(valid), test.Name());
            Assert.That(opened, Is.EqualTo(valid ? message : new byte[opened.Length]), test.Name());

            var sealedBytes = new byte[message.Length + IAead.TagLength];
            _engine.Seal(key, nonce, aad, message, sealedBytes);
            Assert.That(sealedBytes.AsSpan().SequenceEqual(expected), Is.EqualTo(valid), test.Name());
        }

        Assert.That(count, Is.GreaterThan(100));
    }

    [Test]
    public void Opens_what_the_other_engine_sealed([Values(0, 1, 15, 16, 17, 4096, 100_001)] int length)
    {
        IAead other = system ? BouncyCastleAead.AesGcm : new SystemAesGcm();
        var message = new byte[length];
        new Random(length).NextBytes(message);
        byte[] key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)], sealedBytes = new byte[length + IAead.TagLength], opened = new byte[length];
        _engine.Seal(key, AesGcmEngine.ZeroNonce, "aad"u8, message, sealedBytes);
        Assert.That(other.TryOpen(key, AesGcmEngine.ZeroNonce, "aad"u8, sealedBytes, opened), Is.True);
        Assert.That(opened, Is.EqualTo(message));
        Assert.That(other.TryOpen(key, AesGcmEngine.ZeroNonce, "AAD"u8, sealedBytes, opened), Is.False);
    }

    [Test]
    public void Refuses_what_is_shorter_than_a_tag([Range(0, 15)] int length) =>
        Assert.That(AesGcmEngine.OpenOnce(new byte[32], [], new byte[length]), Is.Null);
}
