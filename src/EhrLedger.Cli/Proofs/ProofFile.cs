using EhrLedger.Client.Log;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;
using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.Cli.Proofs;

/// <summary>What <c>GET /ledger/proofs/{index}</c> answers (docs/http.md), as it lies in a file: <c>[ leaf: bytes, tlog-proof: bytes ]</c>. Unchecked until <see cref="Verify"/>.</summary>
/// <param name="Leaf">The leaf's bytes.</param>
/// <param name="Proof">C2SP tlog-proof, with its cosigned checkpoint.</param>
internal sealed record ProofFile(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Proof)
{
    /// <summary>Longest file, in bytes.</summary>
    public const int Largest = LargestLeaf + LargestProof + 16;

    private const int LargestLeaf = Entry.LargestSize + 64;
    private const int LargestProof = 512 * 1024;

    /// <summary>Null unless the bytes are such a pair in its only encoding.</summary>
    public static ProofFile? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var file = new ProofFile(reader.ReadBytes(0, LargestLeaf), reader.ReadBytes(0, LargestProof));
        reader.ReadEndArray();
        return file;
    });

    /// <summary>The bytes of the file.</summary>
    public byte[] Encode() => new DeterministicCborWriter(Leaf.Length + Proof.Length + 16).WriteArray(2).WriteBytes(Leaf.Span).WriteBytes(Proof.Span).ToArray();

    /// <summary>Checks the path, the log's signature and the quorum.</summary>
    /// <returns>Null if anything is wrong. Never throws on hostile input.</returns>
    public (ProvenLeaf Leaf, CosignedCheckpoint Under)? Verify(WitnessPolicy policy) => ProvenLeaf.Check(Leaf, Proof.Span, policy);
}
