using System.Globalization;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>
/// Of what a test repeats over seeds, moments or types, the part that this run takes: everything, unless <c>EHRLEDGER_SAMPLE</c> says n; then every nth, another one each day, so that n days take all.
/// </summary>
internal static class Sample
{
    private static readonly int Every = int.TryParse(Environment.GetEnvironmentVariable("EHRLEDGER_SAMPLE"), CultureInfo.InvariantCulture, out var every) && every > 0 ? every : 1;

    /// <summary>At least one of them.</summary>
    public static IEnumerable<T> Of<T>(params IReadOnlyList<T> all)
    {
        var today = (int)(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 86_400);
        var every = Math.Min(Every, all.Count);
        return all.Where((_, place) => (place + today) % every == 0);
    }

    /// <summary>How often, of so many times; at least once.</summary>
    public static int Times(int all) => Math.Max((all + Every - 1) / Every, 1);
}
