using EhrLedger.Crypto;
using EhrLedger.Crypto.KeyFiles;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.KeyFiles;

public sealed class SealedKeyFileTests
{
    private static readonly PassphraseCost Cheap = new() { Memory = 1024, Passes = 1 };

    [Test]
    public void Opens_under_its_passphrase_at_the_default_cost()
    {
        var file = SealedKeyFile.Seal("secrets"u8, "correct horse");
        Assert.That(SealedKeyFile.Open(file, "correct horse"), Is.EqualTo("secrets"u8.ToArray()));
        Assert.That(SealedKeyFile.Open(file, "Correct horse"), Is.Null);
    }

    [Test]
    public void Opens_what_it_sealed() => Prop.ForAll((byte[] content, NonEmptyString passphrase) =>
    {
        using var key = SymmetricKey.Generate();
        return SealedKeyFile.Open(SealedKeyFile.Seal(content, passphrase.Get, Cheap), passphrase.Get)!.AsSpan().SequenceEqual(content)
            && SealedKeyFile.Open(SealedKeyFile.Seal(content, key), key)!.AsSpan().SequenceEqual(content);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Opens_in_no_other_way_than_it_was_sealed()
    {
        using var key = SymmetricKey.Generate();
        using var other = SymmetricKey.Generate();
        Assert.That(SealedKeyFile.Open(SealedKeyFile.Seal("secrets"u8, key), other), Is.Null);
        Assert.That(SealedKeyFile.Open(SealedKeyFile.Seal("secrets"u8, key), "passphrase"), Is.Null);
        Assert.That(SealedKeyFile.Open(SealedKeyFile.Seal("secrets"u8, "passphrase", Cheap), key), Is.Null);
    }

    [Test]
    public void Never_gives_the_same_file_twice()
    {
        using var key = SymmetricKey.Generate();
        var first = SealedKeyFile.Seal("secrets"u8, key);
        Assert.That(SealedKeyFile.Seal("secrets"u8, key), Is.Not.EqualTo(first));
    }

    [Test]
    public void Rejects_every_flipped_bit_and_cut()
    {
        using var key = SymmetricKey.Generate();
        var file = SealedKeyFile.Seal("secrets"u8, key);
        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(SealedKeyFile.Open(file, key), Is.Null, $"bit {bit}");
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(SealedKeyFile.Open(file.AsMemory(0, bit / 8), key), Is.Null);
        }

        Assert.That(SealedKeyFile.Open((byte[])[.. file, 0], key), Is.Null);
    }

    /// <summary>A file that somebody changed must not make the node take all memory before it finds out.</summary>
    [TestCase("1a00100001", "03", TestName = "Refuses to take more than 1 GiB")]
    [TestCase("1901ff", "03", TestName = "Refuses too little memory")]
    [TestCase("190400", "11", TestName = "Refuses 17 passes")]
    [TestCase("190400", "00", TestName = "Refuses no pass")]
    public void Refuses(string memory, string passes)
    {
        var header = Convert.FromHexString("830150" + new string('0', 32) + "82" + memory + passes);
        byte[] file = [0x82, 0x58, (byte)header.Length, .. header, 0x50, .. new byte[16]];
        Assert.That(SealedKeyFile.Open(file, "passphrase"), Is.Null);
    }

    [Test]
    public void Survives_any_bytes() => Prop.ForAll((byte[] file) => SealedKeyFile.Open(file, "passphrase") is null).QuickCheckThrowOnFailure();

    [Test]
    public void Refuses_costs_out_of_bounds()
    {
        Assert.That(() => new PassphraseCost { Memory = 1023 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new PassphraseCost { Memory = (1024 * 1024) + 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new PassphraseCost { Passes = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SealedKeyFile.Seal([], ""), Throws.InstanceOf<ArgumentException>());
    }
}
