using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sealing;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Sealing;

public sealed class SealingSecretTests
{
    private readonly XWingPrivateKey _key = XWingPrivateKey.Generate();

    [OneTimeTearDown]
    public void Forget() => _key.Dispose();

    [Test]
    public void Opens_on_the_other_side() => Prop.ForAll((byte[] plaintext, byte[] name) =>
    {
        using var sealing = SealingSecret.SetUp(_key.Public, "info"u8);
        using var opening = OpeningSecret.SetUp(_key, sealing.Encapsulation.Span, "info"u8)!;
        var sealedBytes = sealing.Seal(Digest.Of(name), plaintext);
        return sealedBytes.Length == plaintext.Length + ExporterSecret.Overhead
            && opening.EncapsulationId == sealing.EncapsulationId
            && opening.Open(Digest.Of(name), sealedBytes) is { } opened && opened.AsSpan().SequenceEqual(plaintext);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Opens_under_the_same_context_info_and_key_only()
    {
        using var other = XWingPrivateKey.Generate();
        using var sealing = SealingSecret.SetUp(_key.Public, "info"u8);
        var context = Digest.Of("context"u8);
        var sealedBytes = sealing.Seal(context, "K1"u8);
        using var right = OpeningSecret.SetUp(_key, sealing.Encapsulation.Span, "info"u8)!;
        using var wrongInfo = OpeningSecret.SetUp(_key, sealing.Encapsulation.Span, "other"u8)!;
        using var wrongKey = OpeningSecret.SetUp(other, sealing.Encapsulation.Span, "info"u8)!;
        Assert.That(right.Open(context, sealedBytes), Is.EqualTo("K1"u8.ToArray()));
        Assert.That(right.Open(Digest.Of("another"u8), sealedBytes), Is.Null);
        Assert.That(wrongInfo.Open(context, sealedBytes), Is.Null);
        Assert.That(wrongKey.Open(context, sealedBytes), Is.Null);
        Assert.That(right.Open(context, sealedBytes.AsSpan(1)), Is.Null);
        Assert.That(right.Open(context, []), Is.Null);
        sealedBytes[0] ^= 1;
        Assert.That(right.Open(context, sealedBytes), Is.Null);
        Assert.That(OpeningSecret.SetUp(_key, new byte[1119], "info"u8), Is.Null);
    }

    /// <summary>The exporter itself is held to RFC 9180's vectors; so any HPKE library opens our small seals.</summary>
    [Test]
    public void Takes_its_key_from_the_HPKE_exporter()
    {
        using var sealing = SealingSecret.SetUp(_key.Public, "info"u8);
        using var receiver = HpkeReceiver.SetUp(_key, sealing.Encapsulation.Span, "info"u8)!;
        var context = Digest.Of("context"u8);
        var exported = receiver.Export(context.ToArray(), 32);
        Assert.That(EhrLedger.Crypto.Aead.AesGcmEngine.OpenOnce(exported, [], sealing.Seal(context, "K1"u8)), Is.EqualTo("K1"u8.ToArray()));
    }

    [Test]
    public void Survives_the_key_store()
    {
        using var sealing = SealingSecret.SetUp(_key.Public, "info"u8);
        var stored = new byte[ExporterSecret.SecretLength];
        sealing.ExportTo(stored);
        using var again = SealingSecret.FromStored(sealing.Encapsulation.Span, stored);
        var context = Digest.Of("context"u8);
        Assert.That(again.Seal(context, "K1"u8), Is.EqualTo(sealing.Seal(context, "K1"u8)));
        Assert.That(again.EncapsulationId, Is.EqualTo(sealing.EncapsulationId));
        Assert.That(() => SealingSecret.FromStored(stored, stored), Throws.ArgumentException);
    }

    [Test]
    public void Refuses_after_Dispose()
    {
        var sealing = SealingSecret.SetUp(_key.Public, []);
        sealing.Dispose();
        Assert.That(() => sealing.Seal(default, []), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(sealing.ToString(), Is.EqualTo("SealingSecret(redacted)"));
    }

    [Test]
    public void A_key_wrap_opens_under_the_same_key_and_context_only()
    {
        using var key = SymmetricKey.Generate();
        using var other = SymmetricKey.Generate();
        var context = Digest.Of("context"u8);
        var wrapped = KeyWrap.Seal(key, context, "secret"u8);
        Assert.That(KeyWrap.Open(key, context, wrapped), Is.EqualTo("secret"u8.ToArray()));
        Assert.That(KeyWrap.Open(other, context, wrapped), Is.Null);
        Assert.That(KeyWrap.Open(key, Digest.Of("another"u8), wrapped), Is.Null);
        Assert.That(KeyWrap.Open(key, context, []), Is.Null);
        Assert.That(KeyWrap.Seal(key, Digest.Of("another"u8), "secret"u8), Is.Not.EqualTo(wrapped));
    }
}
