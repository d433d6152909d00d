using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Recovery;

/// <summary>A new phone asks a custodian for its share: docs/formats.md, recovery-release-request. Read, not verified: <see cref="RecoveryCheck"/> does that.</summary>
public sealed class RecoveryReleaseRequest
{
    private readonly SignedMessage _message;

    private RecoveryReleaseRequest(SignedMessage message) => _message = message;

    /// <summary>Index of the RecoveryRequested entry.</summary>
    public required ulong EntryIndex { get; init; }

    /// <summary>Whom it is addressed to.</summary>
    public required OrganisationId Custodian { get; init; }

    /// <summary>1,216 bytes: what the answer is sealed to.</summary>
    public required ReadOnlyMemory<byte> AnswerKey { get; init; }

    /// <summary>When it was signed, Unix milliseconds, by the phone's clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The COSE bytes.</summary>
    public ReadOnlyMemory<byte> SignedBytes => _message.Bytes;

    /// <summary>Whether the request's key has signed it for this consortium.</summary>
    public bool VerifiesUnder(Ed25519PublicKey request, Digest genesis) => _message.Verifies(request, SignedAs.RecoveryReleaseRequest, genesis);

    /// <summary>Signs a request.</summary>
    /// <param name="entryIndex">Of the RecoveryRequested entry, which is final.</param>
    /// <param name="custodian">Who is asked.</param>
    /// <param name="key">The request's.</param>
    /// <param name="answerKey">What the answer is sealed to.</param>
    /// <param name="now">Of the phone.</param>
    /// <param name="genesis">Digest of the consortium's genesis.</param>
    public static RecoveryReleaseRequest Sign(ulong entryIndex, OrganisationId custodian, Ed25519PrivateKey key, XWingPublicKey answerKey, DateTimeOffset now, Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(answerKey);
        return TryParse(CoseSign1.Sign(SignedAs.RecoveryReleaseRequest, Encode(entryIndex, custodian, answerKey.ToArray(), (ulong)now.ToUnixTimeMilliseconds()), key, genesis))!;
    }

    /// <summary>Null unless the bytes are a request in its only encoding.</summary>
    public static RecoveryReleaseRequest? TryParse(ReadOnlyMemory<byte> bytes) =>
        CoseSign1.TryParse(bytes) is { Purpose: SignedAs.RecoveryReleaseRequest } message ? CborReading.TryRead(message.Payload, reader => Read(reader, message)) : null;

    internal byte[] EncodePayload() => Encode(EntryIndex, Custodian, AnswerKey.Span, Time);

    private static byte[] Encode(ulong entryIndex, OrganisationId custodian, ReadOnlySpan<byte> answerKey, ulong time) => new DeterministicCborWriter(1_536)
        .WriteArray(4)
        .WriteUInt(entryIndex)
        .WriteOrganisation(custodian)
        .WriteBytes(answerKey)
        .WriteUInt(time)
        .ToArray();

    private static RecoveryReleaseRequest Read(StrictCborReader reader, SignedMessage message)
    {
        reader.ReadStartArray(4);
        var request = new RecoveryReleaseRequest(message)
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
