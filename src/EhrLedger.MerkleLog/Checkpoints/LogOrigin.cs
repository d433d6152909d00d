using EhrLedger.MerkleLog.Notes;

namespace EhrLedger.MerkleLog.Checkpoints;

/// <summary>The name of a log, by convention a URL without scheme: the first line of its checkpoints.</summary>
/// <remarks>Source: c2sp.org/tlog-checkpoint. A foreign log's origin may have spaces; one that is also a key's name may not.</remarks>
public sealed record LogOrigin
{
    private LogOrigin(string value) => Value = value;

    /// <summary>The origin line without its newline.</summary>
    public string Value { get; }

    /// <summary>Reads an origin.</summary>
    /// <returns>Null for an empty line, control characters, or more than 255 bytes of UTF-8 (which no ML-DSA-44 cosignature could name).</returns>
    public static LogOrigin? Parse(string origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        return StrictText.IsLine(origin) && NoteKeyName.FitsUtf8(origin) ? new LogOrigin(origin) : null;
    }

    /// <summary>The origin of the log that a key signs for.</summary>
    public static LogOrigin Of(NoteKeyName logKey)
    {
        ArgumentNullException.ThrowIfNull(logKey);
        return new LogOrigin(logKey.Value);
    }

    /// <summary>The origin line without its newline.</summary>
    public override string ToString() => Value;
}
