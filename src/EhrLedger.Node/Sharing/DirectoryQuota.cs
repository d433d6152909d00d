namespace EhrLedger.Node.Sharing;

/// <summary>How much one member's shared directory may be, on either side: no member fills another one's disk or memory.</summary>
internal static class DirectoryQuota
{
    public const int MostEntries = 20_000;

    /// <summary>Of JSON.</summary>
    public const long MostBytes = 16 << 20;
}
