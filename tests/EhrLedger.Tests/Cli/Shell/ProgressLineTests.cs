using EhrLedger.Cli.Shell;
using EhrLedger.Tests.MerkleLog.Witnessing;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Shell;

public sealed class ProgressLineTests
{
    private readonly StoppedClock _clock = new(DateTimeOffset.UnixEpoch);
    private StringWriter _error = null!;

    [SetUp]
    public void Open() => _error = new StringWriter { NewLine = "\n" };

    [TearDown]
    public void Close() => _error.Dispose();

    [Test]
    public void Redraws_one_line_where_a_person_watches()
    {
        var line = new ProgressLine(Screen(isWatched: true), _clock, quiet: false);
        Step(line, "a long text", 1);
        Step(line, "short", 1);
        line.Interrupt("said");
        Assert.That(_error.ToString(), Is.EqualTo("\ra long text\rshort      \r     \rsaid\n"));
    }

    [Test]
    public void Writes_a_line_every_five_seconds_to_a_file()
    {
        var line = new ProgressLine(Screen(isWatched: false), _clock, quiet: false);
        for (var second = 1; second <= 11; second++)
        {
            Step(line, $"{second} s", 1);
        }

        line.End();
        Assert.That(_error.ToString(), Is.EqualTo("5 s\n10 s\n"));
    }

    [Test]
    public void Shows_nothing_where_quiet_is_asked_for()
    {
        var line = new ProgressLine(Screen(isWatched: true), _clock, quiet: true);
        Step(line, "progress", 60);
        line.End();
        Assert.That(_error.ToString(), Is.Empty);
    }

    private Terminal Screen(bool isWatched) => new(TextReader.Null, TextWriter.Null, _error) { IsWatched = isWatched };

    private void Step(ProgressLine line, string text, int seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        line.Show(() => text);
    }
}
