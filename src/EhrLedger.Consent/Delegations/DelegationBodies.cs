using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Delegations;

/// <summary>Body of Delegated: somebody else's key may act for the subject.</summary>
/// <param name="Id">Names the delegation.</param>
/// <param name="Key">The delegate's, made for this subject alone.</param>
/// <param name="Acts">What the delegate may do; at least one.</param>
/// <param name="Purposes">What the delegate may grant for: 1 to 32, each covering itself only. Custodians hold grants of the delegate to them.</param>
/// <param name="LastDay">Last day, UTC, in days since 1970-01-01.</param>
/// <param name="Memo">Who it is, sealed by the wallet for itself; at most 4,096 bytes.</param>
public sealed record Delegated(DelegationId Id, Ed25519PublicKey Key, DelegateActs Acts, IReadOnlyList<PurposeOfUse> Purposes, uint LastDay, ReadOnlyMemory<byte> Memo)
{
    private const int LargestMemo = 4_096;

    /// <summary>Canonical bytes. Order and uniqueness of purposes are made here.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Memo.Length + 256)
        .WriteArray(6)
        .WriteBytes(Id.ToArray())
        .WriteKey(Key)
        .WriteUInt((ulong)Acts)
        .WritePurposes(Purposes)
        .WriteUInt(LastDay)
        .WriteBytes(Memo.Span)
        .ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static Delegated? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        var body = new Delegated(reader.ReadDelegationId(), reader.ReadKey(), reader.ReadActs(), reader.ReadPurposes(), reader.ReadUInt32(), reader.ReadBytes(0, LargestMemo));
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of DelegationEnded.</summary>
/// <param name="Id">Which.</param>
/// <param name="BySubject">What follows, where the subject ends it, whose key signs then; null where the delegate leaves, whose key signs then.</param>
public sealed record DelegationEnded(DelegationId Id, SubjectsEnding? BySubject)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(96).WriteArray(2).WriteBytes(Id.ToArray());
        return (BySubject is { } ending
            ? writer.WriteArray(3).WriteUInt(ending.Epoch).WriteDigest(ending.SealingKeyDigest).WriteBool(ending.EndsGrants)
            : writer.WriteNull()).ToArray();
    }

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static DelegationEnded? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new DelegationEnded(reader.ReadDelegationId(), reader.TryReadNull() ? null : ReadEnding(reader));
        reader.ReadEndArray();
        return body;
    });

    private static SubjectsEnding ReadEnding(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var ending = new SubjectsEnding(reader.ReadUInt32(), reader.ReadDigest(), reader.ReadBool());
        reader.ReadEndArray();
        return ending;
    }
}

/// <summary>A delegation that the subject ends takes the epoch with it, so that later records use keys that the delegate never had.</summary>
/// <param name="Epoch">One more than the epoch that ends.</param>
/// <param name="SealingKeyDigest">SHA-256 of the new epoch's X-Wing public key.</param>
/// <param name="EndsGrants">Whether the grants that the delegate has given end with it.</param>
public sealed record SubjectsEnding(uint Epoch, Digest SealingKeyDigest, bool EndsGrants);

/// <summary>Body of DelegateGranted: what the subject's own key would have signed as Granted.</summary>
/// <param name="Delegation">Under which the delegate acts, whose key signs.</param>
/// <param name="Grant">Who may read; its memo is sealed under the delegation's memo key.</param>
public sealed record DelegateGranted(DelegationId Delegation, GrantBody Grant)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Grant.Memo.Length + 320).WriteArray(2).WriteBytes(Delegation.ToArray()).WriteItem(Grant.Encode()).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static DelegateGranted? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new DelegateGranted(reader.ReadDelegationId(), GrantBody.Read(reader));
        reader.ReadEndArray();
        return body;
    });
}

/// <summary>Body of DelegateEndedGrant: a grant ends. The epoch stays, because the delegate has no key of the next one: the wallet starts it, as after a lapsed grant.</summary>
/// <param name="Delegation">Under which the delegate acts, whose key signs.</param>
/// <param name="Grant">Which ends.</param>
public sealed record DelegateEndedGrant(DelegationId Delegation, GrantId Grant)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(48).WriteArray(2).WriteBytes(Delegation.ToArray()).WriteGrantId(Grant).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static DelegateEndedGrant? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var body = new DelegateEndedGrant(reader.ReadDelegationId(), reader.ReadGrantId());
        reader.ReadEndArray();
        return body;
    });
}
