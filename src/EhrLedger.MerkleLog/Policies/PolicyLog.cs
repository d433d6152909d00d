using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>A log that a policy accepts.</summary>
/// <param name="Key">Its key, named like its origin; type 0x01 or 0x06.</param>
/// <param name="Url">Where to reach it, opaque; null if the policy does not say.</param>
public sealed record PolicyLog(NoteVerifier Key, string? Url);
