using System.Collections.Immutable;
using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Subjects;

/// <summary>What the ledger knows of a subject: docs/formats.md, subject-state. Immutable.</summary>
public sealed class SubjectState : ITopicState
{
    /// <summary>Most grants that may be open at a time.</summary>
    public const int MostGrants = 512;

    /// <summary>Most epochs of a subject, and most grants that are kept out without ever having been logged: one a day for 27 years.</summary>
    public const int MostEpochs = 10_000;

    /// <summary>Most emergencies that may be open at a time.</summary>
    public const int MostEmergencies = 16;

    /// <summary>So many emergencies are remembered, the newest, for disputes.</summary>
    public const int MostDeclared = 64;

    /// <summary>So many erasures take answers, the newest.</summary>
    public const int MostErasures = 256;

    /// <summary>Most delegations that may be open at a time.</summary>
    public const int MostDelegations = 16;

    /// <summary>Most grants of one delegation that may be open at a time: a delegate leaves room for the patient.</summary>
    public const int MostGrantsOfDelegate = 64;

    // A subject that never had an emergency policy, or an erasure, or has no delegation, is written as it was before there were any.
    private const int Version = 1;
    private const int VersionWithEmergencies = 2;
    private const int VersionWithErasures = 3;
    private const int VersionWithDelegations = 4;

    internal SubjectState(
        Ed25519PublicKey key,
        OrganisationId organisation,
        uint firstEpoch,
        ImmutableArray<EpochStart> epochs,
        ImmutableSortedDictionary<GrantId, OpenGrant> grants,
        ImmutableSortedSet<GrantId> revoked)
    {
        Key = key;
        Organisation = organisation;
        FirstEpoch = firstEpoch;
        Epochs = epochs;
        Grants = grants;
        Revoked = revoked;
    }

    /// <summary>The key that signs for the subject now.</summary>
    public Ed25519PublicKey Key { get; }

    /// <summary>The author of its records.</summary>
    public OrganisationId Organisation { get; }

    /// <summary>Number of the first of <see cref="Epochs"/>.</summary>
    public uint FirstEpoch { get; }

    /// <summary>All epochs since the subject appeared, in order; at least one.</summary>
    public ImmutableArray<EpochStart> Epochs { get; }

    /// <summary>Grants that were neither revoked nor dropped. Those whose last day has passed stay until the next change of state, and give no right.</summary>
    public ImmutableSortedDictionary<GrantId, OpenGrant> Grants { get; }

    /// <summary>Grants that never come back.</summary>
    public ImmutableSortedSet<GrantId> Revoked { get; }

    /// <summary>What there is of emergencies.</summary>
    public SubjectEmergencies Emergencies { get; private init; } = SubjectEmergencies.None;

    /// <summary>What the patient wants gone and organisations answer to, the oldest first; the newest 256.</summary>
    public ImmutableArray<OpenErasure> Erasures { get; private init; } = [];

    /// <summary>Who may act for the subject. Delegations whose last day has passed stay until the next change of state, and give no right.</summary>
    public ImmutableSortedDictionary<DelegationId, OpenDelegation> Delegations { get; private init; } = ImmutableSortedDictionary<DelegationId, OpenDelegation>.Empty;

    /// <summary>Number of the current epoch.</summary>
    public uint CurrentEpoch => FirstEpoch + (uint)Epochs.Length - 1;

    /// <summary>The grant, if it is neither revoked nor dropped.</summary>
    public OpenGrant? FindGrant(GrantId id) => Grants.GetValueOrDefault(id);

    /// <summary>The delegation, if it has neither been ended nor dropped.</summary>
    public OpenDelegation? FindDelegation(DelegationId id) => Delegations.GetValueOrDefault(id);

    /// <summary>The erasure, if it is one of those that take answers.</summary>
    public OpenErasure? FindErasure(Digest commitment) => Erasures.FirstOrDefault(erasure => erasure.Commitment == commitment);

