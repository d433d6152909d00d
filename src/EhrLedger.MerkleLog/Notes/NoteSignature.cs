using System.Buffers.Binary;
using System.Collections.Immutable;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>One signature line of a note. Nobody has checked it.</summary>
/// <remarks>Line: em dash, space, key name, space, base64 of key id (4 bytes, big-endian) and signature. Source: c2sp.org/signed-note, "Format".</remarks>
public sealed class NoteSignature : IEquatable<NoteSignature>
{
    private const string Dash = "\u2014 ";
    private const int KeyIdLength = 4;

    internal NoteSignature(NoteKeyName name, uint keyId, ImmutableArray<byte> bytes)
    {
        Name = name;
        KeyId = keyId;
        Bytes = bytes;
    }

    /// <summary>Name of the key that is said to have signed.</summary>
    public NoteKeyName Name { get; }

    /// <summary>First four bytes of the key's hash, big-endian: tells keys apart, proves nothing.</summary>
    public uint KeyId { get; }

    /// <summary>What follows the key id; its form depends on the key's type. At least one byte.</summary>
    public ImmutableArray<byte> Bytes { get; }

    /// <summary>Reads a line without its newline.</summary>
    /// <returns>Null unless this is exactly what <see cref="ToString"/> gives for some signature.</returns>
    public static NoteSignature? Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || line[Dash.Length..].Split(' ') is not [string name, string base64])
        {
            return null;
        }

        return NoteKeyName.Parse(name) is { } keyName && StrictText.Base64(base64) is { Length: > KeyIdLength } bytes
            ? new NoteSignature(keyName, BinaryPrimitives.ReadUInt32BigEndian(bytes), [.. bytes.AsSpan(KeyIdLength)])
            : null;
    }

    /// <summary>The line without its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[KeyIdLength + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.CopyTo(bytes, KeyIdLength);
        return $"{Dash}{Name} {Convert.ToBase64String(bytes)}";
    }

    /// <inheritdoc/>
    public bool Equals(NoteSignature? other) =>
        other is not null && KeyId == other.KeyId && Name == other.Name && Bytes.AsSpan().SequenceEqual(other.Bytes.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NoteSignature);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, KeyId, Bytes.Length);
}
