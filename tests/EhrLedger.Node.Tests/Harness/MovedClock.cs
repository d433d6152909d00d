using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>The clock of a consortium's nodes and of the phones with it. Moved, the nodes' processes see another time than the machine has, by libfaketime (Debian's package faketime), and everything else about them is as it always is.</summary>
internal sealed class MovedClock : TimeProvider
{
    private static readonly string? Library =
        Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib", "*-linux-*").Select(folder => Path.Combine(folder, "faketime", "libfaketime.so.1")).FirstOrDefault(File.Exists) : null;

    /// <summary>Ahead of the machine's clock.</summary>
    public TimeSpan By { get; private set; }

    /// <summary>What a node's process is started with, so that it sees this clock's time.</summary>
    public IReadOnlyDictionary<string, string> Environment => By == TimeSpan.Zero ? new Dictionary<string, string>() : new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library!,
        ["FAKETIME"] = $"+{(long)By.TotalSeconds}",

        // Waiting takes as long as ever.
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Skips the test where the clock of a process can't be moved.</summary>
    public static void Require()
    {
        if (Library is null)
        {
            Assert.Ignore("libfaketime is absent: install Debian's package faketime.");
        }
    }

    /// <summary>For processes that start after this.</summary>
    public void MoveOn(TimeSpan by) => By += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + By;
}
