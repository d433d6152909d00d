using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EhrLedger.Node.WalletApp;

/// <summary>The wallet's files, found once at the start: only these names are ever opened.</summary>
internal sealed class WalletAppFiles
{
    private const string FirstPage = "index.html";

    private readonly Dictionary<string, WalletAppFile> _files;

    private WalletAppFiles(Dictionary<string, WalletAppFile> files)
    {
        _files = files;
        Runtime = files.Where(item => item.Key.StartsWith("_framework/dotnet.native.", StringComparison.Ordinal) && item.Key.EndsWith(".wasm", StringComparison.Ordinal) && item.Value.IsFingerprinted).Select(item => item.Key).FirstOrDefault();
    }

    /// <summary>The path of WebAssembly's own code: the largest of all, and the last that scripts would ask for. Null where there is none.</summary>
    public string? Runtime { get; }

    /// <summary>What the folder holds; nothing where there is no folder.</summary>
    public static WalletAppFiles In(string folder)
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".webmanifest"] = "application/manifest+json";
        types.Mappings[".wasm"] = "application/wasm";
        types.Mappings[".js"] = "text/javascript; charset=utf-8";
        types.Mappings[".css"] = "text/css; charset=utf-8";
        types.Mappings[".html"] = "text/html; charset=utf-8";
        var all = Directory.Exists(folder)
            ? new DirectoryInfo(folder).GetFiles("*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'), StringComparer.Ordinal)
            : [];
        return new WalletAppFiles(all.Where(item => item.Value.Extension is not (".br" or ".gz")).ToDictionary(
            item => item.Key,
            item => new WalletAppFile(
                item.Value,
                all.GetValueOrDefault(item.Key + ".br"),
                all.GetValueOrDefault(item.Key + ".gz"),
                types.TryGetContentType(item.Key, out var type) ? type : "application/octet-stream"),
            StringComparer.Ordinal));
    }

    /// <summary>Whether it is the page that everything begins with.</summary>
    public bool IsFirstPage(WalletAppFile file) => ReferenceEquals(_files.GetValueOrDefault(FirstPage), file);

    /// <summary>The file of a path; the first page for one without a dot, which is the app's to understand. Null for any other.</summary>
    public WalletAppFile? Find(string path) =>
        _files.GetValueOrDefault(path) ?? (path.Contains('.', StringComparison.Ordinal) ? null : _files.GetValueOrDefault(FirstPage));
}

/// <summary>A file as it is, and compressed ahead.</summary>
internal sealed class WalletAppFile(FileInfo plain, FileInfo? brotli, FileInfo? gzip, string contentType)
{
    private const int FingerprintLength = 10;

    public string ContentType => contentType;

    /// <summary>Whether the name changes with the content (name.fingerprint.extension), so that a copy never gets old.</summary>
    public bool IsFingerprinted { get; } =
        plain.Name.Split('.') is { Length: > 2 } parts && parts[^2] is { Length: FingerprintLength } print && print.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterLower(c)) && print.Any(char.IsAsciiDigit);

    /// <summary>The smallest form that the caller takes, with the name of its coding; empty for none.</summary>
    public (FileInfo Stored, string Encoding) For(StringValues accepted)
    {
        var takes = StringWithQualityHeaderValue.TryParseList(accepted, out var list) ? list.Where(item => item.Quality is not 0).Select(item => item.Value.Value).ToList() : [];
        return brotli is not null && takes.Contains("br", StringComparer.OrdinalIgnoreCase) ? (brotli, "br")
            : gzip is not null && takes.Contains("gzip", StringComparer.OrdinalIgnoreCase) ? (gzip, "gzip")
            : (plain, "");
    }

    /// <summary>Changes whenever the stored bytes do, and with their coding.</summary>
    public EntityTagHeaderValue TagOf(FileInfo stored, string encoding) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"{plain.LastWriteTimeUtc.Ticks:x}-{stored.Length:x}{(encoding.Length > 0 ? "-" : "")}{encoding}\""));
}
