using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Emergencies;

/// <summary>An organisation that has declared an emergency asks a custodian for its share: docs/formats.md, emergency-release-request. Read, not verified: <see cref="EmergencyCheck"/> does that.</summary>
public sealed class EmergencyReleaseRequest
{
    private readonly SignedMessage _message;

    private EmergencyReleaseRequest(SignedMessage message) => _message = message;

    /// <summary>Index of the EmergencyAccess entry.</summary>
    public required ulong EntryIndex { get; init; }

    /// <summary>Whom it is addressed to.</summary>
    public required OrganisationId Custodian { get; init; }

    /// <summary>1,216 bytes: what the answer is sealed to.</summary>
    public required ReadOnlyMemory<byte> AnswerKey { get; init; }

    /// <summary>When it was signed, Unix milliseconds, by the asking node's clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The COSE bytes.</summary>
    public ReadOnlyMemory<byte> SignedBytes => _message.Bytes;

    /// <summary>Whether the reader key has signed it for this consortium.</summary>
    public bool VerifiesUnder(Ed25519PublicKey reader, Digest genesis) => _message.Verifies(reader, SignedAs.EmergencyReleaseRequest, genesis);

    /// <summary>Signs a request.</summary>
    /// <param name="entryIndex">Of the EmergencyAccess entry, which is final.</param>
    /// <param name="custodian">Who is asked.</param>
    /// <param name="keys">Of the emergency.</param>
    /// <param name="now">Of the asking node.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    public static EmergencyReleaseRequest Sign(ulong entryIndex, OrganisationId custodian, ReaderKeys keys, DateTimeOffset now, Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var payload = Encode(entryIndex, custodian, keys.Answer.Public.ToArray(), (ulong)now.ToUnixTimeMilliseconds());
        return TryParse(CoseSign1.Sign(SignedAs.EmergencyReleaseRequest, payload, keys.Reader, genesis))!;
    }

    /// <summary>Null unless the bytes are a request in its only encoding.</summary>
    public static EmergencyReleaseRequest? TryParse(ReadOnlyMemory<byte> bytes) =>
        CoseSign1.TryParse(bytes) is { Purpose: SignedAs.EmergencyReleaseRequest } message ? CborReading.TryRead(message.Payload, reader => Read(reader, message)) : null;

    internal byte[] EncodePayload() => Encode(EntryIndex, Custodian, AnswerKey.Span, Time);

    private static byte[] Encode(ulong entryIndex, OrganisationId custodian, ReadOnlySpan<byte> answerKey, ulong time) => new DeterministicCborWriter(1_536)
        .WriteArray(4)
        .WriteUInt(entryIndex)
        .WriteOrganisation(custodian)
        .WriteBytes(answerKey)
        .WriteUInt(time)
        .ToArray();

    private static EmergencyReleaseRequest Read(StrictCborReader reader, SignedMessage message)
    {
        reader.ReadStartArray(4);
        var request = new EmergencyReleaseRequest(message)
        {
            EntryIndex = reader.ReadUInt(),
            Custodian = reader.ReadOrganisation(),
            AnswerKey = reader.ReadBytes(XWingPublicKey.Length),
            Time = reader.ReadUInt(long.MaxValue),
        };
        reader.ReadEndArray();
        return request;
    }
}
