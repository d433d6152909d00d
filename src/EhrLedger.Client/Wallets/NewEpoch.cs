using System.Buffers.Binary;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Client.Wallets;

/// <summary>The keys that an author seals under from now on: docs/http.md, new-epoch. It travels in an HPKE message, because the index key is secret.</summary>
/// <param name="Subject">Whose.</param>
/// <param name="Epoch">Which epoch.</param>
/// <param name="SealingKey">K1 is sealed to it.</param>
/// <param name="IndexKey">32 bytes, secret.</param>
/// <param name="Proof">64 bytes of the subject's current key over <see cref="MessageOf"/>.</param>
public sealed record NewEpoch(SubjectId Subject, uint Epoch, XWingPublicKey SealingKey, ReadOnlyMemory<byte> IndexKey, ReadOnlyMemory<byte> Proof)
{
    /// <summary>What the subject signs.</summary>
    public static byte[] MessageOf(Digest genesis, OrganisationId organisation, uint epoch, XWingPublicKey sealingKey, ReadOnlySpan<byte> indexKey)
    {
        ArgumentNullException.ThrowIfNull(sealingKey);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, epoch);
        return
        [
            .. "ehrledger/v1/epoch\n"u8,
            .. genesis.ToArray(),
            .. organisation.Key.ToArray(),
            .. number,
            .. sealingKey.Digest.ToArray(),
            .. Digest.Of(indexKey).ToArray(),
        ];
    }

    /// <summary>Whether this key, the subject's current one, has signed it for this organisation.</summary>
    public bool Verifies(Ed25519PublicKey key, Digest genesis, OrganisationId organisation) =>
        key.Verifies(MessageOf(genesis, organisation, Epoch, SealingKey, IndexKey.Span), Proof.Span);

    /// <summary>Canonical bytes. They hold a secret: the caller zeroes them.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1_500)
        .WriteArray(5)
        .WriteSubject(Subject)
        .WriteUInt(Epoch)
        .WriteBytes(SealingKey.ToArray())
        .WriteBytes(IndexKey.Span)
        .WriteBytes(Proof.Span)
        .ToArray();

    /// <summary>Null unless the bytes are this message in its only encoding. The proof is not checked.</summary>
    public static NewEpoch? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var epoch = new NewEpoch(reader.ReadSubject(), reader.ReadUInt32(), reader.ReadXWing(), reader.ReadBytes(32), reader.ReadBytes(Ed25519PublicKey.SignatureLength));
        reader.ReadEndArray();
        return epoch;
    });

    /// <summary>The kind and the epoch; the index key is secret.</summary>
    public override string ToString() => $"NewEpoch({Epoch})";
}
