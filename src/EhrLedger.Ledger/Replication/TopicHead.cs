using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Cose;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Replication;

/// <summary>A member's word for how far a topic goes: docs/formats.md, topic-head. Against a cut tail a wallet asks several members and takes the highest.</summary>
/// <param name="Topic">Which.</param>
/// <param name="NextNumber">How many entries it has.</param>
/// <param name="Size">Leaves of the log that this counts.</param>
/// <param name="Root">Root of the log at that size: who lies has signed the proof of it.</param>
/// <param name="Time">Unix milliseconds by the member's clock.</param>
public sealed record TopicHead(Topic Topic, ulong NextNumber, ulong Size, Digest Root, ulong Time)
{
    /// <summary>Signs the head.</summary>
    public byte[] Sign(Ed25519PrivateKey key, Digest genesis) => CoseSign1.Sign(SignedAs.TopicHead, Encode(), key, genesis);

    /// <summary>Null unless the bytes are a head, signed by this key for this consortium.</summary>
    public static TopicHead? Open(ReadOnlyMemory<byte> signedBytes, Ed25519PublicKey key, Digest genesis) =>
        CoseSign1.TryParse(signedBytes) is { } message && message.Verifies(key, SignedAs.TopicHead, genesis) ? TryParse(message.Payload) : null;

    internal byte[] Encode() =>
        new DeterministicCborWriter().WriteArray(5).WriteBytes(Topic.ToArray()).WriteUInt(NextNumber).WriteUInt(Size).WriteDigest(Root).WriteUInt(Time).ToArray();

    internal static TopicHead? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(5);
        var head = new TopicHead(
            reader.Require(Topic.TryFromBytes(reader.ReadBytes(Topic.Length).Span)), reader.ReadUInt(), reader.ReadUInt(), reader.ReadDigest(), reader.ReadUInt());
        reader.ReadEndArray();
        return head;
    });
}
