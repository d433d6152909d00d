using System.Collections.Immutable;
using EhrLedger.Consent.Custody;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Index;
using EhrLedger.Consent.Reads;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Tests.Consent;

/// <summary>Every format of docs/formats.md that this project reads: how to make one, and how to write again what was read.</summary>
/// <param name="Name">As in the document; the golden file's name too.</param>
/// <param name="Make">Good bytes.</param>
/// <param name="Rewrite">Reads and writes again, from the parts alone. Null if the bytes are refused.</param>
internal sealed record Codec(string Name, Func<Dice, byte[]> Make, Func<byte[], byte[]?> Rewrite)
{
    public override string ToString() => Name;
}

internal static class Codecs
{
    private static readonly Digest Genesis = Digest.Of("a consortium"u8);
    private static readonly Ed25519PrivateKey Signer = Ed25519PrivateKey.FromSeed(Digest.Of("a signer"u8).ToArray());
    private static readonly Lazy<ReaderKeys> Reader = new(() => new(Signer, new Dice(-1).SealingKey()));

    public static readonly IReadOnlyList<Codec> All =
    [
        new("subject-opened", d => new SubjectOpened(d.Organisation(), d.Int(), d.Digest()).Encode(), b => SubjectOpened.TryParse(b)?.Encode()),
        new("subject-key-replaced", d => SubjectKeyReplaced.Sign(Genesis, d.Subject(), Signer.Public, d.SigningKey()).Encode(), b => SubjectKeyReplaced.TryParse(b)?.Encode()),
        new("granted", d => new GrantBody(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Digest(), d.Bytes(40)).Encode(), b => GrantBody.TryParse(b)?.Encode()),
        new(
            "grant-extended",
            d => new GrantExtended(d.Int(), d.Several(1, 3, () => new GrantExtension(d.Grant(), d.Digest(), d.Bytes(20)))).Encode(),
            b => GrantExtended.TryParse(b) is { } body ? new GrantExtended(body.Epoch, [.. body.Grants.Reverse()]).Encode() : null),
        new("revoked", d => new Revoked(d.Grant(), d.Int(), d.Digest()).Encode(), b => Revoked.TryParse(b)?.Encode()),
        new("epoch-started", d => new EpochStarted(d.Int(), d.Digest()).Encode(), b => EpochStarted.TryParse(b)?.Encode()),
        new("access", d => new AccessBody(d.Grant(), d.Digest(), d.Bytes(50)).Encode(), b => AccessBody.TryParse(b)?.Encode()),
        new("subject-state", d => State(d).Encode(), b => SubjectState.TryParse(b)?.Encode()),
        new("header", d => d.Header().Bytes.ToArray(), b => RecordHeader.TryParse(b) is { } h ? Again(h) : null),
        new("write-row", d => d.Row(d.Header()).Encode(), b => WriteRow.TryParse(b)?.Encode()),
        new(
            "read-row",
            d => new ReadRow(d.Salt(), d.Subject(), d.Long(), (ReadLevel)(1 + d.Number(3)), d.Digest(), d.Several(0, 4, d.Version), d.Purpose(), d.Text(), "nurse").Encode(),
            b => ReadRow.TryParse(b)?.Encode()),
        new("anchor", d => d.Anchor().Encode(), b => Anchor.TryParse(b)?.Encode()),
        new("sealed-half", d => d.Half().Encode(), b => SealedHalf.TryParse(b)?.Encode()),
        new("terms", d => d.Terms().Encode(), b => GrantTerms.TryParse(b)?.Encode()),
        new("access-key", d => Key(d).Encode(), b => AccessKey.TryParse(b)?.Encode()),
        new("grant-memo", d => new GrantMemo(d.Organisation(), Category.Genetics, d.Terms(), d.SealingKey().Public, d.Bytes(30)).Encode(), b => GrantMemo.TryParse(b)?.Encode()),
        new("extension-memo", d => new ExtensionMemo(d.Int()).Encode(), b => ExtensionMemo.TryParse(b)?.Encode()),
        new("search-opening", d => new SearchOpening(d.Salt(), d.Purpose(), d.Digest()).Encode(), b => SearchOpening.TryParse(b)?.Encode()),
        new("read-opening", d => new ReadOpening(d.Salt(), d.Purpose(), d.Several(1, 4, d.Version)).Encode(), b => ReadOpening.TryParse(b)?.Encode()),
        new("details", d => new AccessDetails(d.Bytes(30), d.Organisation(), d.Text(), "physician", d.Digest()).Encode(), b => AccessDetails.TryParse(b)?.Encode()),
        new("index-plain", d => Index(d).Encode(), b => IndexRow.TryParse(b)?.Encode()),
        new("statement", d => Statement(d).Payload.ToArray(), b => ReaderKeyStatement.Open(Sign(SignedAs.ReaderKeyStatement, b), Signer.Public, Genesis) is { } s ? Again(s) : null),
        new("release-request", d => Release(d).EncodePayload(), b => ReleaseRequest.TryParse(Sign(SignedAs.ReleaseRequest, b))?.EncodePayload()),
        new("search-request", d => Search(d).EncodePayload(), b => SearchRequest.TryParse(Sign(SignedAs.SearchRequest, b))?.EncodePayload()),
    ];

