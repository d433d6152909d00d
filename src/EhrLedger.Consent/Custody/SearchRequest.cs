using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Custody;

/// <summary>A reader asks an index holder for candidates: docs/formats.md, search-request. Read, not verified: <see cref="SearchCheck"/> does that.</summary>
public sealed class SearchRequest
{
    /// <summary>Most groups of tokens, and most tokens of a group.</summary>
    public const int MostTokens = 1_000;

    /// <summary>Most rows of an answer.</summary>
    public const uint MostRows = 1_000;

    private readonly SignedMessage _message;

    private SearchRequest(SignedMessage message) => _message = message;

    /// <summary>Index of the Search entry.</summary>
    public required ulong EntryIndex { get; init; }

    /// <summary>Whom it is addressed to.</summary>
    public required OrganisationId Holder { get; init; }

    /// <summary>Said to be the grant's.</summary>
    public required GrantTerms Terms { get; init; }

    /// <summary>Said to open the Search entry's digest.</summary>
    public required ReadOnlyMemory<byte> Opening { get; init; }

    /// <summary>A row is a candidate if it has at least one token of each group. No group: all rows.</summary>
    public required IReadOnlyList<IReadOnlyList<Token>> Groups { get; init; }

    /// <summary>Where to go on: rows after this one, in the holder's order; 0 for the start.</summary>
    public required ulong After { get; init; }

    /// <summary>How many rows to answer with; 1 to 1,000.</summary>
    public required uint Count { get; init; }

    /// <summary>When it was signed, Unix milliseconds, by the reader's clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The COSE bytes.</summary>
    public ReadOnlyMemory<byte> SignedBytes => _message.Bytes;

    /// <summary>Whether the reader key has signed it for this consortium.</summary>
    public bool VerifiesUnder(Ed25519PublicKey reader, Digest genesis) => _message.Verifies(reader, SignedAs.SearchRequest, genesis);

    /// <summary>Signs a request.</summary>
    /// <param name="entryIndex">Of the Search entry, which is final.</param>
    /// <param name="holder">Who is asked.</param>
    /// <param name="terms">Of the grant.</param>
    /// <param name="opening">Of the Search entry.</param>
    /// <param name="groups">Rows must have a token of each.</param>
    /// <param name="after">Where to go on.</param>
    /// <param name="count">1 to 1,000.</param>
    /// <param name="readerKey">Of the grant.</param>
    /// <param name="now">Of the reader.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    public static SearchRequest Sign(
        ulong entryIndex,
        OrganisationId holder,
        GrantTerms terms,
        SearchOpening opening,
        IReadOnlyList<IReadOnlyList<Token>> groups,
        ulong after,
        uint count,
        Ed25519PrivateKey readerKey,
        DateTimeOffset now,
        Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(opening);
        ArgumentNullException.ThrowIfNull(groups);
        var payload = Encode(entryIndex, holder, terms, opening.Encode(), groups, after, count, (ulong)now.ToUnixTimeMilliseconds());
        return TryParse(CoseSign1.Sign(SignedAs.SearchRequest, payload, readerKey, genesis))
            ?? throw new ArgumentException("A request has at most 1,000 groups of 1 to 1,000 tokens, and asks for 1 to 1,000 rows.", nameof(groups));
    }

    /// <summary>Null unless the bytes are a request in its only encoding.</summary>
    public static SearchRequest? TryParse(ReadOnlyMemory<byte> bytes) =>
        CoseSign1.TryParse(bytes) is { Purpose: SignedAs.SearchRequest } message ? CborReading.TryRead(message.Payload, reader => Read(reader, message)) : null;

    internal byte[] EncodePayload() => Encode(EntryIndex, Holder, Terms, Opening, Groups, After, Count, Time);

    private static byte[] Encode(
        ulong entryIndex,
        OrganisationId holder,
        GrantTerms terms,
        ReadOnlyMemory<byte> opening,
        IReadOnlyList<IReadOnlyList<Token>> groups,
        ulong after,
        uint count,
        ulong time) =>
        new DeterministicCborWriter(1024)
            .WriteArray(8)
            .WriteUInt(entryIndex)
            .WriteOrganisation(holder)
            .WriteItem(terms.Encode())
            .WriteBytes(opening.Span)
            .WriteAll(groups, (writer, group) => writer.WriteAll(group, (items, token) => items.WriteBytes(token.ToArray())))
            .WriteUInt(after)
            .WriteUInt(count)
            .WriteUInt(time)
            .ToArray();

    private static SearchRequest Read(StrictCborReader reader, SignedMessage message)
    {
        reader.ReadStartArray(8);
        var request = new SearchRequest(message)
        {
            EntryIndex = reader.ReadUInt(),
            Holder = reader.ReadOrganisation(),
            Terms = GrantTerms.Read(reader),
            Opening = reader.ReadBytes(0, AccessBody.LargestDetails),
            Groups = reader.ReadArray(0, MostTokens, group => group.ReadArray(1, MostTokens, item => Token.FromBytes(item.ReadBytes(Token.Length).Span))),
            After = reader.ReadUInt(),
            Count = (uint)reader.ReadUInt(MostRows),
            Time = reader.ReadUInt(long.MaxValue),
        };
        reader.ReadEndArray();
        reader.Require(request.Count > 0);
        return request;
    }
}
