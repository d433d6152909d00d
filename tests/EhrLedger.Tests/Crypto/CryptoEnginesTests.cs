using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto;

public sealed class CryptoEnginesTests
{
    [Test]
    public void Refuses_another_engine_once_a_key_was_used()
    {
        using var key = Ed25519PrivateKey.Generate();
        Assert.That(() => CryptoEngines.Use(new BouncyCastleEd25519()), Throws.InvalidOperationException);
    }
}
