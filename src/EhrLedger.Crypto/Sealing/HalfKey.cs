using System.Security.Cryptography;

namespace EhrLedger.Crypto.Sealing;

/// <summary>One of the two secrets that a record's content key is made of: K1, which access keys open, or K2, which custodians hold. 32 random bytes.</summary>
public sealed class HalfKey : SecretKey
{
    /// <summary>Length in bytes.</summary>
    public const int KeyLength = 32;

    private HalfKey(ReadOnlySpan<byte> key)
        : base(key)
    {
    }

    /// <summary>A new half from the system's randomness.</summary>
    public static HalfKey Generate()
    {
        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        var half = new HalfKey(key);
        CryptographicOperations.ZeroMemory(key);
        return half;
    }

    /// <summary>The half that was unsealed or joined. The caller zeroes its own copy.</summary>
    /// <returns>Null unless there are exactly 32 bytes: who sealed it may have been anybody.</returns>
    public static HalfKey? TryFromBytes(ReadOnlySpan<byte> key) => key.Length == KeyLength ? new HalfKey(key) : null;
}
