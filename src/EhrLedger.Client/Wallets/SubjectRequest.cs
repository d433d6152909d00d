using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Wallets;

/// <summary>What a subject asks of an organisation, signed: docs/http.md, subject-request.</summary>
/// <param name="Organisation">Who is asked: nobody else may answer to it.</param>
/// <param name="Subject">Who asks.</param>
/// <param name="Kind">What for.</param>
/// <param name="After">Number of the first row wanted.</param>
/// <param name="Count">Most rows wanted; 1 to 512.</param>
/// <param name="Time">Unix milliseconds by the wallet's clock; good for <see cref="Validity"/> either way.</param>
public sealed record SubjectRequest(OrganisationId Organisation, SubjectId Subject, SubjectRequestKind Kind, ulong After, uint Count, ulong Time)
{
    /// <summary>Most rows of one answer.</summary>
    public const uint MostRows = 512;

    /// <summary>How far the time may be off.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(2);

    /// <summary>Signs the request.</summary>
    /// <param name="key">The subject's current key.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) => CoseSign1.Sign(SignedAs.SubjectRequest, Encode(), key, genesis);

    /// <summary>Reads a request without checking who signed it: the key depends on the subject.</summary>
    /// <returns>Null unless the bytes are a request in its only encoding.</returns>
    public static SubjectRequest? TryRead(ReadOnlyMemory<byte> signedBytes) =>
        CoseSign1.TryParse(signedBytes) is { Purpose: SignedAs.SubjectRequest } message ? TryParse(message.Payload) : null;

    /// <summary>Null unless the bytes are a request, signed by this key for this consortium.</summary>
    public static SubjectRequest? Open(ReadOnlyMemory<byte> signedBytes, Ed25519PublicKey key, Digest genesis) =>
        CoseSign1.TryParse(signedBytes) is { } message && message.Verifies(key, SignedAs.SubjectRequest, genesis) ? TryParse(message.Payload) : null;

    internal byte[] Encode() => new DeterministicCborWriter(128)
        .WriteArray(6)
        .WriteOrganisation(Organisation)
        .WriteSubject(Subject)
        .WriteUInt((ulong)Kind)
        .WriteUInt(After)
        .WriteUInt(Count)
        .WriteUInt(Time)
        .ToArray();

    internal static SubjectRequest? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        var organisation = reader.ReadOrganisation();
        var subject = reader.ReadSubject();
        var kind = (SubjectRequestKind)reader.ReadByte();
        reader.Require(Enum.IsDefined(kind));
        var request = new SubjectRequest(organisation, subject, kind, reader.ReadUInt(), (uint)reader.ReadUInt(MostRows), reader.ReadUInt(long.MaxValue));
        reader.ReadEndArray();
        reader.Require(request.Count > 0);
        return request;
    });
}

/// <summary>What a subject asks for.</summary>
public enum SubjectRequestKind : byte
{
    /// <summary>Its records, sealed, with their rows.</summary>
    Records = 1,

    /// <summary>The author's own reads.</summary>
    Reads = 2,

    /// <summary>What this custodian released shares on.</summary>
    Releases = 3,

    /// <summary>The epoch that the author seals under.</summary>
    AuthorEpoch = 4,

    /// <summary>What this custodian keeps for emergencies.</summary>
    Emergency = 5,
}
