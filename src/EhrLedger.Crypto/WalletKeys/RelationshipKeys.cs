using System.Security.Cryptography;

namespace EhrLedger.Crypto.WalletKeys;

/// <summary>The branch of a wallet's keys for one relationship with an organisation. Zeroed on Dispose.</summary>
public sealed class RelationshipKeys : SecretKey
{
    internal RelationshipKeys(uint number, ReadOnlySpan<byte> branch)
        : base(branch) => Number = number;

    /// <summary>The relationship's number in the wallet.</summary>
    public uint Number { get; }

    /// <summary>The branch of one category: the keys of one subject.</summary>
    /// <param name="category">The category's code; a code is never given another meaning.</param>
    public CategoryKeys DeriveCategory(uint category)
    {
        Span<byte> branch = stackalloc byte[SecretTree.BranchLength];
        SecretTree.Derive(Secret, "relationship/category", category, branch);
        var result = new CategoryKeys(category, branch);
        CryptographicOperations.ZeroMemory(branch);
        return result;
    }
}
