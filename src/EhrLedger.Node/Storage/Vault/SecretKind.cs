namespace EhrLedger.Node.Storage.Vault;

/// <summary>What a named secret of the vault is. The number stands in the table.</summary>
internal enum SecretKind
{
    /// <summary>Exporter secret and encapsulation of an author's small seals to one recipient.</summary>
    Sealing = 1,

    /// <summary>Index key of a subject's epoch.</summary>
    IndexKey = 2,

    /// <summary>Salt of a provisional patient's seed.</summary>
    ProvisionalSalt = 3,

    /// <summary>A grant that this organisation holds: reader key, answer key, access key.</summary>
    HeldGrant = 4,

    /// <summary>One-time code for a wallet's take-over.</summary>
    TakeOverCode = 5,

    /// <summary>A request for access that is open, with the keys made for it.</summary>
    AccessRequest = 6,

    /// <summary>What a subject has left with this custodian for emergencies, under the digest of its policy.</summary>
    EmergencyDeposit = 7,

    /// <summary>What this organisation has said to the patient of an emergency that it declared.</summary>
    EmergencyAccount = 8,

    /// <summary>What a wallet has left with this custodian for its recovery, under the recovery's name.</summary>
    RecoveryDeposit = 9,

    /// <summary>Whose wallets' recoveries this organisation has agreed to guard for one of its patients, under the patient's id.</summary>
    Guardianship = 10,
}
