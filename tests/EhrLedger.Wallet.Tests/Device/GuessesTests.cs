using EhrLedger.Wallet.App.Device;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Device;

public sealed class GuessesTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 10, 0, 0, TimeSpan.Zero);

    [Test]
    public void The_pause_grows_from_the_third_wrong_PIN_on()
    {
        var guesses = Guesses.None;
        var pauses = new List<int>();
        for (var i = 0; i < 10; i++)
        {
            guesses = guesses.Again(Now);
            pauses.Add((int)guesses.LeftAt(Now).TotalSeconds);
        }

        Assert.That(pauses, Is.EqualTo(new[] { 0, 0, 5, 15, 60, 300, 900, 3600, 3600, 3600 }));
    }

    [Test]
    public void A_pause_ends_and_a_clock_that_was_set_back_does_not_make_it_longer()
    {
        var guesses = new Guesses(4, Now);
        Assert.Multiple(() =>
        {
            Assert.That(guesses.LeftAt(Now.AddSeconds(14)), Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(guesses.LeftAt(Now.AddSeconds(15)), Is.EqualTo(TimeSpan.Zero));
            Assert.That(guesses.LeftAt(Now.AddYears(-1)), Is.EqualTo(TimeSpan.FromSeconds(15)));
        });
    }

    [Test]
    public void What_is_kept_comes_back_and_nonsense_counts_as_none()
    {
        var guesses = new Guesses(7, Now);
        Assert.Multiple(() =>
        {
            Assert.That(Guesses.Parse(guesses.Encode()), Is.EqualTo(guesses));
            Assert.That(Guesses.Parse([1, 2, 3]), Is.EqualTo(Guesses.None));
            Assert.That(Guesses.Parse(Enumerable.Repeat((byte)0xff, 12).ToArray()), Is.EqualTo(Guesses.None));
        });
    }
}
