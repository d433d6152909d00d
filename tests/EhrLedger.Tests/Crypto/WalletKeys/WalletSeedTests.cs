using System.Text.Json;
using EhrLedger.Crypto;
using EhrLedger.Crypto.WalletKeys;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.WalletKeys;

public sealed class WalletSeedTests
{
    /// <summary>The golden files were made by another implementation (Python's hashlib and cryptography), from docs/formats.md.</summary>
    [TestCaseSource(nameof(GoldenFiles))]
    public void Derives_the_tree_of(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.GoldenFiles("Crypto", file + ".json").Single()));
        var golden = document.RootElement;
        using var seed = WalletSeed.FromBytes(golden.Bytes("seed"));
        using var directory = seed.DeriveDirectoryKey();
        using var encryption = seed.DeriveDirectoryEncryptionKey();
        Assert.That(seed.ToPhrase(), Is.EqualTo(golden.Text("phrase")));
        Assert.That(directory.Public.ToDidKey(), Is.EqualTo(golden.Text("directoryName")));
        Assert.That(Bytes(encryption), Is.EqualTo(golden.Bytes("directoryEncryptionKey")));
        Assert.That(
            golden.GetProperty("emergencyCards").EnumerateArray().Select(card => card.GetString()),
            Is.EqualTo(Enumerable.Range(0, 2).Select(number => Hex(seed.DeriveEmergencyCard((uint)number)).ToLowerInvariant())));
        foreach (var subject in golden.GetProperty("subjects").EnumerateArray())
        {
            using var relationship = seed.DeriveRelationship(subject.GetProperty("relationship").GetUInt32());
            using var category = relationship.DeriveCategory(subject.GetProperty("category").GetUInt32());
            using var identity = category.DeriveIdentity();
            using var self = category.DeriveSelfKey();
            using var memo = category.DeriveMemoKey();
            using var memos = memo.Derive("memo");
            using var log = memo.Derive("log", golden.Bytes("grantId"));
            Assert.That(identity.Public.ToDidKey(), Is.EqualTo(subject.Text("identity")));
            Assert.That(self.Public.Digest.ToString(), Is.EqualTo(subject.Text("selfKeyDigest")));
            Assert.That(Bytes(memo), Is.EqualTo(subject.Bytes("memoKey")));
            Assert.That(Bytes(memos), Is.EqualTo(subject.Bytes("memosKey")));
            Assert.That(Bytes(log), Is.EqualTo(subject.Bytes("logKey")));
            foreach (var emergency in subject.GetProperty("emergencies").EnumerateArray())
            {
                var policy = emergency.GetProperty("policy").GetUInt32();
                using var key = category.DeriveEmergencyKey(policy);
                using var split = category.DeriveEmergencySplit(policy);
                using var logs = category.DeriveEmergencyLogKey(policy);
                Assert.That((Bytes(key), Bytes(split), Bytes(logs)), Is.EqualTo((emergency.Bytes("keySeed"), emergency.Bytes("splitKey"), emergency.Bytes("logKey"))));
            }

            foreach (var epoch in subject.GetProperty("epochs").EnumerateArray())
            {
                using var sealing = category.DeriveSealingKey(epoch.GetProperty("epoch").GetUInt32());
                using var index = category.DeriveIndexKey(epoch.GetProperty("epoch").GetUInt32());
                Assert.That(sealing.Public.Digest.ToString(), Is.EqualTo(epoch.Text("sealingKeyDigest")));
                Assert.That(Bytes(index), Is.EqualTo(epoch.Bytes("indexKey")));
            }
        }
    }

    [Test]
    public void Comes_back_from_its_phrase()
    {
        using var seed = WalletSeed.Generate();
        using var again = WalletSeed.FromPhrase(seed.ToPhrase())!;
        Assert.That(again.HoldsSameSecretAs(seed), Is.True);
        Assert.That(WalletSeed.FromPhrase("not a phrase"), Is.Null);
        Assert.That(WalletSeed.FromPhrase(null), Is.Null);
    }

    [Test]
    public void Gives_no_two_places_of_the_tree_one_key()
    {
        using var seed = WalletSeed.FromBytes(new byte[32]);
        var keys = new List<string>();
        for (uint relationship = 0; relationship < 3; relationship++)
        {
            using var branch = seed.DeriveRelationship(relationship);
            for (uint code = 0; code < 3; code++)
            {
                using var category = branch.DeriveCategory(code);
                keys.AddRange([Hex(category.DeriveIdentity()), Hex(category.DeriveSelfKey()), Hex(category.DeriveMemoKey())]);
                for (uint policy = 1; policy < 3; policy++)
                {
                    keys.AddRange([Hex(category.DeriveEmergencyKey(policy)), Hex(category.DeriveEmergencySplit(policy)), Hex(category.DeriveEmergencyLogKey(policy))]);
                }

                for (uint epoch = 0; epoch < 3; epoch++)
                {
                    keys.AddRange([Hex(category.DeriveSealingKey(epoch)), Hex(category.DeriveIndexKey(epoch))]);
                }
            }
        }

        Assert.That(keys, Is.Unique);
    }

    [Test]
    public void Takes_no_other_length() => Assert.That(() => WalletSeed.FromBytes(new byte[31]), Throws.ArgumentException);

    [Test]
    public void Prints_no_branch()
    {
        using var seed = WalletSeed.FromBytes(new byte[32]);
        using var relationship = seed.DeriveRelationship(0);
        using var category = relationship.DeriveCategory(0);
        Assert.That($"{seed} {relationship} {category}", Is.EqualTo("WalletSeed(redacted) RelationshipKeys(redacted) CategoryKeys(redacted)"));
    }

    private static IEnumerable<string> GoldenFiles() => Repository.GoldenFiles("Crypto", "key-tree-*.json").Select(f => Path.GetFileNameWithoutExtension(f));

    private static byte[] Bytes(SecretKey key)
    {
        var bytes = new byte[key.Length];
        key.ExportTo(bytes);
        return bytes;
    }

    private static string Hex(SecretKey key)
    {
        using (key)
        {
            return Convert.ToHexString(Bytes(key));
        }
    }
}
