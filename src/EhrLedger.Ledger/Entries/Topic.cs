using EhrLedger.Crypto;

namespace EhrLedger.Ledger.Entries;

/// <summary>The one thing that an entry is about.</summary>
/// <param name="Kind">Decides which contract judges its entries.</param>
/// <param name="Name">32 bytes: an Ed25519 public key for organisations and subjects. Not a hash there; <see cref="Digest"/> only holds the bytes.</param>
public readonly record struct Topic(TopicKind Kind, Digest Name)
{
    /// <summary>Bytes on the wire: kind, then name.</summary>
    public const int Length = 33;

    /// <summary>The 33 bytes of docs/formats.md.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        bytes[0] = (byte)Kind;
        Name.CopyTo(bytes.AsSpan(1));
        return bytes;
    }

    /// <summary>Null unless the bytes are exactly a known kind and a name.</summary>
    public static Topic? TryFromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length && Enum.IsDefined((TopicKind)bytes[0]) ? new Topic((TopicKind)bytes[0], Digest.FromBytes(bytes[1..])) : null;

    /// <summary>Kind and name, for logs: a topic is a pseudonym and no secret.</summary>
    public override string ToString() => $"{Kind}/{Name}";
}
