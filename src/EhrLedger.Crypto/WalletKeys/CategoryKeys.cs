using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Crypto.WalletKeys;

/// <summary>The keys of one subject: a patient's pseudonym for one category at one organisation. Zeroed on Dispose.</summary>
/// <remarks>Each call derives a new key object, which the caller disposes of.</remarks>
public sealed class CategoryKeys : SecretKey
{
    internal CategoryKeys(uint category, ReadOnlySpan<byte> branch)
        : base(branch) => Category = category;

    /// <summary>The category's code.</summary>
    public uint Category { get; }

    /// <summary>Whose did:key names the subject, and signs for it.</summary>
    public Ed25519PrivateKey DeriveIdentity() => SecretTree.DeriveEd25519(Secret, "category/identity");

    /// <summary>K2 of every record is sealed to this key, so that the patient alone can always open.</summary>
    public XWingPrivateKey DeriveSelfKey() => SecretTree.DeriveXWing(Secret, "category/self");

    /// <summary>The subject's memo key, from which come the key of the memos in its grants and the log key of each grant. Only the wallet has it.</summary>
    public SymmetricKey DeriveMemoKey() => SecretTree.DeriveSymmetric(Secret, "category/memo");

    /// <summary>The category's sealing key in an epoch: K1 of its records is sealed to it, and its seed is what a grant gives away.</summary>
    /// <param name="epoch">From 0; a revocation starts the next.</param>
    public XWingPrivateKey DeriveSealingKey(uint epoch) => SecretTree.DeriveXWing(Secret, "category/epoch/sealing", epoch);

    /// <summary>The key of the category's search tokens in an epoch.</summary>
    /// <param name="epoch">From 0; a revocation starts the next.</param>
    public SymmetricKey DeriveIndexKey(uint epoch) => SecretTree.DeriveSymmetric(Secret, "category/epoch/index", epoch);

    /// <summary>The emergency key of a policy: what a category's epochs are sealed to for emergencies, and what is split to custodians.</summary>
    /// <param name="policy">The policy's number, from 1.</param>
    public XWingPrivateKey DeriveEmergencyKey(uint policy) => SecretTree.DeriveXWing(Secret, "category/emergency/key", policy);

    /// <summary>What the shares of a policy's emergency key are made with, so that they are the same each time.</summary>
    /// <param name="policy">The policy's number, from 1.</param>
    public SymmetricKey DeriveEmergencySplit(uint policy) => SecretTree.DeriveSymmetric(Secret, "category/emergency/split", policy);

    /// <summary>The key that the log keys of all emergencies under a policy come from.</summary>
    /// <param name="policy">The policy's number, from 1.</param>
    public SymmetricKey DeriveEmergencyLogKey(uint policy) => SecretTree.DeriveSymmetric(Secret, "category/emergency/log", policy);
}
