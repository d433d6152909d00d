namespace EhrLedger.MerkleLog.Auditing;

/// <summary>Told after every bundle of at most 256 entries.</summary>
/// <param name="Resume">From here the audit can go on if it is stopped now.</param>
/// <param name="Size">Number of entries under the checkpoint.</param>
public sealed record AuditProgress(AuditState Resume, ulong Size);
