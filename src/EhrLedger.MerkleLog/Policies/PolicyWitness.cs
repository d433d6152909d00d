using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Policies;

/// <summary>A witness that a policy may count.</summary>
/// <param name="Name">Its name within the policy only; one character per octet.</param>
/// <param name="Key">Its key; type 0x04 or 0x06.</param>
/// <param name="Url">Where to reach it, opaque; null if the policy does not say.</param>
public sealed record PolicyWitness(string Name, NoteVerifier Key, string? Url);
