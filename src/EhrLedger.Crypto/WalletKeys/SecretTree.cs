using System.Buffers.Binary;
using System.Security.Cryptography;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Kdf;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Crypto.WalletKeys;

/// <summary>The leaves of the key tree: a labelled derivation, and then the kind of key that it is.</summary>
internal static class SecretTree
{
    public const int BranchLength = 32;

    public static Ed25519PrivateKey DeriveEd25519(ReadOnlySpan<byte> branch, string label)
    {
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        Hkdf.Derive(branch, label, seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    public static XWingPrivateKey DeriveXWing(ReadOnlySpan<byte> branch, string label, uint? number = null)
    {
        Span<byte> seed = stackalloc byte[XWingPrivateKey.SeedLength];
        Derive(branch, label, number, seed);
        var key = XWingPrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    public static SymmetricKey DeriveSymmetric(ReadOnlySpan<byte> branch, string label, uint? number = null)
    {
        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        Derive(branch, label, number, key);
        return SymmetricKey.Take(key);
    }

    /// <summary>A number is the derivation's context: 4 bytes, big-endian.</summary>
    public static void Derive(ReadOnlySpan<byte> branch, string label, uint? number, Span<byte> output)
    {
        Span<byte> context = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(context, number.GetValueOrDefault());
        Hkdf.Derive(branch, label, number.HasValue ? context : [], output);
    }
}
