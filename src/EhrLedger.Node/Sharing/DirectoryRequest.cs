using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Node.Sharing;

/// <summary>A member's question for what has changed in another one's directory: docs/http.md, directory-request. It names no entry, so it tells nothing of whom anybody is interested in.</summary>
/// <param name="Asker">Who asks.</param>
/// <param name="Author">Who is asked: nobody else may answer to it.</param>
/// <param name="Series">The series that the asker knows; null if it has nothing yet.</param>
/// <param name="After">Number of the newest change in that series that the asker has.</param>
/// <param name="Time">Unix milliseconds by the asker's clock; good for <see cref="Validity"/> either way.</param>
internal sealed record DirectoryRequest(OrganisationId Asker, OrganisationId Author, DirectorySeries? Series, ulong After, ulong Time)
{
    /// <summary>How far the time may be off.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(2);

    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) => CoseSign1.Sign(SignedAs.DirectoryRequest, Encode(), key, genesis);

    /// <summary>Null unless an active member has signed it, for this author and at about this time.</summary>
    public static DirectoryRequest? Open(ReadOnlyMemory<byte> bytes, Members members, OrganisationId self, DateTimeOffset now, Digest genesis) =>
        CoseSign1.TryParse(bytes) is { } message
        && TryParse(message.Payload) is { } request
        && request.Author == self
        && (now - DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(request.Time, 253_402_300_799_999))).Duration() <= Validity
        && members.SigningKeyOf(request.Asker) is { } key
        && message.Verifies(key, SignedAs.DirectoryRequest, genesis)
            ? request
            : null;

    internal byte[] Encode()
    {
        var writer = new DeterministicCborWriter(128).WriteArray(5).WriteBytes(Asker.Key.ToArray()).WriteBytes(Author.Key.ToArray());
        _ = Series is { } series ? writer.WriteBytes(series.ToArray()) : writer.WriteNull();
        return writer.WriteUInt(After).WriteUInt(Time).ToArray();
    }

    internal static DirectoryRequest? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var request = new DirectoryRequest(
            ReadOrganisation(reader),
            ReadOrganisation(reader),
            reader.TryReadNull() ? null : DirectorySeries.Read(reader),
            reader.ReadUInt(long.MaxValue),
            reader.ReadUInt());
        reader.ReadEndArray();
        return request;
    });

    internal static OrganisationId ReadOrganisation(StrictCborReader reader)
    {
        reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var key));
        return new OrganisationId(key);
    }
}
