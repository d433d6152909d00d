namespace EhrLedger.MerkleLog.Notes;

/// <summary>A signature that was checked and found good, or that this process has just made. Only <see cref="SignedNote"/> and the signers give one out.</summary>
public sealed class VerifiedSignature
{
    internal VerifiedSignature(NoteVerifier key, NoteSignature signature, string text, DateTimeOffset? signedAt)
    {
        Key = key;
        Signature = signature;
        Text = text;
        SignedAt = signedAt;
    }

    /// <summary>The key that made it.</summary>
    public NoteVerifier Key { get; }

    /// <summary>The line, to pass on.</summary>
    public NoteSignature Signature { get; }

    /// <summary>What it stands under: under any other text it says nothing.</summary>
    internal string Text { get; }

    /// <summary>When the cosigner says that it signed, in whole seconds (the epoch if it says nothing); null for a plain note signature.</summary>
    public DateTimeOffset? SignedAt { get; }
}
