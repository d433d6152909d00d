using EhrLedger.Crypto.Kdf;

namespace EhrLedger.Crypto.WalletKeys;

/// <summary>A subject's memo key: only the wallet has it. Zeroed on Dispose.</summary>
public sealed class MemoKey : SecretKey
{
    /// <summary>Length in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of a grant's id in bytes.</summary>
    public const int GrantIdLength = 16;

    private MemoKey(ReadOnlySpan<byte> key)
        : base(key)
    {
    }

    /// <summary>The key of these bytes. The caller zeroes its own copy.</summary>
    /// <exception cref="ArgumentException">Not exactly 32 bytes.</exception>
    public static MemoKey FromBytes(ReadOnlySpan<byte> key) =>
        key.Length == KeyLength ? new MemoKey(key) : throw new ArgumentException($"A memo key has {KeyLength} bytes.", nameof(key));

    /// <summary>The log key of a grant: the grantee encrypts with it what its Read entries say, and the wallet reads it.</summary>
    /// <param name="grantId">16 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public SymmetricKey DeriveLogKey(ReadOnlySpan<byte> grantId)
    {
        if (grantId.Length != GrantIdLength)
        {
            throw new ArgumentException($"A grant's id has {GrantIdLength} bytes.", nameof(grantId));
        }

        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        Hkdf.Derive(Secret, "memo/log", grantId, key);
        return SymmetricKey.Take(key);
    }

    /// <summary>The key that wraps the memos themselves.</summary>
    public SymmetricKey DeriveWrappingKey() => SecretTree.DeriveSymmetric(Secret, "memo/wrap");
}
