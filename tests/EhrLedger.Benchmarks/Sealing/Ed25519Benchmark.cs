using System.Security.Cryptography;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Crypto.Signing;
using EhrLedger.Node.Engines;

namespace EhrLedger.Benchmarks.Sealing;

/// <summary>Both engines of Ed25519, with the strict rule that both keep.</summary>
internal static class Ed25519Benchmark
{
    public static Section Run()
    {
        var section = new Section("ed25519", "Ed25519: BouncyCastle and libsodium", null);
        var managed = new BouncyCastleEd25519();
        var native = new NSecEd25519Engine();
        var seed = RandomNumberGenerator.GetBytes(32);
        var message = RandomNumberGenerator.GetBytes(300);
        using var managedSigner = managed.Prepare(seed);
        using var nativeSigner = native.Prepare(seed);
        var (key, signature) = (new byte[32], new byte[64]);
        managedSigner.CopyPublicKeyTo(key);
        managedSigner.Sign(message, signature);
        var output = new byte[64];
        section.Table("operation, message of 300 bytes", "BouncyCastle µs", "libsodium µs", "BouncyCastle against libsodium");
        Compare(section, "sign", () => managedSigner.Sign(message, output), () => nativeSigner.Sign(message, output));
        Compare(section, "verify, and R of prime order", () => managed.Verifies(key, message, signature), () => native.Verifies(key, message, signature));
        Compare(section, "prepare a key", () => managed.Prepare(seed).Dispose(), () => native.Prepare(seed).Dispose());
        return section;
    }

    private static void Compare(Section section, string operation, Action managed, Action native)
    {
        var seconds = Alternation.Time(11, TimeSpan.FromMilliseconds(150), managed, native);
        section.Row(operation, Spread.Of(seconds[0]).Print("0.0", 1e6), Spread.Of(seconds[1]).Print("0.0", 1e6), Alternation.Ratio(seconds[0], seconds[1]).Print("0.0"));
    }
}
