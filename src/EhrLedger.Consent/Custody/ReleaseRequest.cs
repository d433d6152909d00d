using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Custody;

/// <summary>A reader asks a custodian for shares: docs/formats.md, release-request. Read, not verified: <see cref="ReleaseCheck"/> does that.</summary>
public sealed class ReleaseRequest
{
    private readonly SignedMessage _message;

    private ReleaseRequest(SignedMessage message) => _message = message;

    /// <summary>Index of the Read entry.</summary>
    public required ulong EntryIndex { get; init; }

    /// <summary>Whom it is addressed to.</summary>
    public required OrganisationId Custodian { get; init; }

    /// <summary>Said to be the grant's.</summary>
    public required GrantTerms Terms { get; init; }

    /// <summary>Said to open the Read entry's digest.</summary>
    public required ReadOnlyMemory<byte> Opening { get; init; }

    /// <summary>1,216 bytes: what the answer is sealed to.</summary>
    public required ReadOnlyMemory<byte> AnswerKey { get; init; }

    /// <summary>What is asked for; 1 to 3,000.</summary>
    public required IReadOnlyList<RequestedRecord> Records { get; init; }

    /// <summary>When it was signed, Unix milliseconds, by the reader's clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The COSE bytes.</summary>
    public ReadOnlyMemory<byte> SignedBytes => _message.Bytes;

    /// <summary>Whether the reader key has signed it for this consortium.</summary>
    public bool VerifiesUnder(Ed25519PublicKey reader, Digest genesis) => _message.Verifies(reader, SignedAs.ReleaseRequest, genesis);

    /// <summary>Signs a request.</summary>
    /// <param name="entryIndex">Of the Read entry, which is final.</param>
    /// <param name="custodian">Who is asked.</param>
    /// <param name="terms">Of the grant.</param>
    /// <param name="opening">Of the Read entry.</param>
    /// <param name="keys">Of the grant.</param>
    /// <param name="records">Those that are wanted, all named in the opening.</param>
    /// <param name="now">Of the reader.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    public static ReleaseRequest Sign(
        ulong entryIndex,
        OrganisationId custodian,
        GrantTerms terms,
        ReadOpening opening,
        ReaderKeys keys,
        IReadOnlyList<RequestedRecord> records,
        DateTimeOffset now,
        Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(opening);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(records);
        var payload = Encode(entryIndex, custodian, terms, opening.Encode(), keys.Answer.Public.ToArray(), records, (ulong)now.ToUnixTimeMilliseconds());
        return TryParse(CoseSign1.Sign(SignedAs.ReleaseRequest, payload, keys.Reader, genesis))
            ?? throw new ArgumentException("A request asks for 1 to 3,000 records, with paths that a batch can have.", nameof(records));
    }

    /// <summary>Null unless the bytes are a request in its only encoding.</summary>
    public static ReleaseRequest? TryParse(ReadOnlyMemory<byte> bytes) =>
        CoseSign1.TryParse(bytes) is { Purpose: SignedAs.ReleaseRequest } message
            ? CborReading.TryRead(message.Payload, reader => Read(reader, message))
            : null;

    internal byte[] EncodePayload() => Encode(EntryIndex, Custodian, Terms, Opening, AnswerKey, Records, Time);

    private static byte[] Encode(
        ulong entryIndex,
        OrganisationId custodian,
        GrantTerms terms,
        ReadOnlyMemory<byte> opening,
        ReadOnlyMemory<byte> answerKey,
        IReadOnlyList<RequestedRecord> records,
        ulong time) =>
        new DeterministicCborWriter(4096 + (records.Count * 1024))
            .WriteArray(7)
            .WriteUInt(entryIndex)
            .WriteOrganisation(custodian)
            .WriteItem(terms.Encode())
            .WriteBytes(opening.Span)
            .WriteBytes(answerKey.Span)
            .WriteAll(records, RequestedRecord.Write)
            .WriteUInt(time)
            .ToArray();

    private static ReleaseRequest Read(StrictCborReader reader, SignedMessage message)
    {
        reader.ReadStartArray(7);
        var request = new ReleaseRequest(message)
        {
            EntryIndex = reader.ReadUInt(),
            Custodian = reader.ReadOrganisation(),
            Terms = GrantTerms.Read(reader),
            Opening = reader.ReadBytes(0, AccessBody.LargestDetails),
            AnswerKey = reader.ReadBytes(XWingPublicKey.Length),
            Records = reader.ReadArray(1, ReadOpening.MostRecords, RequestedRecord.Read),
            Time = reader.ReadUInt(long.MaxValue),
        };
        reader.ReadEndArray();
        return request;
    }
}

/// <summary>One record in a <see cref="ReleaseRequest"/>.</summary>
/// <param name="Header">The header's canonical bytes.</param>
/// <param name="Row">The row's canonical bytes.</param>
/// <param name="Anchor">Where the row is said to stand.</param>
public sealed record RequestedRecord(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Row, Anchor Anchor)
{
    internal static void Write(DeterministicCborWriter writer, RequestedRecord record)
    {
        writer.WriteArray(3).WriteBytes(record.Header.Span).WriteBytes(record.Row.Span);
        Anchor.Write(writer, record.Anchor);
    }

    internal static RequestedRecord Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var record = new RequestedRecord(reader.ReadBytes(0, RecordHeader.LargestSize), reader.ReadBytes(0, WriteRow.LargestSize), Anchor.Read(reader));
        reader.ReadEndArray();
        return record;
    }
}
