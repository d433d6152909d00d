namespace EhrLedger.MerkleLog.Notes;

/// <summary>A signature that was checked and found good. Only <see cref="SignedNote.Open"/> makes one.</summary>
public sealed class VerifiedSignature
{
    internal VerifiedSignature(NoteVerifier key, NoteSignature signature, DateTimeOffset? signedAt)
    {
        Key = key;
        Signature = signature;
        SignedAt = signedAt;
    }

    /// <summary>The key that made it.</summary>
    public NoteVerifier Key { get; }

    /// <summary>The line, to pass on.</summary>
    public NoteSignature Signature { get; }

    /// <summary>When the cosigner says that it signed, in whole seconds (the epoch if it says nothing); null for a plain note signature.</summary>
    public DateTimeOffset? SignedAt { get; }
}
