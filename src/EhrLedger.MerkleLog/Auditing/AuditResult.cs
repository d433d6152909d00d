using EhrLedger.MerkleLog.Policies;

namespace EhrLedger.MerkleLog.Auditing;

/// <summary>How an audit ended.</summary>
/// <param name="Finding">The first thing that is wrong; null if the whole log is as its checkpoint says.</param>
/// <param name="Checked">How far the entries are checked; an audit can go on from here.</param>
/// <param name="Checkpoint">The checkpoint that the log was held against; null if it was itself the finding.</param>
public sealed record AuditResult(AuditFinding? Finding, AuditState Checked, CosignedCheckpoint? Checkpoint);
