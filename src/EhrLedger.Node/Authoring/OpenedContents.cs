using EhrLedger.Crypto;
using EhrLedger.Node.Reading;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// Own versions that were opened lately, in memory, so that a chart that is looked at again and again is decrypted and parsed once (docs/decisions/0016). An entry is good for one sealing,
/// which whoever asks has just read in the table: what was sealed anew, erased or never there is not found.
/// </summary>
internal sealed class OpenedContents
{
    private const long LeastBytes = 128L << 20;
    private const long UsualShare = 16;
    private const long LargestBytes = 1L << 30;

    // Seen with Firely's model: what is made of a resource takes some ten times the bytes of its JSON.
    private const int Expansion = 12;
    private const int Overhead = 512;

    private readonly RecentMap<(long Row, uint Version, Digest Sealing), OpenedContent> _recent = new(MostBytes, content => Overhead + ((long)Expansion * content.Json.Length));

    /// <summary>Most bytes that they take, as far as that can be told: a sixteenth of the memory that this process may use, but at least 128 MiB and at most 1 GiB.</summary>
    public static long MostBytes => Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / UsualShare, LeastBytes, LargestBytes);

    /// <param name="row">Of the resource: a sealing that is put into another's place is not taken for it.</param>
    /// <param name="version">Its number.</param>
    /// <param name="sealing">SHA-256 of the header, which no two sealings have alike; of what is sealed, where there is no header.</param>
    public OpenedContent? Find(long row, uint version, Digest sealing) => _recent.TryGet((row, version, sealing), out var content) ? content : null;

    /// <param name="row">As above.</param>
    /// <param name="version">As above.</param>
    /// <param name="sealing">As above.</param>
    /// <param name="content">Opened from it.</param>
    public void Keep(long row, uint version, Digest sealing, OpenedContent content) => _recent.Set((row, version, sealing), content);

    /// <summary>Forgets what was opened from a sealing.</summary>
    /// <param name="row">As above.</param>
    /// <param name="version">As above.</param>
    /// <param name="sealing">As above.</param>
    public void Forget(long row, uint version, Digest sealing) => _recent.Remove((row, version, sealing));
}
