using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>A named public key and the one kind of signature that it checks.</summary>
/// <remarks>Written as <c>name+hex(key id)+base64(type || public key)</c>. Source: c2sp.org/signed-note, "Verifier keys".</remarks>
public abstract class NoteVerifier : IEquatable<NoteVerifier>
{
    private readonly string _text;

    private protected NoteVerifier(NoteKeyName name, NoteSignatureType type, byte[] publicKey)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Type = type;
        PublicKey = [.. publicKey];
        KeyId = BinaryPrimitives.ReadUInt32BigEndian(Digest.Of([.. name.ToUtf8(), (byte)'\n', (byte)type, .. publicKey]).ToArray());
        _text = $"{name}+{KeyId.ToString("x8", CultureInfo.InvariantCulture)}+{Convert.ToBase64String([(byte)type, .. publicKey])}";
    }

    /// <summary>The key's name: a log's origin, or a cosigner's name.</summary>
    public NoteKeyName Name { get; }

    /// <summary>The kind of signature.</summary>
    public NoteSignatureType Type { get; }

    /// <summary>SHA-256(name || 0x0A || type || public key), first four bytes, big-endian.</summary>
    public uint KeyId { get; }

    /// <summary>The raw public key: 32 bytes for Ed25519, 1,312 for ML-DSA-44.</summary>
    public ImmutableArray<byte> PublicKey { get; }

    /// <summary>Checks a log's note signatures (type 0x01).</summary>
    public static NoteVerifier ForNotes(NoteKeyName name, Ed25519PublicKey key) => new Ed25519NoteVerifier(name, key);

    /// <summary>Checks a witness's cosignatures (type 0x04).</summary>
    public static NoteVerifier ForCosignatures(NoteKeyName name, Ed25519PublicKey key) => new Ed25519CosignatureVerifier(name, key);

    /// <summary>Checks ML-DSA-44 cosignatures (type 0x06), a witness's or a log's own.</summary>
    public static NoteVerifier ForCosignatures(NoteKeyName name, MlDsa44PublicKey key) => new MlDsa44CosignatureVerifier(name, key);

    /// <summary>Reads a verifier key string.</summary>
    /// <returns>Null for a type that is not supported, a wrong key id, or any spelling but the one of <see cref="ToString"/>.</returns>
    public static NoteVerifier? Parse(string verifierKey)
    {
        ArgumentNullException.ThrowIfNull(verifierKey);
        // Base64 has plus signs of its own, names and key ids have none.
        if (verifierKey.Split('+', 3) is not [string name, _, string base64]
            || NoteKeyName.Parse(name) is not { } keyName
            || StrictText.Base64(base64) is not { Length: > 1 } bytes
            || Create(keyName, (NoteSignatureType)bytes[0], bytes.AsSpan(1)) is not { } verifier)
        {
            return null;
        }

        return verifier._text == verifierKey ? verifier : null;
    }

    /// <summary>The verifier key string.</summary>
    public override string ToString() => _text;

    /// <summary>True for the same name, type and public key.</summary>
    public bool Equals(NoteVerifier? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NoteVerifier);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Checks a signature line that has this key's name and id.</summary>
    /// <returns>Null if it is not this key's signature under this text.</returns>
    internal abstract VerifiedSignature? Verify(string text, NoteSignature signature);

    private static NoteVerifier? Create(NoteKeyName name, NoteSignatureType type, ReadOnlySpan<byte> publicKey)
    {
        switch (type)
        {
            case NoteSignatureType.Ed25519:
                return Ed25519PublicKey.TryFromBytes(publicKey, out Ed25519PublicKey logKey) ? ForNotes(name, logKey) : null;
            case NoteSignatureType.Ed25519Cosignature:
                return Ed25519PublicKey.TryFromBytes(publicKey, out Ed25519PublicKey witnessKey) ? ForCosignatures(name, witnessKey) : null;
            case NoteSignatureType.MlDsa44Cosignature:
                return MlDsa44PublicKey.TryFromBytes(publicKey) is { } key ? ForCosignatures(name, key) : null;
        }

        // A type from outside may be any byte: one that is not listed is a key for somebody else.
        return null;
    }
}
