using System.Diagnostics;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>Waiting for something that other processes bring about: polled, bounded, and told what was missing.</summary>
internal static class Eventually
{
    public static async Task BecomesTrueAsync(string what, Func<Task<bool>> isSo, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (watch.Elapsed.TotalSeconds > seconds)
            {
                Assert.Fail($"Not within {seconds} s: {what}.");
            }

            await Task.Delay(20);
        }
    }
}
