using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Client.Wallets;

/// <summary>An access key on its way to the grantee: docs/http.md, body of <c>POST /wallet/grants</c>.</summary>
/// <param name="Grant">Which.</param>
/// <param name="Reader">The grant's reader key, by which the grantee's node finds its keys.</param>
/// <param name="Message">HPKE message to the answer key; at most 16 MiB.</param>
public sealed record GrantDelivery(GrantId Grant, Ed25519PublicKey Reader, ReadOnlyMemory<byte> Message)
{
    /// <summary>Most bytes of a message: a grant of 10,000 single records.</summary>
    public const int LargestMessage = 16 << 20;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(Message.Length + 80).WriteArray(3).WriteBytes(Grant.ToArray()).WriteKey(Reader).WriteBytes(Message.Span).ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static GrantDelivery? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var delivery = new GrantDelivery(GrantId.FromBytes(reader.ReadBytes(GrantId.Length).Span), reader.ReadKey(), reader.ReadBytes(0, LargestMessage));
        reader.ReadEndArray();
        return delivery;
    });
}
