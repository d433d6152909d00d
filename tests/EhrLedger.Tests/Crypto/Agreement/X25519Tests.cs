using EhrLedger.Crypto.Agreement;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Agreement;

public sealed class X25519Tests
{
    /// <summary>"Acceptable" vectors have odd public keys, which RFC 7748 allows: the secret must be theirs, and an all-zero one refused.</summary>
    [Test]
    public void Agrees_with_wycheproof()
    {
        foreach (var (_, test) in Wycheproof.Read("x25519_test.json"))
        {
            Assert.That(test.Text("result"), Is.EqualTo("valid").Or.EqualTo("acceptable"));
            using var key = X25519PrivateKey.FromBytes(test.Bytes("private"));
            var shared = new byte[32];
            var agreed = key.TryAgree(X25519PublicKey.FromBytes(test.Bytes("public")), shared);
            Assert.That(shared, Is.EqualTo(test.Bytes("shared")), test.Name());
            Assert.That(agreed, Is.EqualTo(test.Bytes("shared").Any(b => b != 0)), test.Name());
        }
    }

    [Test]
    public void Both_sides_agree()
    {
        using var alice = X25519PrivateKey.Generate();
        using var bob = X25519PrivateKey.Generate();
        byte[] first = new byte[32], second = new byte[32];
        Assert.That(alice.TryAgree(bob.Public, first) && bob.TryAgree(alice.Public, second), Is.True);
        Assert.That(first, Is.EqualTo(second));
    }
}
