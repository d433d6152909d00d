using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Records;

/// <summary>
/// The author's side: seals records so that t custodians and the subject's sealing key together open them, the patient alone, or the author. A record costs one
/// content encryption and, for each small seal, one HMAC and one AES call. Thread-safe.
/// </summary>
/// <param name="author">Who writes.</param>
/// <param name="wrapKey">The author's own key, in its key store. Stays the caller's.</param>
public sealed class RecordSealer(OrganisationId author, SymmetricKey wrapKey)
{
    /// <summary>Length of a share on the wire: its number, then its value.</summary>
    public const int ShareLength = 1 + HalfKey.KeyLength;

    /// <summary>Seals one version of a record.</summary>
    /// <param name="record">Its id and version.</param>
    /// <param name="subject">Whom it is about.</param>
    /// <param name="custodians">Who gets shares.</param>
    /// <param name="contentType">Of the content.</param>
    /// <param name="content">The plaintext.</param>
    /// <param name="now">For the header.</param>
    public SealedRecord Seal(
        RecordVersion record, SubjectSealing subject, CustodianSealing custodians, string contentType, ReadOnlySpan<byte> content, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(custodians);
        var set = custodians.Set;
        if (custodians.Secrets.Count != set.Custodians.Count)
        {
            throw new ArgumentException("Each custodian needs a sealing secret.", nameof(custodians));
        }

        // One call for all that must be random: each costs as much as a seal.
        Span<byte> drawn = stackalloc byte[(2 * HalfKey.KeyLength) + RecordHeader.RandomLength];
        RandomNumberGenerator.Fill(drawn);
        var halves = drawn[..(2 * HalfKey.KeyLength)];
        var random = drawn[(2 * HalfKey.KeyLength)..];
        using var firstHalf = HalfKey.TryFromBytes(halves[..HalfKey.KeyLength])!;
        using var secondHalf = HalfKey.TryFromBytes(halves[HalfKey.KeyLength..])!;
        var shares = Split(halves[HalfKey.KeyLength..], set);
        try
        {
            var digests = new Digest[shares.Length];
            for (var place = 0; place < shares.Length; place++)
            {
                digests[place] = RecordHeader.DigestOf(random, shares[place]);
            }

            var header = RecordHeader.Create(
                record, subject.Subject, subject.Epoch, author, set.Number, digests, (ulong)now.ToUnixTimeMilliseconds(), contentType, random);
            using var key = ContentKey.Derive(firstHalf, secondHalf, header.Bytes.Span);
            var sealedShares = new SealedHalf[shares.Length];
            for (var place = 0; place < shares.Length; place++)
            {
                sealedShares[place] = SealedHalf.Of(custodians.Secrets[place], header.Digest, shares[place]);
            }

            return new SealedRecord(
                header,
                key.Seal(content),
                key.Commitment,
                SealedHalf.Of(subject.Category, header.Digest, halves[..HalfKey.KeyLength]),
                SealedHalf.Of(subject.Self, header.Digest, halves[HalfKey.KeyLength..]),
                sealedShares,
                KeyWrap.Seal(wrapKey, header.Digest, halves));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(halves);
            foreach (var share in shares)
            {
                CryptographicOperations.ZeroMemory(share);
            }
        }
    }

    private static byte[][] Split(ReadOnlySpan<byte> half, CustodianSet set)
    {
        var split = Shamir.Split(half, set.Threshold, set.Custodians.Count);
        var shares = new byte[split.Length][];
        for (var place = 0; place < split.Length; place++)
        {
            using var share = split[place];
            shares[place] = new byte[ShareLength];
            shares[place][0] = share.Number;
            share.ExportTo(shares[place].AsSpan(1));
        }

        return shares;
    }
}
