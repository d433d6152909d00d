using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Recovery;

/// <summary>What members keep under a recovery's name: docs/formats.md, published-plan. Anyone who knows the name may have it.</summary>
/// <param name="Plan">Held against its digest on the ledger by whoever uses it.</param>
/// <param name="SealedShares">Each guardian's share, sealed to its key, in the order of their keys.</param>
public sealed record PublishedPlan(RecoveryPlan Plan, IReadOnlyList<ReadOnlyMemory<byte>> SealedShares)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(4_096 + (SealedShares.Count * 1_200))
        .WriteArray(2)
        .WriteBytes(Plan.Encode())
        .WriteAll(SealedShares, (writer, share) => writer.WriteBytes(share.Span))
        .ToArray();

    /// <summary>Null unless the bytes are this in its only encoding, with a share for each guardian.</summary>
    public static PublishedPlan? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var published = new PublishedPlan(
            reader.Require(RecoveryPlan.TryParse(reader.ReadBytes(0, RecoveryPlan.LargestSize))),
            reader.ReadArray(1, GuardianRule.MostGuardians, item => item.ReadBytes(RecoveryShare.SealedLength)));
        reader.ReadEndArray();
        reader.Require(published.SealedShares.Count == published.Plan.GuardianShares.Count);
        return published;
    });
}
