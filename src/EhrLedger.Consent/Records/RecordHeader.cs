using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Records;

/// <summary>
/// What stands in the clear beside a record's ciphertext and is authenticated with it: docs/formats.md, header. Its digest names this one sealing of this one
/// version: every half key, share, row and index row is bound to it. Whoever holds the ciphertext sees it; it says nothing of the content but its type and
/// size.
/// </summary>
public sealed class RecordHeader
{
    /// <summary>Length of the random part in bytes.</summary>
    public const int RandomLength = 32;

    /// <summary>Most bytes of a header.</summary>
    public const int LargestSize = 8_192;

    private const int Version1 = 1;

    // As many as a genesis has members.
    private const int MostCustodians = 200;
    private const int LongestContentType = 100;

    private RecordHeader(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        Digest = Digest.Of(bytes.Span);
    }

    /// <summary>The canonical bytes: the AAD of the ciphertext.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of <see cref="Bytes"/>.</summary>
    public Digest Digest { get; }

    /// <summary>The record and its version.</summary>
    public required RecordVersion Record { get; init; }

    /// <summary>Whom it is about.</summary>
    public required SubjectId Subject { get; init; }

    /// <summary>Whose sealing key K1 is sealed to.</summary>
    public required uint Epoch { get; init; }

    /// <summary>Who wrote it.</summary>
    public required OrganisationId Author { get; init; }

    /// <summary>Number of the set of custodians that hold the shares.</summary>
    public required uint CustodianSet { get; init; }

    /// <summary>The x-th is SHA-256(random || share) of the x-th custodian's share. 1 to 200.</summary>
    public required ImmutableArray<Digest> ShareDigests { get; init; }

    /// <summary>When it was sealed, Unix milliseconds; the author's word.</summary>
    public required ulong Time { get; init; }

    /// <summary>Of the plaintext, such as <c>application/fhir+json</c>; at most 100 bytes.</summary>
    public required string ContentType { get; init; }

    /// <summary>32 random bytes. They make the digest of every header another one, so that a key made from the digest is used once.</summary>
    public required ReadOnlyMemory<byte> Random { get; init; }

    /// <summary>The digest by which a share is recognised.</summary>
    /// <param name="random">The header's random part.</param>
    /// <param name="share">33 bytes.</param>
    public static Digest DigestOf(ReadOnlySpan<byte> random, ReadOnlySpan<byte> share)
    {
        Span<byte> both = stackalloc byte[random.Length + share.Length];
        random.CopyTo(both);
        share.CopyTo(both[random.Length..]);
        var digest = Digest.Of(both);
        CryptographicOperations.ZeroMemory(both);
        return digest;
    }

    /// <summary>Whether this is the share of the custodian at this place.</summary>
    /// <param name="place">From 0.</param>
    /// <param name="share">Untrusted; any length.</param>
    public bool HasShare(int place, ReadOnlySpan<byte> share) =>
        place >= 0 && place < ShareDigests.Length && share.Length <= 64 && DigestOf(Random.Span, share) == ShareDigests[place];

    /// <summary>Writes a header.</summary>
    /// <exception cref="ArgumentException">Something is out of bounds.</exception>
    public static RecordHeader Create(
        RecordVersion record,
        SubjectId subject,
        uint epoch,
        OrganisationId author,
        uint custodianSet,
        IReadOnlyList<Digest> shareDigests,
        ulong time,
        string contentType,
        ReadOnlySpan<byte> random)
    {
        ArgumentNullException.ThrowIfNull(shareDigests);
        if (record.Version == 0 || shareDigests.Count is 0 or > MostCustodians || time > long.MaxValue
            || Encoding.UTF8.GetByteCount(contentType) > LongestContentType || random.Length != RandomLength)
        {
            throw new ArgumentException("The header is out of bounds: see docs/formats.md.");
        }

        var bytes = new DeterministicCborWriter(224 + (shareDigests.Count * 34))
            .WriteArray(11)
            .WriteUInt(Version1)
            .WriteBytes(record.Record.ToArray())
            .WriteUInt(record.Version)
            .WriteSubject(subject)
            .WriteUInt(epoch)
            .WriteOrganisation(author)
            .WriteUInt(custodianSet)
            .WriteAll(shareDigests, (writer, digest) => writer.WriteDigest(digest))
            .WriteUInt(time)
            .WriteText(contentType)
            .WriteBytes(random)
            .ToArray();

        // Not parsed again: this is on the path of every write.
        return new RecordHeader(bytes)
        {
            Record = record,
            Subject = subject,
            Epoch = epoch,
            Author = author,
            CustodianSet = custodianSet,
            ShareDigests = [.. shareDigests],
            Time = time,
            ContentType = contentType,
            Random = bytes.AsMemory(bytes.Length - RandomLength),
        };
    }

    /// <summary>Null unless the bytes are a header in its only encoding.</summary>
    public static RecordHeader? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(11);
        reader.Require(reader.ReadUInt() == Version1);
        var record = new RecordVersion(reader.ReadRecordId(), reader.ReadUInt32());
        reader.Require(record.Version > 0);
        var header = new RecordHeader(bytes)
        {
            Record = record,
            Subject = reader.ReadSubject(),
            Epoch = reader.ReadUInt32(),
            Author = reader.ReadOrganisation(),
            CustodianSet = reader.ReadUInt32(),
            ShareDigests = [.. reader.ReadArray(1, MostCustodians, item => item.ReadDigest())],
            Time = reader.ReadUInt(long.MaxValue),
            ContentType = reader.ReadText(LongestContentType),
            Random = reader.ReadBytes(RandomLength),
        };
        reader.ReadEndArray();
        return header;
    });
}
