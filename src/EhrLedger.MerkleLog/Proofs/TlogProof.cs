using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.MerkleLog.Policies;
using EhrLedger.MerkleLog.Tree;

namespace EhrLedger.MerkleLog.Proofs;

/// <summary>A proof that a log has an entry, complete in one file and checked without asking anybody. Unchecked until <see cref="Verify"/>.</summary>
/// <remarks>Source: c2sp.org/tlog-proof.</remarks>
public sealed class TlogProof
{
    /// <summary>Longest extra data that is read: 64 KiB.</summary>
    public const int MaxExtraBytes = 64 * 1024;

    /// <summary>Most lines of the inclusion proof: 63, for a log of 2^63 − 1 leaves.</summary>
    public const int MaxPathLines = 63;

    private const string Header = "c2sp.org/tlog-proof@v1";
    private const string ExtraPrefix = "extra ";
    private const string IndexPrefix = "index ";
    private const int MaxBytes = SignedNote.MaxBytes + (2 * MaxExtraBytes);

    /// <summary>Puts a proof together.</summary>
    /// <param name="inclusion">The entry's path in the checkpoint's tree.</param>
    /// <param name="checkpoint">For the same size, with its cosignatures.</param>
    /// <param name="extra">Data that nobody vouches for; none if empty.</param>
    /// <exception cref="ArgumentException">Proof and checkpoint are for different sizes, or something is too long.</exception>
    public TlogProof(InclusionProof inclusion, SignedCheckpoint checkpoint, ReadOnlySpan<byte> extra = default)
    {
        ArgumentNullException.ThrowIfNull(inclusion);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(extra.Length, MaxExtraBytes);
        if (inclusion.TreeSize != checkpoint.Body.Size || inclusion.Path.Length > MaxPathLines || inclusion.LeafIndex > Frontier.MaxSize)
        {
            throw new ArgumentException("The inclusion proof is for another checkpoint.", nameof(inclusion));
        }

        Inclusion = inclusion;
        Checkpoint = checkpoint;
        Extra = [.. extra];
    }

    /// <summary>Index of the entry and its path.</summary>
    public InclusionProof Inclusion { get; }

    /// <summary>The checkpoint, unchecked.</summary>
    public SignedCheckpoint Checkpoint { get; }

    /// <summary>Data that neither log nor witnesses vouch for; often empty.</summary>
    public ImmutableArray<byte> Extra { get; }

    /// <summary>Reads a proof.</summary>
    /// <returns>Null unless these are exactly the bytes that <see cref="Encode"/> gives for some proof within the limits.</returns>
    public static TlogProof? Parse(ReadOnlySpan<byte> proof)
    {
        int end = proof.Length <= MaxBytes ? proof.IndexOf("\n\n"u8) : -1;
        if (end < 0 || !Utf8.IsValid(proof[..end]))
        {
            return null;
        }

        // Header, extra and index lines, the path, and one more if there are too many.
        string[] lines = Encoding.UTF8.GetString(proof[..end]).Split('\n', MaxPathLines + 4);
        int next = 1;
        byte[]? extra = [];
        if (lines.Length > next && lines[next].StartsWith(ExtraPrefix, StringComparison.Ordinal))
        {
            extra = StrictText.Base64(lines[next][ExtraPrefix.Length..]) is { Length: > 0 and <= MaxExtraBytes } data ? data : null;
            next++;
        }

        if (lines[0] != Header
            || extra is null
            || lines.Length <= next
            || lines.Length - next - 1 > MaxPathLines
            || !lines[next].StartsWith(IndexPrefix, StringComparison.Ordinal)
            || !StrictText.TryDecimal(lines[next].AsSpan(IndexPrefix.Length), out ulong index))
        {
            return null;
        }

        return StrictText.ReadHashes(lines.AsSpan(next + 1)) is { } path && SignedCheckpoint.Parse(proof[(end + 2)..]) is { } checkpoint
            ? new TlogProof(new InclusionProof(index, checkpoint.Body.Size, path), checkpoint, extra)
            : null;
    }

    /// <summary>The proof's bytes, by convention in a file ending in <c>.tlog-proof</c>.</summary>
    public byte[] Encode()
    {
        var head = new StringBuilder(Header).Append('\n');
        if (!Extra.IsEmpty)
        {
            head.Append(ExtraPrefix).Append(Convert.ToBase64String(Extra.AsSpan())).Append('\n');
        }

        head.Append(IndexPrefix).Append(StrictText.Decimal(Inclusion.LeafIndex)).Append('\n');
        foreach (Digest hash in Inclusion.Path)
        {
            head.Append(StrictText.ToBase64(hash)).Append('\n');
        }

        return [.. Encoding.UTF8.GetBytes(head.Append('\n').ToString()), .. Checkpoint.Encode()];
    }

    /// <summary>Checks everything: the log's signature, the quorum, the path.</summary>
    /// <param name="leafHash">RFC 6962 leaf hash of the entry in question, which the caller has computed itself.</param>
    /// <param name="policy">Whom to trust.</param>
    /// <returns>The checkpoint under which the entry stands at the proof's index; null if anything is wrong. Never throws on hostile input.</returns>
    public CosignedCheckpoint? Verify(Digest leafHash, WitnessPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return Inclusion.Verifies(leafHash, Checkpoint.Body.Root) ? policy.Open(Checkpoint) : null;
    }
}
