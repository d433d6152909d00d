using System.Collections.Immutable;
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

    private const int Version = 1;

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

    /// <summary>Number of the current epoch.</summary>
    public uint CurrentEpoch => FirstEpoch + (uint)Epochs.Length - 1;

    /// <summary>The grant, if it is neither revoked nor dropped.</summary>
    public OpenGrant? FindGrant(GrantId id) => Grants.GetValueOrDefault(id);

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
        ImmutableSortedSet<GrantId>? revoked = null) =>
        new(key ?? Key, Organisation, FirstEpoch, epochs ?? Epochs, grants ?? Grants, revoked ?? Revoked);

    /// <inheritdoc/>
    public byte[] Encode() => new DeterministicCborWriter(128 + (Epochs.Length * 48) + (Grants.Count * 192) + (Revoked.Count * 17))
        .WriteArray(7)
        .WriteUInt(Version)
        .WriteKey(Key)
        .WriteOrganisation(Organisation)
        .WriteUInt(FirstEpoch)
        .WriteAll(Epochs, (writer, epoch) => writer.WriteArray(2).WriteDigest(epoch.SealingKeyDigest).WriteUInt(epoch.Index))
        .WriteAll([.. Grants.Values], Write)
        .WriteAll(Revoked, (writer, id) => writer.WriteGrantId(id))
        .ToArray();

    /// <summary>Null unless the bytes are a state in its only encoding.</summary>
    public static SubjectState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(7);
        reader.Require(reader.ReadUInt() == Version);
        var key = reader.ReadKey();
        var organisation = reader.ReadOrganisation();
        var first = reader.ReadUInt32();
        var epochs = reader.ReadArray(1, int.MaxValue, ReadEpoch);
        reader.Require(first <= uint.MaxValue - (uint)epochs.Length);
        var grants = reader.ReadArray(0, MostGrants, ReadGrant);
        for (var i = 1; i < grants.Length; i++)
        {
            reader.Require(grants[i - 1].Id < grants[i].Id);
        }

        var revoked = reader.ReadAscending(0, int.MaxValue, item => item.ReadGrantId());
        reader.ReadEndArray();
        return new SubjectState(key, organisation, first, [.. epochs], grants.ToImmutableSortedDictionary(grant => grant.Id, grant => grant), [.. revoked]);
    });

    private static void Write(DeterministicCborWriter writer, OpenGrant grant)
    {
        writer.WriteArray(8)
            .WriteGrantId(grant.Id)
            .WriteKey(grant.ReaderKey)
            .WriteDigest(grant.AnswerKeyDigest)
            .WriteUInt(grant.Days.First)
            .WriteUInt(grant.Days.Last)
            .WriteDigest(grant.TermsDigest)
            .WriteUInt(grant.GrantedAt);
        _ = grant.ExtendedThrough is { } epoch ? writer.WriteUInt(epoch) : writer.WriteNull();
    }

    private static OpenGrant ReadGrant(StrictCborReader reader)
    {
        reader.ReadStartArray(8);
        var grant = new OpenGrant(
            reader.ReadGrantId(),
            reader.ReadKey(),
            reader.ReadDigest(),
            new DayRange(reader.ReadUInt32(), reader.ReadUInt32()),
            reader.ReadDigest(),
            reader.ReadUInt(),
            reader.TryReadNull() ? null : reader.ReadUInt32());
        reader.ReadEndArray();
        return grant;
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
