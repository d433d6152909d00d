using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Emergencies;

/// <summary>What a subject leaves with one custodian for emergencies: docs/formats.md, emergency-deposit. Read, not verified.</summary>
/// <param name="Custodian">Whom it is for.</param>
/// <param name="Policy">In full.</param>
/// <param name="Through">Last epoch whose keys are in <paramref name="SealedKeys"/>.</param>
/// <param name="SealedShare">The custodian's share, sealed to it.</param>
/// <param name="SealedKeys">The <see cref="EmergencyKeys"/>, sealed to the emergency key.</param>
public sealed record EmergencyDeposit(
    OrganisationId Custodian, EmergencyPolicy Policy, uint Through, ReadOnlyMemory<byte> SealedShare, ReadOnlyMemory<byte> SealedKeys)
{
    /// <summary>Most bytes of a signed deposit.</summary>
    public const int LargestSize = EmergencyKeys.LargestSize + EmergencyPolicy.LargestSize + EmergencyShare.SealedLength + 1_024;

    /// <summary>Signs the deposit.</summary>
    /// <param name="key">The subject's current key.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) => CoseSign1.Sign(SignedAs.EmergencyDeposit, Encode(), key, genesis);

    /// <summary>Null unless the bytes are a deposit in its only encoding, signed by this key for this consortium.</summary>
    /// <param name="signedBytes">Untrusted.</param>
    /// <param name="keyOf">The key that a subject signs with now.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    public static EmergencyDeposit? Open(ReadOnlyMemory<byte> signedBytes, Func<SubjectId, Ed25519PublicKey> keyOf, Digest genesis)
    {
        ArgumentNullException.ThrowIfNull(keyOf);
        return CoseSign1.TryParse(signedBytes) is { } message
            && TryParse(message.Payload) is { } deposit
            && message.Verifies(keyOf(deposit.Policy.Subject), SignedAs.EmergencyDeposit, genesis)
                ? deposit
                : null;
    }

    /// <summary>Canonical bytes, without a signature.</summary>
    public byte[] Encode() => new DeterministicCborWriter(SealedKeys.Length + 4096)
        .WriteArray(5)
        .WriteOrganisation(Custodian)
        .WriteBytes(Policy.Encode())
        .WriteUInt(Through)
        .WriteBytes(SealedShare.Span)
        .WriteBytes(SealedKeys.Span)
        .ToArray();

    /// <summary>Null unless the bytes are a deposit in its only encoding.</summary>
    public static EmergencyDeposit? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var deposit = new EmergencyDeposit(
            reader.ReadOrganisation(),
            reader.Require(EmergencyPolicy.TryParse(reader.ReadBytes(0, EmergencyPolicy.LargestSize))),
            reader.ReadUInt32(),
            reader.ReadBytes(EmergencyShare.SealedLength),
            reader.ReadBytes(0, EmergencyKeys.LargestSize));
        reader.ReadEndArray();
        return deposit;
    });
}
