using EhrLedger.Client.Log;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Client.Nodes;

/// <summary>What a node says became of a submitted entry. Its word: <see cref="ProvenLeaf"/> is the proof.</summary>
/// <param name="Index">Where it stands.</param>
/// <param name="Time">The leaf's time, Unix milliseconds; 0 where the node does not remember.</param>
/// <param name="Level">How far it has come.</param>
/// <param name="Final">A checkpoint that a quorum has cosigned and that covers the index; null unless the level is final.</param>
public sealed record Submitted(ulong Index, ulong Time, CommitLevel Level, CosignedCheckpoint? Final);

/// <summary>Some leaves of a topic, dense from the number asked for. Not proven to stand in the log.</summary>
/// <param name="NextNumber">How many entries the node says that the topic has.</param>
/// <param name="Leaves">In order.</param>
public sealed record TopicPage(ulong NextNumber, IReadOnlyList<Leaf> Leaves)
{
    /// <summary>Most leaves of a page.</summary>
    public const int MostLeaves = 512;

    internal static TopicPage? TryParse(ReadOnlyMemory<byte> bytes, Topic topic, ulong first, int most) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var next = reader.ReadUInt();
        var number = first;
        var leaves = reader.ReadArray(0, most, item =>
        {
            item.ReadStartArray(2);
            var index = item.ReadUInt();
            var leaf = item.Require(Leaf.TryParse(item.ReadBytes(0, Entry.LargestSize + 64)));
            item.ReadEndArray();
            item.Require(leaf.Index == index && leaf.Number == number && Entry.TryParse(leaf.Entry)?.Topic == topic);
            number++;
            return leaf;
        });
        reader.ReadEndArray();
        reader.Require(first + (ulong)leaves.Length <= Math.Max(next, first));
        return new TopicPage(next, leaves);
    });
}

/// <summary>A member's signed word for how far a topic goes, with the newest final checkpoint that it has.</summary>
/// <param name="Head">Signed under the member's key.</param>
/// <param name="SignedBytes">The COSE bytes: the proof, should it be a lie.</param>
/// <param name="Final">Cosigned by a quorum. Null where the member has none yet.</param>
public sealed record MemberHead(TopicHead Head, ReadOnlyMemory<byte> SignedBytes, CosignedCheckpoint? Final);

/// <summary>A proven leaf with the checkpoint that it stands under.</summary>
public sealed record LeafProof(ProvenLeaf Leaf, CosignedCheckpoint Under);
