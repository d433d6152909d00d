using System.Buffers.Binary;
using System.Text;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>The bytes that a cosigner signs. Source: c2sp.org/tlog-cosignature.</summary>
internal static class CosignedMessage
{
    /// <summary>The header line, the time line, then the checkpoint's whole text, extension lines included.</summary>
    public static byte[] ForEd25519(DateTimeOffset time, string checkpointText) =>
        Encoding.UTF8.GetBytes($"cosignature/v1\ntime {StrictText.Decimal((ulong)time.ToUnixTimeSeconds())}\n{checkpointText}");

    /// <summary>The <c>cosigned_message</c> struct, from leaf 0 to the checkpoint's size. It does not cover extension lines.</summary>
    /// <returns>Null if the text is no checkpoint.</returns>
    public static byte[]? ForMlDsa44(NoteKeyName cosigner, DateTimeOffset time, string checkpointText)
    {
        if (CheckpointBody.Parse(checkpointText) is not { } body)
        {
            return null;
        }

        byte[] name = cosigner.ToUtf8();
        byte[] origin = Encoding.UTF8.GetBytes(body.Origin.Value);
        ReadOnlySpan<byte> label = "subtree/v1\n\0"u8;
        var message = new byte[label.Length + 1 + name.Length + sizeof(ulong) + 1 + origin.Length + (2 * sizeof(ulong)) + Digest.Length];
        Span<byte> rest = message;
        label.CopyTo(rest);
        rest = PutShort(rest[label.Length..], name);
        rest = PutNumber(rest, (ulong)time.ToUnixTimeSeconds());
        rest = PutShort(rest, origin);
        rest = PutNumber(rest, 0);
        rest = PutNumber(rest, body.Size);
        body.Root.CopyTo(rest);
        return message;
    }

    private static Span<byte> PutShort(Span<byte> rest, byte[] opaque)
    {
        rest[0] = (byte)opaque.Length;
        opaque.CopyTo(rest[1..]);
        return rest[(1 + opaque.Length)..];
    }

    private static Span<byte> PutNumber(Span<byte> rest, ulong number)
    {
        BinaryPrimitives.WriteUInt64BigEndian(rest, number);
        return rest[sizeof(ulong)..];
    }
}
