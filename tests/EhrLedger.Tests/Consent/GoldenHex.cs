using NUnit.Framework;

namespace EhrLedger.Tests.Consent;

/// <summary>Golden files of this folder: hexadecimal, 64 bytes a line; the file name is the case.</summary>
internal static class GoldenHex
{
    private static string Folder => Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "EhrLedger.Tests", "Consent", "Golden");

    public static byte[] Accepted(string codec) => Read(Path.Combine(Folder, codec, "accepted", "plain.hex"));

    public static IEnumerable<(string Case, byte[] Bytes)> Refused(string codec) =>
        Directory.EnumerateFiles(Path.Combine(Folder, codec, "refused"), "*.hex").Select(path => (Path.GetFileNameWithoutExtension(path), Read(path)));

    /// <summary>Writes the files of a new format. Run by hand, once: a file that exists is never changed.</summary>
    public static void Write(string codec, byte[] bytes)
    {
        var path = Path.Combine(Folder, codec, "accepted", "plain.hex");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            File.WriteAllText(path, string.Concat(bytes.Chunk(64).Select(line => Convert.ToHexStringLower(line) + "\n")));
        }
    }

    private static byte[] Read(string path) => Convert.FromHexString(string.Concat(File.ReadAllLines(path)));
}

internal sealed class GoldenFileMaking
{
    [Test]
    [Explicit("Makes the golden file of each format that has none yet.")]
    public void Writes_what_is_missing()
    {
        foreach (var codec in Codecs.All)
        {
            GoldenHex.Write(codec.Name, codec.Make(new Dice(0)));
        }
    }
}
