namespace EhrLedger.Consent;

/// <summary>The HPKE info of each kind of seal: what was sealed for one of them opens for none of the others.</summary>
public static class SealedFor
{
    /// <summary>K1, to the subject's sealing key of the epoch.</summary>
    public static ReadOnlySpan<byte> Category => "ehrledger/v1/category"u8;

    /// <summary>K2, to the subject's self key.</summary>
    public static ReadOnlySpan<byte> Self => "ehrledger/v1/self"u8;

    /// <summary>A share of K2, to a custodian's sealing key.</summary>
    public static ReadOnlySpan<byte> Share => "ehrledger/v1/share"u8;

    /// <summary>An access key, to a grant's answer key.</summary>
    public static ReadOnlySpan<byte> AccessKey => "ehrledger/v1/access-key"u8;

    /// <summary>A custodian's shares, to a grant's answer key.</summary>
    public static ReadOnlySpan<byte> Release => "ehrledger/v1/release"u8;

    /// <summary>A share of an emergency key, to a custodian's sealing key.</summary>
    public static ReadOnlySpan<byte> EmergencyShare => "ehrledger/v1/emergency-share"u8;

    /// <summary>What an emergency opens, to the emergency key.</summary>
    public static ReadOnlySpan<byte> EmergencyKeys => "ehrledger/v1/emergency-keys"u8;

    /// <summary>Who declares an emergency and why, to the emergency key.</summary>
    public static ReadOnlySpan<byte> EmergencyAccount => "ehrledger/v1/emergency-account"u8;

    /// <summary>A custodian's share of an emergency key, to the answer key of an emergency.</summary>
    public static ReadOnlySpan<byte> EmergencyRelease => "ehrledger/v1/emergency-release"u8;

    /// <summary>A guardian's share of a wallet's recovery, to the guardian's key.</summary>
    public static ReadOnlySpan<byte> GuardianShare => "ehrledger/v1/guardian-share"u8;

    /// <summary>A custodian's share of a wallet's recovery, to its sealing key.</summary>
    public static ReadOnlySpan<byte> RecoveryShare => "ehrledger/v1/recovery-share"u8;

    /// <summary>What a delegate acts with, to the delegate's key.</summary>
    public static ReadOnlySpan<byte> DelegatedKeys => "ehrledger/v1/delegated-keys"u8;

    /// <summary>A guardian's share, to the answer key of a request for recovery.</summary>
    public static ReadOnlySpan<byte> RecoveryApproval => "ehrledger/v1/recovery-approval"u8;

    /// <summary>A custodian's share, to the answer key of a request for recovery.</summary>
    public static ReadOnlySpan<byte> RecoveryRelease => "ehrledger/v1/recovery-release"u8;
}
