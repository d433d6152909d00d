using EhrLedger.Crypto.Signing;

namespace EhrLedger.Crypto.Cose;

/// <summary>A COSE_Sign1 that was read, and whose signature nobody has checked yet.</summary>
public sealed class SignedMessage
{
    private readonly ReadOnlyMemory<byte> _header;

    internal SignedMessage(
        ReadOnlyMemory<byte> bytes, SignedAs purpose, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte> signature)
    {
        _header = header;
        Bytes = bytes;
        Purpose = purpose;
        Payload = payload;
        Signature = signature;
        Digest = Digest.Of(bytes.Span);
    }

    /// <summary>The whole encoded message.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What the signer says that it signed: any number from 1 to 255, named in <see cref="SignedAs"/> or not.</summary>
    public SignedAs Purpose { get; }

    /// <summary>The signed bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>64 bytes, R || S.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>SHA-256 of <see cref="Bytes"/>, the signature included: the message's name.</summary>
    public Digest Digest { get; }

    /// <summary>Checks purpose and signature.</summary>
    /// <param name="key">Whose signature it should be.</param>
    /// <param name="purpose">What it should be for.</param>
    /// <param name="context">The digest of the consortium's genesis.</param>
    /// <returns>False for any mismatch. Never throws.</returns>
    public bool Verifies(Ed25519PublicKey key, SignedAs purpose, Digest context) =>
        purpose == Purpose && key.Verifies(CoseSign1.ToBeSigned(_header.Span, Payload.Span, context), Signature.Span);
}
