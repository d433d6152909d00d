using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Ledger.Following;

/// <summary>What a follower answers.</summary>
public abstract record ReplicateAnswer
{
    private ReplicateAnswer()
    {
    }

    /// <summary>It has executed and stored everything up to the checkpoint, and cosigns it.</summary>
    /// <param name="Size">Its size now.</param>
    /// <param name="Line">
    /// The signature line of its cosignature (C2SP signed-note), and after a newline that of its ML-DSA-44 cosignature, where the checkpoint has one of the log; without a newline at the end. Empty
    /// where there was no checkpoint to cosign.
    /// </param>
    public sealed record Cosigned(ulong Size, string Line) : ReplicateAnswer;

    /// <summary>The first leaf is not the next one for it: this is where it stands.</summary>
    public sealed record Elsewhere(ulong Size) : ReplicateAnswer;

    /// <summary>It does not cosign. Why is a stable code; its own alarms say more.</summary>
    public sealed record Refused(string Code) : ReplicateAnswer
    {
        /// <summary>The leaves do not hash to the checkpoint's root: garbage on the way, or two histories.</summary>
        public const string WrongLeaves = "leaves";
    }

    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => this switch
    {
        Cosigned(var size, var line) => new DeterministicCborWriter().WriteArray(3).WriteUInt(1).WriteUInt(size).WriteText(line).ToArray(),
        Elsewhere(var size) => new DeterministicCborWriter().WriteArray(3).WriteUInt(2).WriteUInt(size).WriteText("").ToArray(),
        Refused(var code) => new DeterministicCborWriter().WriteArray(3).WriteUInt(3).WriteUInt(0).WriteText(code).ToArray(),
        _ => throw new InvalidOperationException("An answer has three cases."),
    };

    /// <summary>Null unless the bytes are an answer in its only encoding.</summary>
    public static ReplicateAnswer? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead<ReplicateAnswer>(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var kind = reader.ReadUInt(3);
        var size = reader.ReadUInt(long.MaxValue);
        var text = reader.ReadText(4_096);
        reader.ReadEndArray();
        reader.Require(kind != 0 && (kind != 2 || text.Length == 0) && (kind != 3 || size == 0));
        return kind switch
        {
            1 => new Cosigned(size, text),
            2 => new Elsewhere(size),
            _ => new Refused(text),
        };
    });
}
