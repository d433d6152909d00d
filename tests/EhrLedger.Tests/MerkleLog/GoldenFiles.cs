using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog;

/// <summary>Our own golden files: Golden/(format)/(accepted or refused)/(case).</summary>
internal static class GoldenFiles
{
    public static IEnumerable<TestCaseData> Of(string format) =>
        from outcome in (string[])["accepted", "refused"]
        from file in Directory.EnumerateFiles(Path.Combine(Folder, format, outcome)).Order(StringComparer.Ordinal)
        select new TestCaseData(file, outcome == "accepted").SetArgDisplayNames(Path.GetFileName(file), outcome);

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    private static string Folder
    {
        get
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root.FullName, "EhrLedger.sln")))
            {
                root = root.Parent ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
            }

            return Path.Combine(root.FullName, "tests", "EhrLedger.Tests", "MerkleLog", "Golden");
        }
    }
}
