using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Node.Sharing;

/// <summary>What has changed in an author's shared directory, as far as one answer has room: docs/http.md, directory-portion.</summary>
/// <param name="Author">Whose directory.</param>
/// <param name="Request">SHA-256 of the signed request that it answers: an older answer answers nothing.</param>
/// <param name="Series">In which it counts.</param>
/// <param name="Newest">Number of the newest change that there is.</param>
/// <param name="Entries">By number, ascending; each entry with its newest change alone. The last portion ends with <paramref name="Newest"/>.</param>
internal sealed record DirectoryPortion(OrganisationId Author, Digest Request, DirectorySeries Series, ulong Newest, IReadOnlyList<SharedEntry> Entries)
{
    public const int MostEntries = 512;

    /// <summary>Most bytes of JSON in one portion, but for a single entry.</summary>
    public const int UsualBytes = 1 << 20;

    /// <summary>Bytes that no portion exceeds.</summary>
    public const int LargestPortion = 3 << 20;

    /// <summary>Number of the newest change that a member has with this portion and those before it.</summary>
    public ulong Reaches => Entries is [.., var last] ? last.Number : Newest;

    /// <summary>Whether a member has everything with this portion and those before it.</summary>
    public bool IsLast => Reaches == Newest;

    private static ReadOnlySpan<byte> Purpose => "ehrledger/v1/directory"u8;

    /// <summary>Signed, and sealed to the asker alone.</summary>
    public byte[] Seal(Ed25519PrivateKey key, XWingPublicKey asker, Digest genesis) =>
        HpkeMessage.Seal(asker, Purpose, Request.ToArray(), CoseSign1.Sign(SignedAs.DirectoryPortion, Encode(), key, genesis));

    /// <summary>Null unless the bytes are a portion that this member has signed, in answer to this request.</summary>
    /// <param name="bytes">Untrusted.</param>
    /// <param name="author">Who was asked.</param>
    /// <param name="request">SHA-256 of the signed request.</param>
    /// <param name="key">The asker's.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    public static DirectoryPortion? Open(ReadOnlySpan<byte> bytes, Member author, Digest request, XWingPrivateKey key, Digest genesis) =>
        HpkeMessage.Open(key, Purpose, request.ToArray(), bytes) is { } signed
        && CoseSign1.TryParse(signed) is { } message
        && message.Verifies(author.SigningKey, SignedAs.DirectoryPortion, genesis)
        && TryParse(message.Payload) is { } portion
        && portion.Author == author.Organisation
        && portion.Request == request
            ? portion
            : null;

    internal byte[] Encode()
    {
        var writer = new DeterministicCborWriter(256 + Entries.Sum(entry => (entry.Json?.Length ?? 0) + 96))
            .WriteArray(5)
            .WriteBytes(Author.Key.ToArray())
            .WriteDigest(Request)
            .WriteBytes(Series.ToArray())
            .WriteUInt(Newest)
            .WriteArray(Entries.Count);
        foreach (var entry in Entries)
        {
            writer.WriteArray(4).WriteUInt(entry.Number).WriteText(entry.Type).WriteText(entry.Id);
            _ = entry.Json is { } json ? writer.WriteBytes(json.Span) : writer.WriteNull();
        }

        return writer.ToArray();
    }

    internal static DirectoryPortion? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var portion = new DirectoryPortion(
            DirectoryRequest.ReadOrganisation(reader), reader.ReadDigest(), DirectorySeries.Read(reader), reader.ReadUInt(long.MaxValue), reader.ReadArray(0, MostEntries, ReadEntry));
        reader.ReadEndArray();
        var before = 0UL;
        foreach (var entry in portion.Entries)
        {
            reader.Require(entry.Number > before && entry.Number <= portion.Newest);
            before = entry.Number;
        }

        return portion;
    });

    private static SharedEntry ReadEntry(StrictCborReader reader)
    {
        reader.ReadStartArray(4);
        var entry = new SharedEntry(reader.ReadUInt(long.MaxValue), reader.ReadText(64), reader.ReadText(64), reader.TryReadNull() ? null : (ReadOnlyMemory<byte>?)reader.ReadBytes(0, SharedEntry.LargestJson));
        reader.Require(FhirReference.IsId(entry.Id));
        reader.ReadEndArray();
        return entry;
    }
}

/// <summary>The newest change of one entry.</summary>
/// <param name="Number">Of the change, from 1; none stands twice in a series.</param>
/// <param name="Type">FHIR resource type.</param>
/// <param name="Id">The author's own.</param>
/// <param name="Json">What is shared of it; null if it is shared no more.</param>
internal sealed record SharedEntry(ulong Number, string Type, string Id, ReadOnlyMemory<byte>? Json)
{
    /// <summary>Most bytes of an entry; a larger one stays at home.</summary>
    public const int LargestJson = 16 << 10;
}
