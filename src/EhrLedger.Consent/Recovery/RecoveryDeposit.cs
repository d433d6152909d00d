using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Recovery;

/// <summary>What a wallet leaves with one custodian: docs/formats.md, recovery-deposit. Read, not verified.</summary>
/// <param name="Custodian">Whom it is for.</param>
/// <param name="Plan">In full.</param>
/// <param name="SealedShare">The custodian's share, sealed to it.</param>
public sealed record RecoveryDeposit(OrganisationId Custodian, RecoveryPlan Plan, ReadOnlyMemory<byte> SealedShare)
{
    /// <summary>Most bytes of a signed deposit.</summary>
    public const int LargestSize = RecoveryPlan.LargestSize + RecoveryShare.SealedLength + 1_024;

    /// <summary>Signs the deposit.</summary>
    /// <param name="key">The recovery's.</param>
    /// <param name="genesis">Digest of the genesis.</param>
    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) => CoseSign1.Sign(SignedAs.RecoveryDeposit, Encode(), key, genesis);

    /// <summary>Null unless the bytes are a deposit in its only encoding, signed by the recovery's key for this consortium.</summary>
    public static RecoveryDeposit? Open(ReadOnlyMemory<byte> signedBytes, Digest genesis) =>
        CoseSign1.TryParse(signedBytes) is { } message
        && TryParse(message.Payload) is { } deposit
        && message.Verifies(deposit.Plan.Recovery.Key, SignedAs.RecoveryDeposit, genesis)
            ? deposit
            : null;

    /// <summary>Canonical bytes, without a signature.</summary>
    public byte[] Encode() => new DeterministicCborWriter(4096).WriteArray(3).WriteOrganisation(Custodian).WriteBytes(Plan.Encode()).WriteBytes(SealedShare.Span).ToArray();

    /// <summary>Null unless the bytes are a deposit in its only encoding.</summary>
    public static RecoveryDeposit? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var deposit = new RecoveryDeposit(
            reader.ReadOrganisation(), reader.Require(RecoveryPlan.TryParse(reader.ReadBytes(0, RecoveryPlan.LargestSize))), reader.ReadBytes(RecoveryShare.SealedLength));
        reader.ReadEndArray();
        return deposit;
    });
}
