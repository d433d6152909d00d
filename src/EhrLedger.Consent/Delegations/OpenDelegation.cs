using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Delegations;

/// <summary>A delegation as the subject's state keeps it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Key">Signs what the delegate does.</param>
/// <param name="Acts">What that may be.</param>
/// <param name="Purposes">What the delegate may grant for; ascending.</param>
/// <param name="LastDay">Last day, UTC, in days since 1970-01-01.</param>
public sealed record OpenDelegation(DelegationId Id, Ed25519PublicKey Key, DelegateActs Acts, IReadOnlyList<PurposeOfUse> Purposes, uint LastDay)
{
    internal static void Write(DeterministicCborWriter writer, OpenDelegation delegation) => writer
        .WriteArray(5)
        .WriteBytes(delegation.Id.ToArray())
        .WriteKey(delegation.Key)
        .WriteUInt((ulong)delegation.Acts)
        .WritePurposes(delegation.Purposes)
        .WriteUInt(delegation.LastDay);

    internal static OpenDelegation Read(StrictCborReader reader)
    {
        reader.ReadStartArray(5);
        var delegation = new OpenDelegation(reader.ReadDelegationId(), reader.ReadKey(), reader.ReadActs(), reader.ReadPurposes(), reader.ReadUInt32());
        reader.ReadEndArray();
        return delegation;
    }
}

/// <summary>That a delegate has given a grant, and what for it may be used at most, whatever its terms say: custodians and index holders hold it to that, also after the delegation has ended.</summary>
/// <param name="Delegation">Under which.</param>
/// <param name="Purposes">Of the delegation; ascending.</param>
public sealed record DelegatesGrant(DelegationId Delegation, IReadOnlyList<PurposeOfUse> Purposes)
{
    internal static void Write(DeterministicCborWriter writer, DelegatesGrant grant) => writer.WriteArray(2).WriteBytes(grant.Delegation.ToArray()).WritePurposes(grant.Purposes);

    internal static DelegatesGrant Read(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var grant = new DelegatesGrant(reader.ReadDelegationId(), reader.ReadPurposes());
        reader.ReadEndArray();
        return grant;
    }
}
