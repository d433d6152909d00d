using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Client.Log;

/// <summary>The newest head of the log that this client has seen with a quorum: what every later one must continue. It survives restarts in the host's store.</summary>
/// <param name="Size">Number of leaves.</param>
/// <param name="Root">RFC 6962 root at that size.</param>
/// <param name="CosignedAt">When the quorum last said so; the epoch where the policy asks for no witness.</param>
public sealed record KnownHead(ulong Size, Digest Root, DateTimeOffset CosignedAt)
{
    /// <summary>A head cosigned within this time is fresh; an older one is shown as "as of".</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    /// <summary>Whether a quorum has said so lately.</summary>
    public bool IsFresh(DateTimeOffset now) => now - CosignedAt < Freshness;

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() =>
        new DeterministicCborWriter(64).WriteArray(3).WriteUInt(Size).WriteDigest(Root).WriteUInt((ulong)Math.Max(CosignedAt.ToUnixTimeSeconds(), 0)).ToArray();

    /// <summary>Null unless the bytes are a head in its only encoding.</summary>
    public static KnownHead? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var head = new KnownHead(reader.ReadUInt(long.MaxValue), reader.ReadDigest(), DateTimeOffset.FromUnixTimeSeconds((long)reader.ReadUInt(253_402_300_799)));
        reader.ReadEndArray();
        return head;
    });
}
