using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Sharing;

namespace EhrLedger.Consent.Records;

/// <summary>
/// The three ways in which a record opens. Each gives null, and no reason, for whatever is not exactly what was sealed; the commitment is checked before
/// anything is decrypted. That the row stands in the log is the caller's to check.
/// </summary>
public static class RecordOpener
{
    /// <summary>As the author, with its own wrap.</summary>
    /// <param name="header">Parsed from the stored bytes.</param>
    /// <param name="commitment">From the row.</param>
    /// <param name="ciphertext">Untrusted.</param>
    /// <param name="authorWrap">Untrusted.</param>
    /// <param name="wrapKey">The author's own key.</param>
    public static byte[]? OpenAsAuthor(
        RecordHeader header, KeyCommitment commitment, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> authorWrap, SymmetricKey wrapKey)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (KeyWrap.Open(wrapKey, header.Digest, authorWrap) is not { } halves)
        {
            return null;
        }

        try
        {
            if (halves.Length != 2 * HalfKey.KeyLength)
            {
                return null;
            }

            using var first = HalfKey.TryFromBytes(halves.AsSpan(0, HalfKey.KeyLength));
            using var second = HalfKey.TryFromBytes(halves.AsSpan(HalfKey.KeyLength));
            return Open(header, commitment, ciphertext, first, second);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(halves);
        }
    }

    /// <summary>As the patient, without anyone's help.</summary>
    /// <param name="header">Parsed from the stored bytes.</param>
    /// <param name="commitment">From the row.</param>
    /// <param name="ciphertext">Untrusted.</param>
    /// <param name="firstHalf">K1, sealed to the epoch's sealing key.</param>
    /// <param name="category">Of the encapsulation that <paramref name="firstHalf"/> names, for <see cref="SealedFor.Category"/>.</param>
    /// <param name="selfHalf">K2, sealed to the self key.</param>
    /// <param name="self">Of the encapsulation that <paramref name="selfHalf"/> names, for <see cref="SealedFor.Self"/>.</param>
    public static byte[]? OpenAsPatient(
        RecordHeader header,
        KeyCommitment commitment,
        ReadOnlySpan<byte> ciphertext,
        SealedHalf firstHalf,
        OpeningSecret category,
        SealedHalf selfHalf,
        OpeningSecret self)
    {
        using var first = OpenHalf(header, firstHalf, category);
        using var second = OpenHalf(header, selfHalf, self);
        return Open(header, commitment, ciphertext, first, second);
    }

    /// <summary>As a grantee, with what custodians released.</summary>
    /// <param name="header">Parsed from the stored bytes.</param>
    /// <param name="commitment">From the row.</param>
    /// <param name="ciphertext">Untrusted.</param>
    /// <param name="firstHalf">K1, from the access key.</param>
    /// <param name="shares">At least as many good ones as the set's threshold; shares that are not the header's are left out. Each is 33 bytes.</param>
    /// <param name="set">The header's custodian set.</param>
    public static byte[]? OpenWithShares(
        RecordHeader header,
        KeyCommitment commitment,
        ReadOnlySpan<byte> ciphertext,
        HalfKey firstHalf,
        IEnumerable<ReadOnlyMemory<byte>> shares,
        CustodianSet set)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(set);
        using var second = set.Number == header.CustodianSet ? Join(header, shares, set.Threshold) : null;
        return Open(header, commitment, ciphertext, firstHalf, second);
    }

    /// <summary>Opens a sealed half. Null if it was sealed for another key, header or encapsulation. The caller disposes of it.</summary>
    public static HalfKey? OpenHalf(RecordHeader header, SealedHalf half, OpeningSecret secret)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(half);
        ArgumentNullException.ThrowIfNull(secret);
        if (half.Open(secret, header.Digest) is not { } bytes)
        {
            return null;
        }

        var key = HalfKey.TryFromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    // Only shares that the header has the digest of are joined: with a false one among them, something else would come out.
    private static HalfKey? Join(RecordHeader header, IEnumerable<ReadOnlyMemory<byte>> shares, int threshold)
    {
        var good = new Dictionary<byte, Share>();
        try
        {
            foreach (var share in shares)
            {
                if (share.Length == RecordSealer.ShareLength
                    && share.Span[0] is var number
                    && header.HasShare(number - 1, share.Span)
                    && !good.ContainsKey(number)
                    && Share.TryFromBytes(number, share.Span[1..]) is { } checkedShare)
                {
                    good.Add(number, checkedShare);
                }
            }

            if (good.Count < threshold || Shamir.Join([.. good.Values.Take(threshold)]) is not { } half)
            {
                return null;
            }

            var key = HalfKey.TryFromBytes(half);
            CryptographicOperations.ZeroMemory(half);
            return key;
        }
        finally
        {
            foreach (var share in good.Values)
            {
                share.Dispose();
            }
        }
    }

    private static byte[]? Open(RecordHeader header, KeyCommitment commitment, ReadOnlySpan<byte> ciphertext, HalfKey? first, HalfKey? second)
    {
        if (first is null || second is null)
        {
            return null;
        }

        using var key = ContentKey.Derive(first, second, header.Bytes.Span);
        return key.Open(commitment, ciphertext);
    }
}
