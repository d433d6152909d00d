namespace EhrLedger.Tests;

/// <summary>The folder that holds EhrLedger.sln, above the one that the tests run in. Golden files are read from there.</summary>
internal static class Repository
{
    public static string? FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EhrLedger.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName;
    }

    /// <summary>The golden files of a folder of tests; the file name is the case name.</summary>
    public static IEnumerable<string> GoldenFiles(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "EhrLedger.Tests", folder, "Golden"), pattern);
}
