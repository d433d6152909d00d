using EhrLedger.Crypto.Signing;
using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Checkpoints;

/// <summary>Makes one kind of cosignature under one name. Does not own its key: the caller disposes of it.</summary>
/// <remarks>
/// Source: c2sp.org/tlog-cosignature. An Ed25519 key serves one cosigner name only, because the signed message does not say the name.
/// </remarks>
public abstract class Cosigner
{
    private protected Cosigner(NoteVerifier verifier) => Verifier = verifier;

    /// <summary>What others need in order to check the cosignatures.</summary>
    public NoteVerifier Verifier { get; }

    /// <summary>Ed25519 (type 0x04).</summary>
    public static Cosigner For(NoteKeyName name, Ed25519PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new Ed25519Cosigner(name, key);
    }

    /// <summary>ML-DSA-44 (type 0x06); also how a log itself signs against a quantum computer, under its origin.</summary>
    public static Cosigner For(NoteKeyName name, MlDsa44PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new MlDsa44Cosigner(name, key);
    }

    /// <summary>States that at this time this was the largest tree seen of the log, consistent with all earlier ones.</summary>
    /// <param name="body">The checkpoint. The caller has checked it, and has stored that it did.</param>
    /// <param name="time">When; not before 1970. Fractions of a second are dropped.</param>
    public NoteSignature Cosign(CheckpointBody body, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(time, DateTimeOffset.UnixEpoch);
        var second = DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
        return new NoteSignature(Verifier.Name, Verifier.KeyId, [.. TimestampedSignature.Write(second, Sign(body.ToString(), second))]);
    }

    private protected abstract byte[] Sign(string text, DateTimeOffset second);

    private sealed class Ed25519Cosigner(NoteKeyName name, Ed25519PrivateKey key) : Cosigner(NoteVerifier.ForCosignatures(name, key.Public))
    {
        private protected override byte[] Sign(string text, DateTimeOffset second) => key.Sign(CosignedMessage.ForEd25519(second, text));
    }

    private sealed class MlDsa44Cosigner(NoteKeyName name, MlDsa44PrivateKey key) : Cosigner(NoteVerifier.ForCosignatures(name, key.Public))
    {
        private protected override byte[] Sign(string text, DateTimeOffset second) =>
            key.Sign(CosignedMessage.ForMlDsa44(Verifier.Name, second, text) ?? throw new ArgumentException("Not a checkpoint.", nameof(text)));
    }
}
