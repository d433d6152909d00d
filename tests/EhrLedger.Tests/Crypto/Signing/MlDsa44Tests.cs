using EhrLedger.Crypto.Signing;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Signing;

public sealed class MlDsa44Tests
{
    /// <summary>Vectors with a context string are left to those who use one: ours is always empty, so they must fail here unless it is.</summary>
    [Test]
    public void Agrees_with_wycheproof()
    {
        foreach (var (group, test) in Wycheproof.Read("mldsa_44_verify_test.json"))
        {
            var key = MlDsa44PublicKey.TryFromBytes(group.Bytes("publicKey"));
            var verifies = key is not null && key.Verifies(test.Bytes("msg"), test.Bytes("sig"));
            var emptyContext = !test.TryGetProperty("ctx", out var context) || context.GetString() == "";
            Assert.That(verifies, Is.EqualTo(test.Text("result") == "valid" && emptyContext), test.Name());
        }
    }

    [Test]
    public void Verifies_what_it_signed_and_nothing_else()
    {
        using var key = MlDsa44PrivateKey.Generate();
        var signature = key.Sign("message"u8);
        Assert.That(key.Public.Verifies("message"u8, signature), Is.True);
        Assert.That(key.Public.Verifies("Message"u8, signature), Is.False);
        Assert.That(key.Public.Verifies("message"u8, signature.AsSpan(1)), Is.False);
        signature[100] ^= 1;
        Assert.That(key.Public.Verifies("message"u8, signature), Is.False);
    }

    [Test]
    public void Is_the_same_key_from_the_same_seed()
    {
        using var key = MlDsa44PrivateKey.Generate();
        var seed = new byte[MlDsa44PrivateKey.SeedLength];
        key.ExportSeed(seed);
        using var again = MlDsa44PrivateKey.FromSeed(seed);
        Assert.That(again.Public, Is.EqualTo(key.Public));
        Assert.That(again.Sign("message"u8), Is.EqualTo(key.Sign("message"u8)));
    }

    [Test]
    public void Refuses_after_Dispose()
    {
        var key = MlDsa44PrivateKey.Generate();
        key.Dispose();
        Assert.That(() => key.Sign([]), Throws.InstanceOf<ObjectDisposedException>());
    }
}
