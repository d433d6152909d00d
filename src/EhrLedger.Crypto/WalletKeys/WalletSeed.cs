using System.Security.Cryptography;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Kdf;
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

    /// <summary>The key of the wallet's agent towards one organisation: opens its envelopes, and signs. The same on every device.</summary>
    /// <param name="organisation">The organisation's name: an Ed25519 key.</param>
    public Ed25519PrivateKey DeriveAgentKey(Ed25519PublicKey organisation)
    {
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/agent/identity", organisation.ToArray(), seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>What an organisation tells the wallet's agent is sealed to this key.</summary>
    /// <param name="organisation">The organisation's name: an Ed25519 key.</param>
    public XWingPrivateKey DeriveAgentSealingKey(Ed25519PublicKey organisation)
    {
        Span<byte> seed = stackalloc byte[XWingPrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/agent/sealing", organisation.ToArray(), seed);
        var key = XWingPrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The secret of an emergency card, from which come name and encryption of what it leads to.</summary>
    /// <param name="number">Of the card, from 0; one that was lost is replaced by the next.</param>
    public SymmetricKey DeriveEmergencyCard(uint number) => SecretTree.DeriveSymmetric(Secret, "wallet/emergency/card", number);

    /// <summary>Names the wallet's recovery through guardians on the ledger, and signs its set-ups and vetoes.</summary>
    public Ed25519PrivateKey DeriveRecoveryKey() => SecretTree.DeriveEd25519(Secret, "wallet/recovery/identity");

    /// <summary>The secret of a set-up that is split to the guardians.</summary>
    /// <param name="number">Of the set-up, from 1.</param>
    public SymmetricKey DeriveGuardiansSecret(uint number) => SecretTree.DeriveSymmetric(Secret, "wallet/recovery/guardians", number);

    /// <summary>What the guardians' shares are made with, so that they are the same each time.</summary>
    /// <param name="number">Of the set-up, from 1.</param>
    public SymmetricKey DeriveGuardiansSplit(uint number) => SecretTree.DeriveSymmetric(Secret, "wallet/recovery/guardians/split", number);

    /// <summary>The secret of a set-up that is split to the custodians.</summary>
    /// <param name="number">Of the set-up, from 1.</param>
    public SymmetricKey DeriveCustodiansSecret(uint number) => SecretTree.DeriveSymmetric(Secret, "wallet/recovery/custodians", number);

    /// <summary>What the custodians' shares are made with, so that they are the same each time.</summary>
    /// <param name="number">Of the set-up, from 1.</param>
    public SymmetricKey DeriveCustodiansSplit(uint number) => SecretTree.DeriveSymmetric(Secret, "wallet/recovery/custodians/split", number);

    /// <summary>The key by which this wallet's owner is guardian of one other wallet, and of no second one.</summary>
    /// <param name="recovery">Key of the other wallet's recovery.</param>
    public Ed25519PrivateKey DeriveGuardianKey(Ed25519PublicKey recovery)
    {
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/guardian/identity", recovery.ToArray(), seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>What the share of a guardianship is sealed to.</summary>
    /// <param name="recovery">Key of the other wallet's recovery.</param>
    public XWingPrivateKey DeriveGuardianSealingKey(Ed25519PublicKey recovery)
    {
        Span<byte> seed = stackalloc byte[XWingPrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/guardian/sealing", recovery.ToArray(), seed);
        var key = XWingPrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>Names what this wallet's owner agrees on with one delegate, and signs what is left for the delegate.</summary>
    /// <param name="salt">16 random bytes, drawn for this alone.</param>
    public Ed25519PrivateKey DeriveMandateKey(ReadOnlySpan<byte> salt)
    {
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/mandate/identity", salt, seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>The key by which this wallet's owner acts for one subject of somebody else, and for no second one.</summary>
    /// <param name="mandate">The other wallet's.</param>
    /// <param name="number">From 0.</param>
    public Ed25519PrivateKey DeriveDelegateKey(Ed25519PublicKey mandate, uint number)
    {
        Span<byte> context = stackalloc byte[Ed25519PublicKey.Length + sizeof(uint)];
        mandate.ToArray().CopyTo(context);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(context[Ed25519PublicKey.Length..], number);
        Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/delegate/identity", context, seed);
        var key = Ed25519PrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

    /// <summary>What the keys of a mandate are sealed to.</summary>
    /// <param name="mandate">The other wallet's.</param>
    public XWingPrivateKey DeriveDelegateSealingKey(Ed25519PublicKey mandate)
    {
        Span<byte> seed = stackalloc byte[XWingPrivateKey.SeedLength];
        Hkdf.Derive(Secret, "wallet/delegate/sealing", mandate.ToArray(), seed);
        var key = XWingPrivateKey.FromSeed(seed);
        CryptographicOperations.ZeroMemory(seed);
        return key;
    }

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
