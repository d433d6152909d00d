using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Ledger.Membership;

/// <summary>An organisation of the consortium as the ledger knows it: docs/formats.md, member.</summary>
/// <param name="Organisation">Its name for ever.</param>
/// <param name="SigningKey">The key that it signs entries and answers with now.</param>
/// <param name="Name">For people; at most 200 bytes of UTF-8.</param>
/// <param name="Kind">hospital, clinic, insurer, manufacturer, blood-service, organ-service, regulator, pharmacy, …; at most 40 bytes.</param>
/// <param name="Endpoint">Base address of its node; at most 400 bytes.</param>
/// <param name="SealingKey">1,216 bytes: the X-Wing key that shares and messages are sealed to.</param>
/// <param name="Witness">C2SP verifier key of its Ed25519 cosignatures. Null for a member that does not cosign.</param>
public sealed record Member(
    OrganisationId Organisation, Ed25519PublicKey SigningKey, string Name, string Kind, string Endpoint, ReadOnlyMemory<byte> SealingKey, string? Witness)
{
    private const int SealingKeyLength = 1216;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => Write(new DeterministicCborWriter(SealingKeyLength + 512)).ToArray();

    /// <summary>Null unless the bytes are a member in its only encoding.</summary>
    public static Member? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, Read);

    internal DeterministicCborWriter Write(DeterministicCborWriter writer)
    {
        writer.WriteArray(7)
            .WriteBytes(Organisation.Key.ToArray())
            .WriteBytes(SigningKey.ToArray())
            .WriteText(Name)
            .WriteText(Kind)
            .WriteText(Endpoint)
            .WriteBytes(SealingKey.Span);
        return Witness is null ? writer.WriteNull() : writer.WriteText(Witness);
    }

    internal static Member Read(StrictCborReader reader)
    {
        reader.ReadStartArray(7);
        var organisation = new OrganisationId(ReadKey(reader));
        var member = new Member(
            organisation,
            ReadKey(reader),
            reader.ReadText(200),
            reader.ReadText(40),
            reader.ReadText(400),
            reader.ReadBytes(SealingKeyLength),
            reader.TryReadNull() ? null : reader.ReadText(400));
        reader.ReadEndArray();
        return member;
    }

    internal static Ed25519PublicKey ReadKey(StrictCborReader reader)
    {
        reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var key));
        return key;
    }
}
