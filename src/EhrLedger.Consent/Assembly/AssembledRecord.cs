namespace EhrLedger.Consent.Assembly;

/// <summary>What came of a record that a grantee wanted to read.</summary>
public abstract record AssembledRecord
{
    private AssembledRecord()
    {
    }

    /// <summary>It opened, and is what its author committed to.</summary>
    /// <param name="Content">The plaintext. The caller keeps it no longer than it needs.</param>
    public sealed record Opened(ReadOnlyMemory<byte> Content) : AssembledRecord;

    /// <summary>Custodians have not released enough good shares: ask others.</summary>
    /// <param name="Missing">How many more are needed.</param>
    public sealed record TooFewShares(int Missing) : AssembledRecord;

    /// <summary>The bytes are not the ciphertext that the row commits to: get them elsewhere.</summary>
    public sealed record OtherCiphertext : AssembledRecord;

    /// <summary>The access key has no K1 for it, or the author committed to another key: nobody can get it elsewhere.</summary>
    public sealed record NotOpenable : AssembledRecord;
}
