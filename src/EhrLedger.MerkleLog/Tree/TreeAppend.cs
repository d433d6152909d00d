using System.Collections.Immutable;

namespace EhrLedger.MerkleLog.Tree;

/// <summary>What an append comes to, before anything of it is stored.</summary>
/// <param name="Tree">The tree after the append. To be used once the caller's transaction is committed.</param>
/// <param name="NewHashes">Hashes to store, each level in ascending order and without a gap; one per leaf and one more per 256.</param>
public sealed record TreeAppend(MerkleTree Tree, ImmutableArray<StoredHash> NewHashes);
