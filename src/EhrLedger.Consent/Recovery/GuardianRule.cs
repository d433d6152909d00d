using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Recovery;

/// <summary>What the ledger shows of a set-up.</summary>
/// <param name="Plan">SHA-256 of the <see cref="RecoveryPlan"/>.</param>
/// <param name="CustodianSet">Who holds the custodians' shares; 0 is the set of the genesis.</param>
/// <param name="Guardians">Each guardian's key for this recovery, ascending; 2 to 16.</param>
/// <param name="Threshold">How many of them have to approve.</param>
/// <param name="Hours">How long the old wallet can say no.</param>
public sealed record GuardianRule(Digest Plan, uint CustodianSet, IReadOnlyList<Ed25519PublicKey> Guardians, int Threshold, int Hours)
{
    /// <summary>Most guardians.</summary>
    public const int MostGuardians = 16;

    /// <summary>Longest waiting time, in hours: thirty days.</summary>
    public const int MostHours = 720;

    internal void Write(DeterministicCborWriter writer) => writer
        .WriteArray(5)
        .WriteDigest(Plan)
        .WriteUInt(CustodianSet)
        .WriteAll(Guardians, (items, key) => items.WriteKey(key))
        .WriteUInt((ulong)Threshold)
        .WriteUInt((ulong)Hours);

    internal static GuardianRule Read(StrictCborReader reader)
    {
        reader.ReadStartArray(5);
        var rule = new GuardianRule(
            reader.ReadDigest(),
            reader.ReadUInt32(),
            reader.ReadAscending(1, MostGuardians, item => item.ReadKey()),
            (int)reader.ReadUInt(byte.MaxValue),
            (int)reader.ReadUInt(ushort.MaxValue));
        reader.ReadEndArray();
        return rule;
    }
}

/// <summary>Body of GuardiansSet.</summary>
/// <param name="Number">One more than that of the set-up before, from 1; one that is switched off has a number too.</param>
/// <param name="Rule">Null: nobody guards any more.</param>
public sealed record GuardiansSet(uint Number, GuardianRule? Rule)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(640).WriteArray(2).WriteUInt(Number);
        if (Rule is null)
        {
            writer.WriteNull();
        }
        else
        {
            Rule.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static GuardiansSet? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new GuardiansSet(reader.ReadUInt32(), reader.TryReadNull() ? null : GuardianRule.Read(reader));
        reader.ReadEndArray();
        return body;
    });
}