    /// <summary>Whether a row that an entry at this index anchored may stand under the epoch: the epoch has begun, and had not ended before.</summary>
    public bool EpochHoldsAt(uint epoch, ulong anchorIndex)
    {
        if (epoch >= CurrentEpoch)
        {
            return epoch == CurrentEpoch;
        }

        // An epoch from before the subject appeared ended then.
        var next = epoch < FirstEpoch ? 0 : (int)(epoch - FirstEpoch) + 1;
        return anchorIndex < Epochs[next].Index;
    }

    /// <summary>
    /// Whether the epoch had ended before an entry at this index: a row that it anchored under the epoch is never released, and its author seals again. Once this state is of a log that
    /// reaches beyond the index, no later one says otherwise.
    /// </summary>
    public bool EpochEndedBefore(uint epoch, ulong anchorIndex) => epoch < CurrentEpoch && !EpochHoldsAt(epoch, anchorIndex);

    internal static SubjectState Opened(SubjectOpened body, Ed25519PublicKey key, ulong index) => new(
        key,
        body.Organisation,
        body.Epoch,
        [new EpochStart(body.SealingKeyDigest, index)],
        ImmutableSortedDictionary<GrantId, OpenGrant>.Empty,
        []);

    internal SubjectState With(
        Ed25519PublicKey? key = null,
        ImmutableArray<EpochStart>? epochs = null,
        ImmutableSortedDictionary<GrantId, OpenGrant>? grants = null,
        ImmutableSortedSet<GrantId>? revoked = null,
        SubjectEmergencies? emergencies = null,
        ImmutableArray<OpenErasure>? erasures = null,
        ImmutableSortedDictionary<DelegationId, OpenDelegation>? delegations = null) =>
        new(key ?? Key, Organisation, FirstEpoch, epochs ?? Epochs, grants ?? Grants, revoked ?? Revoked)
        {
            Emergencies = emergencies ?? Emergencies,
            Erasures = erasures ?? Erasures,
            Delegations = delegations ?? Delegations,
        };

    private bool HasDelegations => !Delegations.IsEmpty || Grants.Values.Any(grant => grant.Delegate is not null);

    /// <inheritdoc/>
    public byte[] Encode()
    {
        var version = HasDelegations ? VersionWithDelegations : Erasures.Length > 0 ? VersionWithErasures : Emergencies.LastNumber > 0 ? VersionWithEmergencies : Version;
        var writer = new DeterministicCborWriter(128 + (Epochs.Length * 48) + (Grants.Count * 192) + (Revoked.Count * 17))
            .WriteArray(6 + version)
            .WriteUInt((ulong)version)
            .WriteKey(Key)
            .WriteOrganisation(Organisation)
            .WriteUInt(FirstEpoch)
            .WriteAll(Epochs, (items, epoch) => items.WriteArray(2).WriteDigest(epoch.SealingKeyDigest).WriteUInt(epoch.Index))
            .WriteAll([.. Grants.Values], (items, grant) => Write(items, grant, version))
            .WriteAll(Revoked, (items, id) => items.WriteGrantId(id));
        if (version >= VersionWithErasures && Emergencies.LastNumber == 0)
        {
            writer.WriteNull();
        }
        else if (version != Version)
        {
            Emergencies.Write(writer);
        }

        if (version >= VersionWithErasures)
        {
            writer.WriteArray(Erasures.Length);
            foreach (var erasure in Erasures)
            {
                erasure.Write(writer);
            }
        }

        return (version == VersionWithDelegations ? writer.WriteAll([.. Delegations.Values], OpenDelegation.Write) : writer).ToArray();
    }

    /// <summary>Null unless the bytes are a state in its only encoding.</summary>
    public static SubjectState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        var length = reader.ReadStartArray(6 + Version, 6 + VersionWithDelegations);
        var version = (int)reader.ReadUInt(VersionWithDelegations);
        reader.Require(version == length - 6);
        var key = reader.ReadKey();
        var organisation = reader.ReadOrganisation();
        var first = reader.ReadUInt32();
        var epochs = reader.ReadArray(1, int.MaxValue, ReadEpoch);
        reader.Require(first <= uint.MaxValue - (uint)epochs.Length);
        var grants = reader.ReadArray(0, MostGrants + MostEmergencies, item => ReadGrant(item, version));
        for (var i = 1; i < grants.Length; i++)
        {
            reader.Require(grants[i - 1].Id < grants[i].Id);
        }

