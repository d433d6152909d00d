using System.Globalization;
using System.Text;
using System.Text.Json;
using EhrLedger.Crypto.Agreement;
using EhrLedger.Crypto.Hpke;
using NUnit.Framework;
using Org.BouncyCastle.Crypto.Digests;

namespace EhrLedger.Tests.Crypto.Hpke;

public sealed class HpkeTests
{
    private const int HkdfSha256 = 1;

    /// <summary>All of RFC 9180's vectors for X25519 in base and PSK mode that use our KDF, with every AEAD.</summary>
    [Test]
    public void Agrees_with_RFC_9180_in_base_and_PSK_mode() => Assert.That(CheckAll("rfc9180-x25519-base-psk.json", DhKem.KemId), Is.EqualTo(8));

    [Test]
    public void Agrees_with_hpke_pq_on_X_Wing() => Assert.That(CheckAll("hpke-pq.json", XWing.KemId), Is.EqualTo(1));

    /// <summary>The KEM is the same whatever KDF follows, so vectors of other KDFs hold it, too.</summary>
    [Test]
    public void Encapsulates_as_in_the_vectors_of_other_key_derivations()
    {
        var count = 0;
        foreach (var vector in Read("hpke-pq.json").Where(v => Number(v, "kem_id") is XWing.KemId or DhKem.KemId))
        {
            var (recipient, own) = Keys(vector);
            byte[] sent = new byte[32], received = new byte[32];
            if (Number(vector, "kdf_id") != HkdfSha256 && Number(vector, "kem_id") == DhKem.KemId)
            {
                // DHKEM has a KDF of its own, HKDF-SHA256, but the ephemeral key of these vectors is derived in another way.
                Assert.That(own.TryDecapsulate(vector.Bytes("enc"), received), Is.True);
                Assert.That(received, Is.EqualTo(vector.Bytes("shared_secret")));
            }
            else
            {
                Assert.That(recipient.Encapsulate(vector.Bytes("ikmE"), sent), Is.EqualTo(vector.Bytes("enc")));
                Assert.That(sent, Is.EqualTo(vector.Bytes("shared_secret")));
                Assert.That(own.TryDecapsulate(vector.Bytes("enc"), received), Is.True);
                Assert.That(received, Is.EqualTo(sent));
            }

            count++;
        }

        Assert.That(count, Is.EqualTo(3));
    }

    /// <summary>A thousand messages and exports per vector, drawn from SHAKE128, hashed together.</summary>
    [Test]
    public void Agrees_with_the_accumulated_vectors_of_RFC_9180()
    {
        var count = 0;
        foreach (var vector in Read("rfc9180.json").Where(v => Number(v, "kem_id") == DhKem.KemId && Number(v, "kdf_id") == HkdfSha256))
        {
            using var recipient = DhKem.DeriveKeyPair(vector.Bytes("ikmR"));
            Assert.That(recipient.Public.ToArray(), Is.EqualTo(vector.Bytes("pkRm")));
            var aead = Aead(vector);
            using var sender = HpkeSender.TrySetUp(new DhKem.Recipient(recipient.Public), aead, vector.Bytes("info"), seed: vector.Bytes("ikmE"))!;
            using var receiver = HpkeReceiver.TrySetUp(new DhKem.RecipientSecret(recipient), aead, vector.Bytes("enc"), vector.Bytes("info"))!;
            Assert.That(sender.Encapsulation.ToArray(), Is.EqualTo(vector.Bytes("enc")));

            if (aead.Cipher is not null)
            {
                ShakeDigest source = new(128), sink = new(128);
                for (var i = 0; i < 1000; i++)
                {
                    byte[] aad = Draw(source), plaintext = Draw(source);
                    var sealedBytes = sender.Seal(aad, plaintext);
                    sink.BlockUpdate(sealedBytes);
                    Assert.That(receiver.Open(aad, sealedBytes), Is.EqualTo(plaintext));
                }

                Assert.That(Squeeze(sink), Is.EqualTo(vector.Bytes("encryptions_accumulated")));
            }

            ShakeDigest contexts = new(128), exports = new(128);
            for (var length = 0; length < 1000; length++)
            {
                var context = Draw(contexts);
                var exported = sender.Export(context, length);
                exports.BlockUpdate(exported);
                Assert.That(receiver.Export(context, length), Is.EqualTo(exported));
            }

            Assert.That(Squeeze(exports), Is.EqualTo(vector.Bytes("exports_accumulated")));
            count++;
        }

        Assert.That(count, Is.EqualTo(4));
    }

    [Test]
    public void Opens_a_message_under_the_same_key_info_and_aad_only()
    {
        using var key = XWingPrivateKey.Generate();
        using var other = XWingPrivateKey.Generate();
        var message = HpkeMessage.Seal(key.Public, "info"u8, "aad"u8, "text"u8);
        Assert.That(message, Has.Length.EqualTo(4 + HpkeMessage.Overhead));
        Assert.That(HpkeMessage.Open(key, "info"u8, "aad"u8, message), Is.EqualTo("text"u8.ToArray()));
        Assert.That(HpkeMessage.Open(other, "info"u8, "aad"u8, message), Is.Null);
        Assert.That(HpkeMessage.Open(key, "Info"u8, "aad"u8, message), Is.Null);
        Assert.That(HpkeMessage.Open(key, "info"u8, "Aad"u8, message), Is.Null);
        Assert.That(HpkeMessage.Open(key, "info"u8, "aad"u8, message.AsSpan(1)), Is.Null);
        Assert.That(HpkeMessage.Open(key, "info"u8, "aad"u8, []), Is.Null);
        foreach (var position in (int[])[0, 1087, 1088, 1119, 1120, message.Length - 1])
        {
            var changed = (byte[])message.Clone();
            changed[position] ^= 0x80;

            // The top bit of an X25519 point is ignored by X25519, yet bound by the combiner.
            Assert.That(HpkeMessage.Open(key, "info"u8, "aad"u8, changed), Is.Null, $"byte {position}");
        }
    }

