using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Wallet.State;

/// <summary>The shapes that stand in more than one part of the wallet's state.</summary>
internal static class WalletCbor
{
    extension(DeterministicCborWriter writer)
    {
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

        public SubjectId ReadSubject() => new(reader.ReadKey());

        public OrganisationId ReadOrganisation() => new(reader.ReadKey());

        public XWingPublicKey ReadXWing() => reader.Require(XWingPublicKey.TryFromBytes(reader.ReadBytes(XWingPublicKey.Length).Span));

        public Category ReadCategory()
        {
            var category = (Category)reader.ReadByte();
            reader.Require(Enum.IsDefined(category));
            return category;
        }
    }
}
