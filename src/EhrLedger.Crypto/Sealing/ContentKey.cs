using System.Security.Cryptography;
using EhrLedger.Crypto.Aead;
using EhrLedger.Crypto.Kdf;

namespace EhrLedger.Crypto.Sealing;

/// <summary>The key (DEK) of one record's content, bound to the record's header. Zeroed on Dispose.</summary>
/// <remarks>
/// DEK = Hkdf.Derive(K1 || K2, "content", SHA-256 of the header); commitment = Hkdf.Derive(DEK, "commit"). The header holds 32 random
/// bytes and seals one content, so the key is used once and the nonce is zero.
/// </remarks>
public sealed class ContentKey : SecretKey
{
    /// <summary>How much longer than the padded content a ciphertext is, in bytes.</summary>
    public const int Overhead = IAead.TagLength;

    private const string ContentLabel = "content";
    private const string CommitmentLabel = "commit";

    private readonly byte[] _header;
    private int _sealed;

    private ContentKey(ReadOnlySpan<byte> key, byte[] header)
        : base(key)
    {
        _header = header;
        Span<byte> commitment = stackalloc byte[KeyCommitment.Length];
        Hkdf.Derive(key, CommitmentLabel, commitment);
        Commitment = KeyCommitment.FromBytes(commitment);
    }

    /// <summary>What stands in the record's row.</summary>
    public KeyCommitment Commitment { get; }

    /// <summary>Joins the two halves.</summary>
    /// <param name="first">K1.</param>
    /// <param name="second">K2.</param>
    /// <param name="header">The record's encoded header: with other bytes, nothing opens.</param>
    public static ContentKey Derive(HalfKey first, HalfKey second, ReadOnlySpan<byte> header)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Derive(first.Secret, second.Secret, header);
    }

    /// <summary>As above, for an author who has just made the halves and keeps them nowhere. The caller zeroes them after use.</summary>
    /// <param name="first">K1, 32 bytes.</param>
    /// <param name="second">K2, 32 bytes.</param>
    /// <param name="header">The record's encoded header.</param>
    /// <exception cref="ArgumentException">A half has another length.</exception>
    public static ContentKey Derive(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> header)
    {
        if (first.Length != HalfKey.KeyLength || second.Length != HalfKey.KeyLength)
        {
            throw new ArgumentException($"A half key has {HalfKey.KeyLength} bytes.");
        }

        Span<byte> halves = stackalloc byte[2 * HalfKey.KeyLength];
        Span<byte> key = stackalloc byte[SymmetricKey.KeyLength];
        Span<byte> headerDigest = stackalloc byte[Digest.Length];
        first.CopyTo(halves);
        second.CopyTo(halves[HalfKey.KeyLength..]);
        SHA256.HashData(header, headerDigest);
        Hkdf.Derive(halves, ContentLabel, headerDigest, key);
        var result = new ContentKey(key, header.ToArray());
        CryptographicOperations.ZeroMemory(halves);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    /// <summary>Pads and encrypts the record's content, with the header as AAD. Once per key.</summary>
    /// <returns>Ciphertext || tag, <see cref="Overhead"/> longer than the padded content.</returns>
    /// <exception cref="InvalidOperationException">The key has sealed before: a second content under it would give both away.</exception>
    public byte[] Seal(ReadOnlySpan<byte> content)
    {
        if (Interlocked.Exchange(ref _sealed, 1) != 0)
        {
            throw new InvalidOperationException("A content key seals once.");
        }

        var padded = Padme.Pad(content);
        var result = AesGcmEngine.SealOnce(Secret, _header, padded);
        CryptographicOperations.ZeroMemory(padded);
        return result;
    }

    /// <summary>Decrypts a record's content.</summary>
    /// <param name="expected">The commitment in the record's row, whose path to the ledger the caller has checked.</param>
    /// <param name="ciphertext">Untrusted.</param>
    /// <returns>Null if the commitment is another key's, or anything is other than it was sealed.</returns>
    public byte[]? Open(KeyCommitment expected, ReadOnlySpan<byte> ciphertext)
    {
        if (expected != Commitment || AesGcmEngine.OpenOnce(Secret, _header, ciphertext) is not { } padded)
        {
            return null;
        }

        var result = Padme.TryUnpad(padded, out var content) ? content.ToArray() : null;
        CryptographicOperations.ZeroMemory(padded);
        return result;
    }
}
