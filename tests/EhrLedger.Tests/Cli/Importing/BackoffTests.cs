using EhrLedger.Cli.Importing;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Importing;

public sealed class BackoffTests
{
    [TestCase(1, null, 0.5)]
    [TestCase(2, null, 1)]
    [TestCase(6, null, 16)]
    [TestCase(7, null, 30)]
    [TestCase(60, null, 30)]
    [TestCase(1, 0, 0.5)]
    [TestCase(1, 7, 7)]
    [TestCase(1, 86_400, 120)]
    [TestCase(7, 2, 30)]
    public void Doubles_up_to_half_a_minute_and_heeds_the_server(int attempt, int? asked, double seconds) =>
        Assert.That(Backoff.PauseAfter(attempt, asked is { } span ? TimeSpan.FromSeconds(span) : null).TotalSeconds, Is.EqualTo(seconds));
}
