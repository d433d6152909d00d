using NUnit.Framework;

namespace EhrLedger.Tests.Consent;

/// <summary>Golden files of this folder: hexadecimal, 64 bytes a line; the file name is the case.</summary>
internal static class GoldenHex
{
    private static string Folder => Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "EhrLedger.Tests", "Consent", "Golden");

    public static string Read(string name) => string.Concat(File.ReadAllLines(Path.Combine(Folder, name + ".hex")));

    /// <summary>Files whose names begin with <c>refused-</c> and the name of a format.</summary>
    public static IEnumerable<string> Refused(string codec) => Directory.EnumerateFiles(Folder, $"refused-{codec}-*.hex").Select(Path.GetFileNameWithoutExtension)!;

    /// <summary>Writes the files of a new format. Run by hand, once: a file that exists is never changed.</summary>
    public static void Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name + ".hex");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, string.Concat(bytes.Chunk(64).Select(line => Convert.ToHexStringLower(line) + "\n")));
        }
    }
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
