using System.Text;
using System.Text.Unicode;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>The name of a key that signs notes, by convention a URL without scheme. Not empty; no Unicode space, no plus, no control character.</summary>
/// <remarks>Source: c2sp.org/signed-note, "Format".</remarks>
public sealed record NoteKeyName
{
    /// <summary>Longest name in UTF-8 bytes: 255, which is what an ML-DSA-44 cosignature can name.</summary>
    public const int MaxBytes = 255;

    private NoteKeyName(string value) => Value = value;

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>Reads a name.</summary>
    /// <returns>Null for what cannot be one.</returns>
    public static NoteKeyName? Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return StrictText.IsLine(name) && !name.Contains('+', StringComparison.Ordinal) && !name.Any(char.IsWhiteSpace) && FitsUtf8(name)
            ? new NoteKeyName(name)
            : null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Value;

    /// <summary>True if the text is well-formed (no lone surrogate) and short enough.</summary>
    internal static bool FitsUtf8(string text)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        return Utf8.FromUtf16(text, bytes, out _, out _, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done;
    }

    internal byte[] ToUtf8() => Encoding.UTF8.GetBytes(Value);
}
