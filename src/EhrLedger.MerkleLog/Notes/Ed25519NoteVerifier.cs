using System.Text;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>Type 0x01: 64 bytes of Ed25519 over the note's text. Source: c2sp.org/signed-note, "Ed25519 signatures".</summary>
internal sealed class Ed25519NoteVerifier(NoteKeyName name, Ed25519PublicKey key) : NoteVerifier(name, NoteSignatureType.Ed25519, key.ToArray())
{
    internal override VerifiedSignature? Verify(string text, NoteSignature signature) =>
        key.Verifies(Encoding.UTF8.GetBytes(text), signature.Bytes.AsSpan()) ? new VerifiedSignature(this, signature, text, signedAt: null) : null;
}
