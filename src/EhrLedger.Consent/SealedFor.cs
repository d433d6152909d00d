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
}
