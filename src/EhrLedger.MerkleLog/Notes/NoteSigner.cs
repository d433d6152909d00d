using System.Text;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>Signs notes with Ed25519 (type 0x01), as a log signs its checkpoints. Does not own the key: the caller disposes of it.</summary>
/// <param name="name">The log's origin.</param>
/// <param name="key">A key that signs nothing but this log's checkpoints.</param>
public sealed class NoteSigner(NoteKeyName name, Ed25519PrivateKey key)
{
    /// <summary>What others need in order to check the signatures.</summary>
    public NoteVerifier Verifier { get; } = NoteVerifier.ForNotes(name, (key ?? throw new ArgumentNullException(nameof(key))).Public);

    /// <summary>Signs a text as it is.</summary>
    /// <param name="text">Ends in a newline.</param>
    public NoteSignature Sign(string text) => new(Verifier.Name, Verifier.KeyId, [.. key.Sign(Encoding.UTF8.GetBytes(text))]);

    /// <summary>Makes a note of a text. Its signature is this signer's own: opening this very note does not check it again.</summary>
    internal SignedNote SignNote(string text)
    {
        NoteSignature signature = Sign(text);
        return SignedNote.Create(text, signature).With(new VerifiedSignature(Verifier, signature, text, signedAt: null));
    }
}
