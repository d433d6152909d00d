using EhrLedger.Consent.Recovery;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Node.Recovery;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Custody;

/// <summary>An organisation's keys as a guardian must be the same for decades: the vector is another implementation's.</summary>
public sealed class OwnGuardianshipsTests
{
    private const string Patient = "p-1";
    private static readonly Digest Genesis = Digest.Of("a consortium"u8);

    [Test]
    public void Keys_are_derived_as_formats_md_says()
    {
        var acceptance = Agree(Patient, 7);
        Assert.That(Convert.ToHexStringLower(acceptance.Key.ToArray()), Is.EqualTo("37751a587aa19d232905306e3189c61e29648a4fcfd022369ead5f40260a5438"));
        Assert.That(acceptance.SealingKey.Digest.ToString(), Is.EqualTo("d1673f7af8faa71b0e4f488d7371607682e64a7c7796dfcc16a37f9d673ee810"));
        Assert.That(acceptance.Verifies(Genesis));
    }

    [Test]
    public void Neither_two_patients_nor_two_recoveries_have_a_key_in_common()
    {
        GuardianAcceptance[] all = [Agree(Patient, 7), Agree("p-2", 7), Agree(Patient, 8), Agree("p-2", 8)];
        Assert.That(all.Select(one => one.Key), Is.Unique);
        Assert.That(all.Select(one => one.SealingKey.Digest), Is.Unique);
    }

    private static GuardianAcceptance Agree(string patient, byte recovery)
    {
        var seed = new byte[Ed25519PrivateKey.SeedLength];
        Array.Fill(seed, recovery);
        using var key = Ed25519PrivateKey.FromSeed(seed);
        using var root = SymmetricKey.FromBytes([.. Enumerable.Range(0, SymmetricKey.KeyLength).Select(i => (byte)i)]);
        var id = new RecoveryId(key.Public);
        using var keys = OwnGuardianships.DeriveKeys(root, patient, id);
        return keys.Agree(Genesis, id);
    }
}
