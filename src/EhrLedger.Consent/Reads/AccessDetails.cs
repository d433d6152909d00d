using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Sealing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Reads;

/// <summary>What a Search or Read entry tells the patient, and nobody else: docs/formats.md, details.</summary>
/// <param name="Opening">The encoded <see cref="SearchOpening"/> or <see cref="ReadOpening"/> of the entry.</param>
/// <param name="Organisation">Who asks. What proves it is the reader key that signed the entry, with the organisation's statement about it.</param>
/// <param name="Person">Who in the organisation, as its system names the person; at most 200 bytes.</param>
/// <param name="Role">In what role; at most 100 bytes.</param>
/// <param name="QueryDigest">Salted hash of the query.</param>
public sealed record AccessDetails(ReadOnlyMemory<byte> Opening, OrganisationId Organisation, string Person, string Role, Digest QueryDigest)
{
    private const string Label = "details";

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Opening.Length + 384)
        .WriteArray(5)
        .WriteBytes(Opening.Span)
        .WriteOrganisation(Organisation)
        .WriteText(Person)
        .WriteText(Role)
        .WriteDigest(QueryDigest)
        .ToArray();

    /// <summary>Null unless the bytes are details in their only encoding.</summary>
    public static AccessDetails? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var details = new AccessDetails(
            reader.ReadBytes(0, AccessBody.LargestDetails), reader.ReadOrganisation(), reader.ReadText(200), reader.ReadText(100), reader.ReadDigest());
        reader.ReadEndArray();
        return details;
    });

    /// <summary>Names nobody: who read is for the patient.</summary>
    public override string ToString() => "AccessDetails(redacted)";

    /// <summary>Seals the details.</summary>
    /// <param name="logKey">Of the grant.</param>
    /// <param name="nonce">Of the entry that they will stand in: 16 random bytes, used for no other.</param>
    internal byte[] Seal(SymmetricKey logKey, ReadOnlySpan<byte> nonce)
    {
        using var key = logKey.Derive(Label);
        return KeyWrap.Seal(key, Digest.Of(nonce), Padme.Pad(Encode()));
    }

    internal static AccessDetails? Open(SymmetricKey logKey, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedDetails)
    {
        using var key = logKey.Derive(Label);
        return KeyWrap.Open(key, Digest.Of(nonce), sealedDetails) is { } padded && Padme.TryUnpad(padded, out var details) ? TryParse(details.ToArray()) : null;
    }
}
