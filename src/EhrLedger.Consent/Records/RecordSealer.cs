using System.Security.Cryptography;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Records;

/// <summary>
/// The author's side: seals records so that t custodians and the subject's sealing key together open them, the patient alone, or the author. A record costs one content
/// encryption and, for each small seal, one HMAC and one AES call. Thread-safe.
/// </summary>
/// <param name="author">Who writes.</param>
/// <param name="wrapKey">The author's own key, in its key store. Stays the caller's.</param>
public sealed class RecordSealer(OrganisationId author, SymmetricKey wrapKey)
{
    /// <summary>Length of a share on the wire: its number, then its value.</summary>
    public const int ShareLength = 1 + HalfKey.KeyLength;

    private const int MostSharesOnStack = 30;

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

        // K1, K2 and the header's random part: one call for all of them, because each call costs as much as a small seal's key.
        Span<byte> random = stackalloc byte[(2 * HalfKey.KeyLength) + RecordHeader.RandomLength];
        RandomNumberGenerator.Fill(random);
        var halves = random[..(2 * HalfKey.KeyLength)];
        var first = halves[..HalfKey.KeyLength];
        var second = halves[HalfKey.KeyLength..];
        var headerRandom = random[(2 * HalfKey.KeyLength)..];
        var count = set.Custodians.Count;
        var shares = count <= MostSharesOnStack ? stackalloc byte[count * ShareLength] : new byte[count * ShareLength];
        try
        {
            Shamir.SplitInto(second, set.Threshold, count, shares);
            var digests = new Digest[count];
            for (var place = 0; place < count; place++)
            {
                digests[place] = RecordHeader.DigestOf(headerRandom, ShareAt(shares, place));
            }

            var header = RecordHeader.Create(
                record, subject.Subject, subject.Epoch, author, set.Number, digests, (ulong)now.ToUnixTimeMilliseconds(), contentType, headerRandom);
            using var key = ContentKey.Derive(first, second, header.Bytes.Span);
            var sealedShares = new SealedHalf[count];
            for (var place = 0; place < count; place++)
            {
                sealedShares[place] = SealedHalf.Of(custodians.Secrets[place], header.Digest, ShareAt(shares, place));
            }

            return new SealedRecord(
                header,
                key.Seal(content),
                key.Commitment,
                SealedHalf.Of(subject.Category, header.Digest, first),
                SealedHalf.Of(subject.Self, header.Digest, second),
                sealedShares,
                KeyWrap.Seal(wrapKey, header.Digest, halves));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(halves);
            CryptographicOperations.ZeroMemory(shares);
        }
    }

    private static Span<byte> ShareAt(Span<byte> shares, int place) => shares.Slice(place * ShareLength, ShareLength);
}
