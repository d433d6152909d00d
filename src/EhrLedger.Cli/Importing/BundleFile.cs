using System.Text.Json;
using EhrLedger.Crypto;

namespace EhrLedger.Cli.Importing;

/// <summary>A Bundle that can be posted, known by its content.</summary>
/// <param name="Path">Where it lies. A file's name may hold a patient's, so it is shown to whoever typed it and written nowhere.</param>
/// <param name="Content">SHA-256 of the file.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Resources">Entries of the Bundle.</param>
/// <param name="Wave">When it is sent.</param>
/// <param name="IsBatch">Each entry is taken or refused by itself; otherwise all or none.</param>
/// <param name="IsRepeatable">Sending it twice does no more than once: each entry is an update, a deletion, a read, or a creation with ifNoneExist.</param>
internal sealed record BundleFile(string Path, Digest Content, long Bytes, int Resources, ImportWave Wave, bool IsBatch, bool IsRepeatable)
{
    /// <summary>Largest file that is read: 256 MiB.</summary>
    public const long Largest = 256L << 20;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 128 };

    /// <summary>The file's name, without its folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Looks into a file.</summary>
    public static BundleScan Scan(string path, ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(content), Options);
            return Scan(path, content, document.RootElement);
        }
        catch (JsonException)
        {
            return new BundleScan.Unusable("it is not JSON.");
        }
    }

    /// <summary>The JSON itself: a byte order mark, which some programs write before it, is no part of it (RFC 8259 §8.1).</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> content) => content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;

    private static BundleScan Scan(string path, ReadOnlyMemory<byte> content, JsonElement root)
    {
        if (TextOf(root, "resourceType") is not "Bundle")
        {
            return new BundleScan.NoBundle();
        }

        if (TextOf(root, "type") is not ("transaction" or "batch") || !root.TryGetProperty("entry", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            return new BundleScan.Unusable("it is no Bundle of type transaction or batch with entries.");
        }

        var entries = list.EnumerateArray().ToList();
        return new BundleScan.Found(new BundleFile(
            path,
            Digest.Of(content.Span),
            content.Length,
            entries.Count,
            WaveOf(System.IO.Path.GetFileName(path), entries.Any(IsPatient)),
            TextOf(root, "type") == "batch",
            entries.TrueForAll(IsRepeatableEntry)));
    }

    private static ImportWave WaveOf(string name, bool hasPatient) =>
        hasPatient ? ImportWave.Patients
        : name.Contains("hospitalInformation", StringComparison.OrdinalIgnoreCase) ? ImportWave.Hospitals
        : name.Contains("practitionerInformation", StringComparison.OrdinalIgnoreCase) ? ImportWave.Practitioners
        : ImportWave.Directory;

    private static bool IsPatient(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("resource", out var resource) && TextOf(resource, "resourceType") == "Patient";

    private static bool IsRepeatableEntry(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object
            && entry.TryGetProperty("request", out var request)
            && (TextOf(request, "method") is "PUT" or "GET" or "HEAD" or "DELETE" || (TextOf(request, "method") == "POST" && TextOf(request, "ifNoneExist") is { Length: > 0 }));

    private static string? TextOf(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>What a file turned out to be.</summary>
internal abstract record BundleScan
{
    private BundleScan()
    {
    }

    /// <summary>A Bundle that can be posted.</summary>
    public sealed record Found(BundleFile File) : BundleScan;

    /// <summary>JSON of another kind: not meant to be imported.</summary>
    public sealed record NoBundle : BundleScan;

    /// <summary>Something that should be imported and can't be.</summary>
    /// <param name="Why">The end of a sentence.</param>
    public sealed record Unusable(string Why) : BundleScan;
}
