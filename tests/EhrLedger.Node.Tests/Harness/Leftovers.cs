using System.Collections.Concurrent;
using System.Diagnostics;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>Processes that this test run has started and not yet ended. Whatever ends the run ends them, by their own ids and no others.</summary>
internal static class Leftovers
{
    private static readonly ConcurrentDictionary<int, bool> Running = new();

    public static void Add(int id) => Running[id] = true;

    public static void Remove(int id) => Running.TryRemove(id, out _);

    public static void KillOwn()
    {
        foreach (var id in Running.Keys)
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill(entireProcessTree: true);
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
            {
                // It has ended in the meantime.
            }
        }
    }
}
