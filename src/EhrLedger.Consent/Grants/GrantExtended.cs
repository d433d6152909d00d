using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Grants;

/// <summary>Body of GrantExtended: the grants that stay are given the keys of the current epoch.</summary>
/// <param name="Epoch">The current epoch.</param>
/// <param name="Grants">In ascending order of their ids, each once; 1 to 512.</param>
public sealed record GrantExtended(uint Epoch, IReadOnlyList<GrantExtension> Grants)
{
    /// <summary>Canonical bytes. The order is made here.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1024)
        .WriteArray(2)
        .WriteUInt(Epoch)
        .WriteAll(Grants.OrderBy(grant => grant.Grant).ToList(), (writer, grant) =>
            writer.WriteArray(3).WriteGrantId(grant.Grant).WriteDigest(grant.AccessKeyDigest).WriteBytes(grant.Memo.Span))
        .ToArray();

    /// <summary>Null unless the bytes are this body in its only encoding.</summary>
    public static GrantExtended? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var epoch = reader.ReadUInt32();
        var grants = reader.ReadArray(1, 512, item =>
        {
            item.ReadStartArray(3);
            var extension = new GrantExtension(item.ReadGrantId(), item.ReadDigest(), item.ReadBytes(0, GrantBody.LargestMemo));
            item.ReadEndArray();
            return extension;
        });
        for (var i = 1; i < grants.Length; i++)
        {
            reader.Require(grants[i - 1].Grant < grants[i].Grant);
        }

        reader.ReadEndArray();
        return new GrantExtended(epoch, grants);
    });
}

/// <summary>One grant in <see cref="GrantExtended"/>.</summary>
/// <param name="Grant">Which.</param>
/// <param name="AccessKeyDigest">SHA-256 of the access key that the grantee now gets.</param>
/// <param name="Memo">For the wallet alone: <see cref="ExtensionMemo"/>, sealed.</param>
public sealed record GrantExtension(GrantId Grant, Digest AccessKeyDigest, ReadOnlyMemory<byte> Memo);