    private static byte[] Sign(SignedAs purpose, byte[] payload) => CoseSign1.Sign(purpose, payload, Signer, Genesis);

    private static byte[] Again(RecordHeader h) =>
        RecordHeader.Create(h.Record, h.Subject, h.Epoch, h.Author, h.CustodianSet, h.ShareDigests, h.Time, h.ContentType, h.Random.Span).Bytes.ToArray();

    // A time beyond the calendar can be read but not written again: nobody signs such a statement.
    private static byte[]? Again(ReaderKeyStatement s) => s.Time > 253_402_300_799_999
        ? null
        : CoseSign1.TryParse(ReaderKeyStatement.Sign(s.Keys, s.PatientLink, DateTimeOffset.FromUnixTimeMilliseconds((long)s.Time), Signer, Genesis).SignedBytes)!.Payload.ToArray();

    private static SignedMessage Statement(Dice d) => CoseSign1.TryParse(ReaderKeyStatement.Sign(
        d.Several(1, 3, () => new ReaderKeyPair(d.SigningKey().Public, d.Digest())), "Patient/7", DateTimeOffset.FromUnixTimeMilliseconds(d.Int()), Signer, Genesis).SignedBytes)!;

    private static SubjectState State(Dice d)
    {
        var grants = d.Several(0, 3, () => new OpenGrant(d.Grant(), d.SigningKey().Public, d.Digest(), d.Days(), d.Digest(), d.Long(), d.Coin() ? d.Int() : null));
        return new SubjectState(
            d.SigningKey().Public,
            d.Organisation(),
            d.Number(1000),
            [.. d.Several(1, 4, () => new EpochStart(d.Digest(), d.Long()))],
            grants.ToImmutableSortedDictionary(grant => grant.Id, grant => grant),
            [.. d.Several(0, 3, d.Grant)]);
    }

    private static AccessKey Key(Dice d)
    {
        var subject = d.Subject();
        var epoch = d.Number(100);
        return new AccessKey
        {
            Grant = d.Grant(),
            Subject = subject,
            Author = d.Organisation(),
            Category = Category.Medications,
            Terms = d.Terms(subject),
            LogKey = d.SymmetricKey(),
            Epochs = d.Several(0, 2, () => new EpochKey(epoch++, d.SealingKey(), new IndexKey(d.SymmetricKey()))),
            Records = d.Several(0, 2, () => Single(d)),
            PatientLink = "Patient/7",
        };
    }

    private static RecordKey Single(Dice d)
    {
        var header = d.Header();
        return new RecordKey(header, d.Row(header), d.Anchor(), EhrLedger.Crypto.Sealing.HalfKey.TryFromBytes(d.Bytes(32))!);
    }

    private static IndexRow Index(Dice d)
    {
        var header = d.Header();
        return new IndexRow(header, d.Row(header), d.Long(), d.Path(), d.Half());
    }

    private static ReleaseRequest Release(Dice d) => ReleaseRequest.Sign(
        d.Long(),
        d.Organisation(),
        d.Terms(),
        new ReadOpening(d.Salt(), d.Purpose(), d.Several(1, 2, d.Version)),
        Reader.Value,
        d.Several(1, 2, () => d.Header() is var header ? new RequestedRecord(header.Bytes, d.Row(header).Encode(), d.Anchor()) : null!),
        DateTimeOffset.FromUnixTimeMilliseconds(d.Int()),
        Genesis);

    private static SearchRequest Search(Dice d) => SearchRequest.Sign(
        d.Long(),
        d.Organisation(),
        d.Terms(),
        new SearchOpening(d.Salt(), d.Purpose(), d.Digest()),
        d.Several(0, 2, () => d.Several(1, 2, () => Token.FromBytes(d.Bytes(16)))),
        d.Long(),
        1 + d.Number(1000),
        Signer,
        DateTimeOffset.FromUnixTimeMilliseconds(d.Int()),
        Genesis);
}
