using System.Collections.Immutable;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Checkpoints;

/// <summary>The text of a checkpoint: what a log says its tree is. By itself nobody's word.</summary>
/// <remarks>Source: c2sp.org/tlog-checkpoint, "Note text".</remarks>
public sealed class CheckpointBody : IEquatable<CheckpointBody>
{
    /// <summary>A checkpoint of our own: without extension lines.</summary>
    /// <param name="origin">The log.</param>
    /// <param name="size">Number of leaves, at most 2^63 − 1.</param>
    /// <param name="root">RFC 6962 root at that size.</param>
    public CheckpointBody(LogOrigin origin, ulong size, Digest root)
        : this(origin, size, root, [])
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Frontier.MaxSize);
    }

    private CheckpointBody(LogOrigin origin, ulong size, Digest root, ImmutableArray<string> extensions)
    {
        Origin = origin;
        Size = size;
        Root = root;
        Extensions = extensions;
    }

    /// <summary>The log.</summary>
    public LogOrigin Origin { get; }

    /// <summary>Number of leaves.</summary>
    public ulong Size { get; }

    /// <summary>RFC 6962 root at that size.</summary>
    public Digest Root { get; }

    /// <summary>Further lines of a foreign log. They mean nothing here, and are kept because signatures cover them.</summary>
    public ImmutableArray<string> Extensions { get; }

    /// <summary>Reads a checkpoint's text.</summary>
    /// <returns>Null unless this is exactly what <see cref="ToString"/> gives for some checkpoint.</returns>
    public static CheckpointBody? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.EndsWith('\n') || text[..^1].Split('\n') is not [string originLine, string sizeLine, string rootLine, .. string[] extensions])
        {
            return null;
        }

        return LogOrigin.Parse(originLine) is { } origin
            && StrictText.TryDecimal(sizeLine, out ulong size)
            && StrictText.TryHash(rootLine, out Digest root)
            && Array.TrueForAll(extensions, StrictText.IsLine)
                ? new CheckpointBody(origin, size, root, [.. extensions])
                : null;
    }

    /// <summary>The text, ending in a newline.</summary>
    public override string ToString() =>
        string.Concat(((string[])[Origin.Value, StrictText.Decimal(Size), StrictText.ToBase64(Root), .. Extensions]).Select(line => line + "\n"));

    /// <inheritdoc/>
    public bool Equals(CheckpointBody? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CheckpointBody);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size, Root);
}
