using NUnit.Framework;

namespace EhrLedger.Tests;

/// <summary>The folder of published vectors and real inputs: EHRLEDGER_DATA, or ../shared/data from the root of the repository.</summary>
internal static class PublishedData
{
    /// <summary>Reads a file, or ignores the running test with a plain reason where the folder is absent.</summary>
    public static byte[] Read(string path) => File.ReadAllBytes(PathOf(path));

    /// <summary>The full path of a file or folder in it; ignores the running test where the folder is absent.</summary>
    public static string PathOf(string path)
    {
        if (FindFolder() is not { } folder)
        {
            Assert.Ignore("The folder of published data is absent: set EHRLEDGER_DATA to it.");
            throw new InvalidOperationException("Assert.Ignore ends the test.");
        }

        return Path.Combine(folder, path);
    }

    /// <summary>Null where it is absent: for sources of test cases, which run before any test can be ignored.</summary>
    public static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("EHRLEDGER_DATA") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : null;
        }

        return Repository.FindRoot() is { } root && Path.Combine(root, "..", "shared", "data") is var folder && Directory.Exists(folder) ? folder : null;
    }
}
