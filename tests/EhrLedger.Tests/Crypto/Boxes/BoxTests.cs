using System.Text;
using System.Text.Json;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Agreement;
using EhrLedger.Crypto.Boxes;
using EhrLedger.Crypto.Signing;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Boxes;

public sealed class BoxTests
{
    // "Cryptography in NaCl", sections 2, 8 and 10: both secret keys, the nonce, the message and the box.
    private const string Alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    private const string Bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    private const string Nonce = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37";

    private const string Message =
        "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
        + "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705";

    private const string Box =
        "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
        + "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";

    // Made with libsodium's crypto_box_seal, for the first Ed25519 key of RFC 8032, section 7.1.
    private const string Rfc8032Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    private const string LibsodiumSeal = "e3dfbd5d6004409c0164a398d1ce9cdf3c87859591d56b9352ab8899c6b2055b29f3c877dddc4d875a17aefdb5875fe6178ffd85e39c6bb1f3d110c31c290e4b0b6017";

    [Test]
    public void A_box_is_the_one_that_NaCl_publishes()
    {
        using var alice = X25519PrivateKey.FromBytes(Convert.FromHexString(Alice));
        using var bob = X25519PrivateKey.FromBytes(Convert.FromHexString(Bob));
        Assert.That(CryptoBox.Seal(alice, bob.Public, Convert.FromHexString(Nonce), Convert.FromHexString(Message)), Is.EqualTo(Convert.FromHexString(Box)));
        Assert.That(CryptoBox.Open(bob, alice.Public, Convert.FromHexString(Nonce), Convert.FromHexString(Box)), Is.EqualTo(Convert.FromHexString(Message)));
    }

    [Test]
    public void A_box_with_any_bit_changed_does_not_open([Values(0, 15, 16, 146)] int at)
    {
        using var alice = X25519PrivateKey.FromBytes(Convert.FromHexString(Alice));
        using var bob = X25519PrivateKey.FromBytes(Convert.FromHexString(Bob));
        var box = Convert.FromHexString(Box);
        box[at] ^= 1;
        Assert.That(CryptoBox.Open(bob, alice.Public, Convert.FromHexString(Nonce), box), Is.Null);
        Assert.That(CryptoBox.Open(bob, alice.Public, Convert.FromHexString(Nonce).AsSpan(1), Convert.FromHexString(Box)), Is.Null);
    }

    [Test]
    public void Nothing_is_boxed_for_a_point_of_small_order()
    {
        using var alice = X25519PrivateKey.Generate();
        var zero = X25519PublicKey.FromBytes(new byte[X25519PublicKey.Length]);
        Assert.That(CryptoBox.Seal(alice, zero, [1], out _), Is.Null);
        Assert.That(SealedBox.Seal(zero, [1]), Is.Null);
    }

    [Test]
    public void Opens_what_libsodium_sealed()
    {
        using var signing = Ed25519PrivateKey.FromSeed(Convert.FromHexString(Rfc8032Seed));
        using var key = X25519PrivateKey.Of(signing);
        Assert.That(SealedBox.Open(key, Convert.FromHexString(LibsodiumSeal)), Is.EqualTo(Encoding.ASCII.GetBytes("sealed by libsodium")));
    }

    [Test]
    public void What_is_sealed_opens_and_nothing_shorter()
    {
        using var key = X25519PrivateKey.Generate();
        var box = SealedBox.Seal(key.Public, [1, 2, 3])!;
        Assert.That(SealedBox.Open(key, box), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Enumerable.Range(0, box.Length).All(length => SealedBox.Open(key, box.AsSpan(0, length)) is null), Is.True);
    }

    /// <summary>Each vector of did:key has an Ed25519 seed and the X25519 pair that belongs to it.</summary>
    [Test]
    public void A_signing_key_agrees_with_the_key_that_the_vectors_give()
    {
        using var document = JsonDocument.Parse(PublishedData.Read("vectors/didkey/ed25519-x25519.json"));
        foreach (var vector in document.RootElement.EnumerateObject())
        {
            using var signing = Ed25519PrivateKey.FromSeed(vector.Value.Bytes("seed"));
            using var agreement = X25519PrivateKey.Of(signing);
            Assert.That(DidKey.Of(X25519PublicKey.Of(signing.Public)), Is.EqualTo("did:key:" + vector.Value.GetProperty("keyAgreementKeyPair").Text("id").Split('#')[1]));
            Assert.That(agreement.Public, Is.EqualTo(X25519PublicKey.Of(signing.Public)));
        }
    }

    /// <summary>RFC 8439, section 2.8.2.</summary>
    [Test]
    public void Content_is_sealed_as_RFC_8439_says()
    {
        using var key = SymmetricKey.FromBytes([.. Enumerable.Range(0x80, 32).Select(i => (byte)i)]);
        var nonce = Convert.FromHexString("070000004041424344454647");
        var aad = Convert.FromHexString("50515253c0c1c2c3c4c5c6c7");
        var text = Encoding.ASCII.GetBytes("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.");
        var sealedBytes = Convert.FromHexString(
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
            + "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
        Assert.That(ContentBox.Open(key, nonce, aad, sealedBytes), Is.EqualTo(text));
        var own = new byte[text.Length + ContentBox.TagLength];
        BouncyCastleAead.ChaCha20Poly1305.Seal([.. Enumerable.Range(0x80, 32).Select(i => (byte)i)], nonce, aad, text, own);
        Assert.That(own, Is.EqualTo(sealedBytes));
        Assert.That(ContentBox.Open(key, nonce, [], sealedBytes), Is.Null);
    }

    [Test]
    public void Content_opens_again()
    {
        using var key = SymmetricKey.Generate();
        var sealedBytes = ContentBox.Seal(key, [7], [1, 2, 3], out var nonce);
        Assert.That(ContentBox.Open(key, nonce, [7], sealedBytes), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }
}
