using EhrLedger.Crypto.Signing;
using EhrLedger.Wallet.Findings;

namespace EhrLedger.Wallet.Guardians;

/// <summary>A wallet's guardians as the ledger has them now.</summary>
/// <param name="IsInForce">Whether the wallet could come back through them.</param>
/// <param name="Number">Of the last set-up.</param>
/// <param name="Threshold">How many have to approve; 0 where it is not in force.</param>
/// <param name="Guardians">How many there are; 0 where it is not in force.</param>
/// <param name="Hours">How long this wallet can say no; 0 where it is not in force.</param>
/// <param name="Pending">Requests for this wallet's seed.</param>
/// <param name="Findings">What the patient should know: each request is one.</param>
public sealed record GuardiansShown(bool IsInForce, uint Number, int Threshold, int Guardians, int Hours, IReadOnlyList<RecoveryPending> Pending, IReadOnlyList<Finding> Findings);

/// <summary>Somebody asks for this wallet's seed, with the guardians' approvals.</summary>
/// <param name="Request">Names it.</param>
/// <param name="AskedAt">By the ledger's time.</param>
/// <param name="NoUntil">From then on custodians give their shares, unless this wallet has said no.</param>
public sealed record RecoveryPending(Ed25519PublicKey Request, DateTimeOffset AskedAt, DateTimeOffset NoUntil);

/// <summary>What came of saying no.</summary>
public enum VetoOutcome
{
    /// <summary>The request and its set-up have ended; the next set-up is in force, or <see cref="Wallet.ResumeAsync"/> makes it.</summary>
    Vetoed = 1,

    /// <summary>The ledger does not show it yet. <see cref="Wallet.ResumeAsync"/> goes on.</summary>
    Waiting = 2,

    /// <summary>There is no such request, or not any more.</summary>
    Unknown = 3,
}