        var revoked = reader.ReadAscending(0, int.MaxValue, item => item.ReadGrantId());
        var emergencies = version == Version || (version >= VersionWithErasures && reader.TryReadNull()) ? SubjectEmergencies.None : SubjectEmergencies.Read(reader);
        var erasures = version >= VersionWithErasures ? reader.ReadArray(version == VersionWithErasures ? 1 : 0, MostErasures, OpenErasure.Read) : [];
        reader.Require(erasures.Select(erasure => erasure.Commitment).Distinct().Count() == erasures.Length);
        var delegations = version == VersionWithDelegations ? reader.ReadArray(0, MostDelegations, OpenDelegation.Read) : [];
        reader.Require(version != VersionWithDelegations || delegations.Length > 0 || grants.Any(grant => grant.Delegate is not null));
        for (var i = 1; i < delegations.Length; i++)
        {
            reader.Require(delegations[i - 1].Id < delegations[i].Id);
        }

        reader.ReadEndArray();
        return new SubjectState(key, organisation, first, [.. epochs], grants.ToImmutableSortedDictionary(grant => grant.Id, grant => grant), [.. revoked])
        {
            Emergencies = emergencies,
            Erasures = [.. erasures],
            Delegations = delegations.ToImmutableSortedDictionary(delegation => delegation.Id, delegation => delegation),
        };
    });

    private static void Write(DeterministicCborWriter writer, OpenGrant grant, int version)
    {
        writer.WriteArray(ItemsOfGrant(version))
            .WriteGrantId(grant.Id)
            .WriteKey(grant.ReaderKey)
            .WriteDigest(grant.AnswerKeyDigest)
            .WriteUInt(grant.Days.First)
            .WriteUInt(grant.Days.Last)
            .WriteDigest(grant.TermsDigest)
            .WriteUInt(grant.GrantedAt);
        _ = grant.ExtendedThrough is { } epoch ? writer.WriteUInt(epoch) : writer.WriteNull();
        if (version != Version)
        {
            _ = grant.Emergency is { } emergency
                ? writer.WriteArray(3).WriteOrganisation(emergency.Organisation).WriteUInt(emergency.Until).WriteUInt(emergency.Policy)
                : writer.WriteNull();
        }

        if (version != VersionWithDelegations)
        {
            return;
        }

        if (grant.Delegate is { } by)
        {
            DelegatesGrant.Write(writer, by);
        }
        else
        {
            writer.WriteNull();
        }
    }

    private static int ItemsOfGrant(int version) => version == Version ? 8 : version == VersionWithDelegations ? 10 : 9;

    private static OpenGrant ReadGrant(StrictCborReader reader, int version)
    {
        reader.ReadStartArray(ItemsOfGrant(version));
        var grant = new OpenGrant(
            reader.ReadGrantId(),
            reader.ReadKey(),
            reader.ReadDigest(),
            new DayRange(reader.ReadUInt32(), reader.ReadUInt32()),
            reader.ReadDigest(),
            reader.ReadUInt(),
            reader.TryReadNull() ? null : reader.ReadUInt32())
        {
            Emergency = version == Version || reader.TryReadNull() ? null : ReadEmergency(reader),
            Delegate = version != VersionWithDelegations || reader.TryReadNull() ? null : DelegatesGrant.Read(reader),
        };
        reader.ReadEndArray();
        return grant;
    }

    private static OpenEmergency ReadEmergency(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var emergency = new OpenEmergency(reader.ReadOrganisation(), reader.ReadUInt(), reader.ReadUInt32());
        reader.ReadEndArray();
        return emergency;
    }

    private static EpochStart ReadEpoch(StrictCborReader reader)
    {
        reader.ReadStartArray(2);
        var epoch = new EpochStart(reader.ReadDigest(), reader.ReadUInt());
        reader.ReadEndArray();
        return epoch;
    }
}

/// <summary>Where an epoch begins.</summary>
/// <param name="SealingKeyDigest">SHA-256 of its X-Wing public key.</param>
/// <param name="Index">Index of the entry that started it.</param>
public readonly record struct EpochStart(Digest SealingKeyDigest, ulong Index);
