using EhrLedger.Ledger.Entries;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Proofs;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.Client.Log;

/// <summary>A leaf that was shown to stand in the log under a checkpoint that a quorum has cosigned. <see cref="Check"/> is the only way in from outside.</summary>
public sealed class ProvenLeaf
{
    private ProvenLeaf(Leaf leaf, ReadOnlyMemory<byte> bytes)
    {
        Leaf = leaf;
        Bytes = bytes;
        Entry = Entry.TryParse(leaf.Entry);
    }

    /// <summary>Index, time, number and entry.</summary>
    public Leaf Leaf { get; }

    /// <summary>The leaf's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The entry, whose signature nobody has checked here. Null where the leaf holds something else.</summary>
    public Entry? Entry { get; }

    /// <summary>When the sequencer logged it.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(Leaf.Time, 253_402_300_799_999));

    /// <summary>Checks a proof.</summary>
    /// <param name="leaf">Untrusted.</param>
    /// <param name="proof">Untrusted: C2SP tlog-proof.</param>
    /// <param name="policy">Of the genesis.</param>
    /// <returns>The leaf, and the checkpoint that it stands under; null if anything is wrong. Whether the checkpoint agrees with those seen before, <see cref="VerifiedLog"/> says.</returns>
    public static (ProvenLeaf Leaf, CosignedCheckpoint Under)? Check(ReadOnlyMemory<byte> leaf, ReadOnlySpan<byte> proof, WitnessPolicy policy) =>
        Leaf.TryParse(leaf) is { } parsed
            && TlogProof.Parse(proof) is { } path
            && path.Inclusion.LeafIndex == parsed.Index
            && path.Verify(MerkleHash.Leaf(leaf.Span), policy) is { } under
            ? (new ProvenLeaf(parsed, leaf), under)
            : null;

    /// <summary>One that was proven before, from this client's own authenticated store. Null if the bytes are no leaf.</summary>
    internal static ProvenLeaf? FromOwnStore(ReadOnlyMemory<byte> leaf) => Leaf.TryParse(leaf) is { } parsed ? new ProvenLeaf(parsed, leaf) : null;
}
