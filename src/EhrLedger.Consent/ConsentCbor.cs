using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent;

/// <summary>The shapes of docs/formats.md that stand in more than one message of this project.</summary>
internal static class ConsentCbor
{
    extension(DeterministicCborWriter writer)
    {
        public DeterministicCborWriter WriteKey(Ed25519PublicKey key) => writer.WriteBytes(key.ToArray());

        public DeterministicCborWriter WriteOrganisation(OrganisationId organisation) => writer.WriteKey(organisation.Key);

        public DeterministicCborWriter WriteSubject(SubjectId subject) => writer.WriteKey(subject.Key);

        public DeterministicCborWriter WriteGrantId(GrantId id) => writer.WriteBytes(id.ToArray());

        public DeterministicCborWriter WriteSalt(Salt salt) => writer.WriteBytes(salt.ToArray());

        /// <summary>A set: order and uniqueness are made here.</summary>
        public DeterministicCborWriter WritePurposes(IEnumerable<PurposeOfUse> purposes) =>
            writer.WriteAll(purposes.Distinct().Order().ToList(), (items, purpose) => items.WriteText(purpose.Code));

        public DeterministicCborWriter WriteRecordVersion(RecordVersion version) =>
            writer.WriteArray(2).WriteBytes(version.Record.ToArray()).WriteUInt(version.Version);

        public DeterministicCborWriter WriteAll<T>(IReadOnlyCollection<T> items, Action<DeterministicCborWriter, T> write)
        {
            writer.WriteArray(items.Count);
            foreach (var item in items)
            {
                write(writer, item);
            }

            return writer;
        }
    }

    extension(StrictCborReader reader)
    {
        public Ed25519PublicKey ReadKey()
        {
            reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var key));
            return key;
        }

        public OrganisationId ReadOrganisation() => new(reader.ReadKey());

        public SubjectId ReadSubject() => new(reader.ReadKey());

        public GrantId ReadGrantId() => GrantId.FromBytes(reader.ReadBytes(GrantId.Length).Span);

        public DelegationId ReadDelegationId() => DelegationId.FromBytes(reader.ReadBytes(DelegationId.Length).Span);

        public RecordId ReadRecordId() => RecordId.FromBytes(reader.ReadBytes(RecordId.Length).Span);

        public Salt ReadSalt() => Salt.FromBytes(reader.ReadBytes(Salt.Length).Span);

        public PurposeOfUse ReadPurpose() => reader.Require(PurposeOfUse.TryParse(reader.ReadText(PurposeOfUse.MostCharacters)));

        public PurposeOfUse[] ReadPurposes() => reader.ReadAscending(1, GrantTerms.MostPurposes, item => item.ReadPurpose());

        public Category ReadCategory()
        {
            var category = (Category)reader.ReadByte();
            reader.Require(Enum.IsDefined(category));
            return category;
        }

        /// <summary>Versions count from 1.</summary>
        public RecordVersion ReadRecordVersion()
        {
            reader.ReadStartArray(2);
            var version = new RecordVersion(reader.ReadRecordId(), reader.ReadUInt32());
            reader.Require(version.Version > 0);
            reader.ReadEndArray();
            return version;
        }

        /// <summary>A list that is a set on the wire: each item greater than the one before, so that a set has one encoding.</summary>
        public T[] ReadAscending<T>(int least, int most, Func<StrictCborReader, T> read)
            where T : IComparable<T>
        {
            var items = reader.ReadArray(least, most, read);
            for (var i = 1; i < items.Length; i++)
            {
                reader.Require(items[i - 1].CompareTo(items[i]) < 0);
            }

            return items;
        }
    }
}
