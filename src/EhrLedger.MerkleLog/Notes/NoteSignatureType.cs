namespace EhrLedger.MerkleLog.Notes;

/// <summary>What kind of signature a key makes. The byte is part of the key's id.</summary>
/// <remarks>Source: c2sp.org/signed-note, "Signature types"; c2sp.org/tlog-cosignature.</remarks>
public enum NoteSignatureType : byte
{
    /// <summary>Ed25519 over the note's text.</summary>
    Ed25519 = 0x01,

    /// <summary>Ed25519 over time and checkpoint, by a witness.</summary>
    Ed25519Cosignature = 0x04,

    /// <summary>ML-DSA-44 over time, signer's name and tree head; by a witness, or by the log itself.</summary>
    MlDsa44Cosignature = 0x06,
}
