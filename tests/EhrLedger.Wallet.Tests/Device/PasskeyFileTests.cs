using EhrLedger.Crypto;
using EhrLedger.Tests;
using EhrLedger.Wallet.App.Device;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Device;

public sealed class PasskeyFileTests
{
    private static readonly string Golden = Path.Combine(Repository.FindRoot() ?? "", "tests", "EhrLedger.Wallet.Tests", "Device", "Golden", "passkey-file");

    private static IEnumerable<TestCaseData> Refused() => Directory.EnumerateFiles(Path.Combine(Golden, "refused"), "*.hex").Select(path => new TestCaseData(path).SetArgDisplayNames(Path.GetFileNameWithoutExtension(path)));

    /// <summary>Made by another implementation: HKDF and AES-GCM of Python's cryptography package, CBOR by hand.</summary>
    [Test]
    public void Agrees_with_the_golden_file()
    {
        var bytes = Read(Path.Combine(Golden, "accepted", "plain.hex"));
        var file = PasskeyFile.Parse(bytes)!;
        Assert.That(file.Encode(), Is.EqualTo(bytes));
        Assert.That(file.Credential.ToArray(), Is.EqualTo(Count(64, 20)));
        Assert.That(file.Salt.ToArray(), Is.EqualTo(Count(32, 32)));
        using var output = SymmetricKey.FromBytes(Count(0, 32));
        Assert.That(file.Open(output), Is.EqualTo((byte[])[.. Count(100, 32), .. Digest.Of([1, 2, 3]).ToArray()]));
    }

    [TestCaseSource(nameof(Refused))]
    public void Refuses(string path) => Assert.That(PasskeyFile.Parse(Read(path)), Is.Null);

    [Test]
    public void Opens_what_it_has_sealed_with_the_same_output_alone()
    {
        using var output = SymmetricKey.Generate();
        using var other = SymmetricKey.Generate();
        var file = PasskeyFile.Seal("seed"u8, new PasskeyAnswer.Given(Count(1, 16), output), Count(0, 32));
        var kept = PasskeyFile.Parse(file.Encode())!;
        Assert.That(kept.Open(output), Is.EqualTo("seed"u8.ToArray()));
        Assert.That(kept.Open(other), Is.Null);
    }

    [Test]
    public void The_output_itself_is_not_the_key()
    {
        using var output = SymmetricKey.Generate();
        var sealedBytes = EhrLedger.Crypto.KeyFiles.SealedKeyFile.Seal("seed"u8, output);
        var bytes = new EhrLedger.Crypto.Cbor.DeterministicCborWriter().WriteArray(4).WriteUInt(1).WriteBytes(Count(1, 16)).WriteBytes(Count(0, 32)).WriteBytes(sealedBytes).ToArray();
        Assert.That(PasskeyFile.Parse(bytes)!.Open(output), Is.Null);
    }

    [Test]
    public void Opens_with_no_bit_of_what_is_sealed_or_of_the_salt_changed()
    {
        using var output = SymmetricKey.FromBytes(Count(0, 32));
        var bytes = Read(Path.Combine(Golden, "accepted", "plain.hex"));
        const int Salt = 2 + 21;
        for (var bit = Salt * 8; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(PasskeyFile.Parse(bytes)?.Open(output), Is.Null, $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Test]
    public void Accepts_only_canonical_bytes() => Prop.ForAll((byte[] input) => PasskeyFile.Parse(input) is not { } file || file.Encode().AsSpan().SequenceEqual(input)).QuickCheckThrowOnFailure();

    private static byte[] Count(int from, int length) => [.. Enumerable.Range(from, length).Select(i => (byte)i)];

    private static byte[] Read(string path) => Convert.FromHexString(string.Concat(File.ReadAllLines(path)));
}
