using EhrLedger.Crypto;

namespace EhrLedger.MerkleLog.Witnessing;

/// <summary>The newest tree of one log that a witness has cosigned.</summary>
/// <param name="Size">Number of leaves.</param>
/// <param name="Root">RFC 6962 root at that size.</param>
public sealed record WitnessedHead(ulong Size, Digest Root);
