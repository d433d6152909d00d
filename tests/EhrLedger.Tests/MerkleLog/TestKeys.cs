using EhrLedger.Crypto.Signing;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.Tests.MerkleLog;

/// <summary>The same keys in every test and every golden file: seeds of one repeated byte.</summary>
internal static class TestKeys
{
    public const string Origin = "ledger.example/log";

    public static NoteKeyName Name(string name) => NoteKeyName.Parse(name)!;

    public static NoteSigner Log { get; } = LogWith(1);

    public static NoteSigner LogWith(byte seed, string origin = Origin) => new(Name(origin), Ed25519PrivateKey.FromSeed(Seed(seed)));

    public static Cosigner Witness(int member) => Cosigner.For(Name($"w{member}.example"), Ed25519PrivateKey.FromSeed(Seed((byte)(100 + member))));

    public static Cosigner QuantumSafeWitness(int member) =>
        Cosigner.For(Name($"w{member}.example"), MlDsa44PrivateKey.FromSeed(Seed((byte)(100 + member))));

    private static byte[] Seed(byte value) => [.. Enumerable.Repeat(value, 32)];
}
