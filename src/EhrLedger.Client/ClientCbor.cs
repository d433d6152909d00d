using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Client;

/// <summary>The shapes of docs/formats.md that stand in more than one message of this project.</summary>
internal static class ClientCbor
{
    // A tree of 2^64 leaves is 64 high.
    private const int LongestPath = 64;

    extension(DeterministicCborWriter writer)
    {
        public DeterministicCborWriter WriteKey(Ed25519PublicKey key) => writer.WriteBytes(key.ToArray());

        public DeterministicCborWriter WriteSubject(SubjectId subject) => writer.WriteKey(subject.Key);

        public DeterministicCborWriter WriteOrganisation(OrganisationId organisation) => writer.WriteKey(organisation.Key);

        public DeterministicCborWriter WriteAll<T>(IReadOnlyCollection<T> items, Action<DeterministicCborWriter, T> write)
        {
            writer.WriteArray(items.Count);
            foreach (var item in items)
            {
                write(writer, item);
            }

            return writer;
        }

        /// <summary>docs/formats.md, path.</summary>
        public DeterministicCborWriter WritePath(InclusionProof path) =>
            writer.WriteArray(3).WriteUInt(path.LeafIndex).WriteUInt(path.TreeSize).WriteAll(path.Path, (items, hash) => items.WriteDigest(hash));
    }

    extension(StrictCborReader reader)
    {
        public Ed25519PublicKey ReadKey()
        {
            reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var key));
            return key;
        }

        public SubjectId ReadSubject() => new(reader.ReadKey());

        public OrganisationId ReadOrganisation() => new(reader.ReadKey());

        public XWingPublicKey ReadXWing() => reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span));

        public Category ReadCategory()
        {
            var category = (Category)reader.ReadByte();
            reader.Require(Enum.IsDefined(category));
            return category;
        }

        /// <summary>docs/formats.md, path.</summary>
        public InclusionProof ReadPath()
        {
            reader.ReadStartArray(3);
            var path = new InclusionProof(reader.ReadUInt(), reader.ReadUInt(), [.. reader.ReadArray(0, LongestPath, item => item.ReadDigest())]);
            reader.ReadEndArray();
            return path;
        }
    }
}
