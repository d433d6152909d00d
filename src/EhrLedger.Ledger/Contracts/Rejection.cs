namespace EhrLedger.Ledger.Contracts;

/// <summary>Why an entry is refused: a stable code of docs/contracts.md, such as <c>entry-expired</c>. Says nothing of the content.</summary>
/// <param name="Code">Lower case, words joined by hyphens.</param>
public readonly record struct Rejection(string Code)
{
    /// <summary>Not a COSE_Sign1 entry in its only encoding, or too large.</summary>
    public static readonly Rejection Malformed = new("entry-malformed");

    /// <summary>No contract knows this type on this topic.</summary>
    public static readonly Rejection UnknownType = new("entry-type-unknown");

    /// <summary>Its valid-until has passed.</summary>
    public static readonly Rejection Expired = new("entry-expired");

    /// <summary>Its valid-until lies more than ten minutes ahead.</summary>
    public static readonly Rejection ValidTooLong = new("entry-valid-too-long");

    /// <summary>The same signed bytes stand in the log already.</summary>
    public static readonly Rejection Duplicate = new("entry-duplicate");

    /// <summary>Nobody is known who may sign this, or the signature does not verify.</summary>
    public static readonly Rejection BadSignature = new("entry-signature");

    /// <summary>The body is not what the type says.</summary>
    public static readonly Rejection BadBody = new("entry-body");
}