    [Test]
    public void Opens_messages_in_turn_only()
    {
        using var key = XWingPrivateKey.Generate();
        using var sender = HpkeSender.SetUp(key.Public, []);
        using var receiver = HpkeReceiver.SetUp(key, sender.Encapsulation, [])!;
        byte[] first = sender.Seal([], "1"u8), second = sender.Seal([], "2"u8);
        Assert.That(receiver.Open([], second), Is.Null);
        Assert.That(receiver.Open([], first), Is.EqualTo("1"u8.ToArray()));
        Assert.That(receiver.Open([], first), Is.Null);
        Assert.That(receiver.Open([], second), Is.EqualTo("2"u8.ToArray()));
        Assert.That(receiver.Open([], new byte[15]), Is.Null);
    }

    [Test]
    public void Refuses_X25519_points_of_small_order()
    {
        using var key = X25519PrivateKey.Generate();
        Assert.That(HpkeSender.TrySetUp(new DhKem.Recipient(default), HpkeAead.Aes256Gcm, []), Is.Null);
        Assert.That(HpkeReceiver.TrySetUp(new DhKem.RecipientSecret(key), HpkeAead.Aes256Gcm, new byte[32], []), Is.Null);
    }

    private static int CheckAll(string file, int kem)
    {
        var count = 0;
        foreach (var vector in Read(file).Where(v => Number(v, "kem_id") == kem && Number(v, "kdf_id") == HkdfSha256))
        {
            Check(vector);
            count++;
        }

        return count;
    }

    private static void Check(JsonElement vector)
    {
        var (recipient, own) = Keys(vector);
        var psk = Number(vector, "mode") == 1 ? new HpkePsk(vector.Bytes("psk"), vector.Bytes("psk_id")) : null;
        using var sender = HpkeSender.TrySetUp(recipient, Aead(vector), vector.Bytes("info"), psk, vector.Bytes("ikmE"))!;
        using var receiver = HpkeReceiver.TrySetUp(own, Aead(vector), vector.Bytes("enc"), vector.Bytes("info"), psk)!;
        Assert.That(sender.Encapsulation.ToArray(), Is.EqualTo(vector.Bytes("enc")));
        foreach (var context in (HpkeContext[])[sender, receiver])
        {
            Assert.That(context.Key.ToArray(), Is.EqualTo(vector.Bytes("key")));
            Assert.That(context.BaseNonce.ToArray(), Is.EqualTo(vector.Bytes("base_nonce")));
            Assert.That(context.ExporterSecret.ToArray(), Is.EqualTo(vector.Bytes("exporter_secret")));
            foreach (var export in vector.GetProperty("exports").EnumerateArray())
            {
                Assert.That(context.Export(export.Bytes("exporter_context"), Number(export, "L")), Is.EqualTo(export.Bytes("exported_value")));
            }
        }

        foreach (var encryption in vector.GetProperty("encryptions").EnumerateArray())
        {
            // Not all of a series are listed; the aad "Count-n" gives the number.
            sender.Sequence = receiver.Sequence = ulong.Parse(Encoding.ASCII.GetString(encryption.Bytes("aad")).Split('-')[1], CultureInfo.InvariantCulture);
            Assert.That(sender.Seal(encryption.Bytes("aad"), encryption.Bytes("pt")), Is.EqualTo(encryption.Bytes("ct")));
            Assert.That(receiver.Open(encryption.Bytes("aad"), encryption.Bytes("ct")), Is.EqualTo(encryption.Bytes("pt")));
        }
    }

    private static (IEncapsulationKey Recipient, IDecapsulationKey Own) Keys(JsonElement vector)
    {
        if (Number(vector, "kem_id") == XWing.KemId)
        {
            return (XWingPublicKey.FromBytes(vector.Bytes("pkRm")), XWingPrivateKey.FromSeed(vector.Bytes("skRm")));
        }

        return (new DhKem.Recipient(X25519PublicKey.FromBytes(vector.Bytes("pkRm"))), new DhKem.RecipientSecret(X25519PrivateKey.FromBytes(vector.Bytes("skRm"))));
    }

    private static HpkeAead Aead(JsonElement vector) => Number(vector, "aead_id") switch
    {
        1 => HpkeAead.Aes128Gcm,
        2 => HpkeAead.Aes256Gcm,
        3 => HpkeAead.ChaCha20Poly1305,
        0xffff => HpkeAead.ExportOnly,
        var other => throw new InvalidOperationException($"AEAD {other}"),
    };

    private static IEnumerable<JsonElement> Read(string file)
    {
        using var document = JsonDocument.Parse(PublishedData.Read(Path.Combine("vectors", "hpke", file)));
        return [.. document.RootElement.EnumerateArray().Select(v => v.Clone())];
    }

    private static int Number(JsonElement element, string property) => element.GetProperty(property).GetInt32();

    private static byte[] Draw(ShakeDigest source)
    {
        var length = new byte[1];
        source.Output(length);
        var bytes = new byte[length[0]];
        source.Output(bytes);
        return bytes;
    }

    private static byte[] Squeeze(ShakeDigest sink)
    {
        var result = new byte[16];
        sink.Output(result);
        return result;
    }
}
