using System.Security.Cryptography;
using EhrLedger.Crypto.Phrase;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Crypto.WalletKeys;

/// <summary>What all keys of a wallet come from: 32 random bytes, or the 24 words that stand for them. Zeroed on Dispose.</summary>
/// <remarks>The tree, with every label, is in docs/formats.md, "Key tree". It changes only with a new version in the labels.</remarks>
public sealed class WalletSeed : SecretKey
{
    /// <summary>Length in bytes.</summary>
    public const int SeedLength = SeedPhrase.EntropyLength;

    private WalletSeed(ReadOnlySpan<byte> seed)
        : base(seed)
    {
    }

    /// <summary>A new seed from the system's randomness.</summary>
    public static WalletSeed Generate()
    {
        Span<byte> seed = stackalloc byte[SeedLength];
        RandomNumberGenerator.Fill(seed);
        var result = new WalletSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return result;
    }

    /// <summary>The seed of these bytes. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static WalletSeed FromBytes(ReadOnlySpan<byte> seed) =>
        seed.Length == SeedLength ? new WalletSeed(seed) : throw new ArgumentException($"A wallet seed has {SeedLength} bytes.", nameof(seed));

    /// <summary>The seed of a phrase, as a person typed it: <see cref="SeedPhrase.TryParse"/>.</summary>
    /// <returns>Null unless it is 24 words with the right checksum.</returns>
    public static WalletSeed? FromPhrase(string? phrase)
    {
        if (!SeedPhrase.TryParse(phrase, out var entropy))
        {
            return null;
        }

        var result = new WalletSeed(entropy);
        CryptographicOperations.ZeroMemory(entropy);
        return result;
    }

    /// <summary>The 24 words, to be written down. As secret as the seed; a string cannot be zeroed.</summary>
    /// <exception cref="ObjectDisposedException">Already disposed of.</exception>
    public string ToPhrase() => SeedPhrase.Format(Secret);

    /// <summary>Names the wallet's directory at the members, and signs it.</summary>
    public Ed25519PrivateKey DeriveDirectoryKey() => SecretTree.DeriveEd25519(Secret, "wallet/directory/identity");

    /// <summary>Encrypts the wallet's directory.</summary>
    public SymmetricKey DeriveDirectoryEncryptionKey() => SecretTree.DeriveSymmetric(Secret, "wallet/directory/encryption");

    /// <summary>The branch of one relationship with an organisation.</summary>
    /// <param name="relationship">The relationship's number, from 0 in the order in which the wallet made them.</param>
    public RelationshipKeys DeriveRelationship(uint relationship)
    {
        Span<byte> branch = stackalloc byte[SecretTree.BranchLength];
        SecretTree.Derive(Secret, "wallet/relationship", relationship, branch);
        var result = new RelationshipKeys(relationship, branch);
        CryptographicOperations.ZeroMemory(branch);
        return result;
    }
}
