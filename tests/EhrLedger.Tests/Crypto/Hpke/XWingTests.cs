using System.Text.Json;
using EhrLedger.Crypto.Hpke;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Hpke;

public sealed class XWingTests
{
    [Test]
    public void Agrees_with_the_drafts_vectors()
    {
        using var document = JsonDocument.Parse(PublishedData.Read("vectors/hpke/x-wing.json"));
        foreach (var vector in document.RootElement.EnumerateArray())
        {
            using var key = XWingPrivateKey.FromSeed(vector.Bytes("sk"));
            Assert.That(key.Public.ToArray(), Is.EqualTo(vector.Bytes("pk")));

            byte[] sent = new byte[32], received = new byte[32];
            IEncapsulationKey recipient = key.Public;
            Assert.That(recipient.Encapsulate(vector.Bytes("eseed"), sent), Is.EqualTo(vector.Bytes("ct")));
            Assert.That(sent, Is.EqualTo(vector.Bytes("ss")));
            Assert.That(((IDecapsulationKey)key).TryDecapsulate(vector.Bytes("ct"), received), Is.True);
            Assert.That(received, Is.EqualTo(vector.Bytes("ss")));
        }
    }

    [Test]
    public void Gives_another_secret_for_a_changed_encapsulation([Values(0, 1087, 1088, 1119)] int position)
    {
        using var key = XWingPrivateKey.Generate();
        byte[] sent = new byte[32], received = new byte[32];
        var encapsulation = ((IEncapsulationKey)key.Public).Encapsulate(new byte[64], sent)!;
        encapsulation[position] ^= 1;
        Assert.That(((IDecapsulationKey)key).TryDecapsulate(encapsulation, received), Is.True);
        Assert.That(received, Is.Not.EqualTo(sent));
    }

    [Test]
    public void Refuses_an_encapsulation_of_another_length([Values(0, 1119, 1121)] int length)
    {
        using var key = XWingPrivateKey.Generate();
        Assert.That(HpkeReceiver.SetUp(key, new byte[length], []), Is.Null);
    }

    [Test]
    public void Refuses_after_Dispose()
    {
        var key = XWingPrivateKey.Generate();
        _ = key.Public;
        key.Dispose();
        Assert.That(() => key.Public, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => HpkeReceiver.SetUp(key, new byte[1120], []), Throws.InstanceOf<ObjectDisposedException>());
    }
}
