using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Importing;

/// <summary>Counts what an import does, and shows it. Thread-safe.</summary>
/// <param name="line">Shows it.</param>
/// <param name="time">The clock.</param>
/// <param name="files">How many files there are in all.</param>
/// <param name="bytes">And how long they are together.</param>
internal sealed class ImportMeter(ProgressLine line, TimeProvider time, int files, long bytes)
{
    private const int BarWidth = 20;

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();
    private long _bytesDone;
    private long _bytesTaken;
    private long _resources;

    /// <summary>Files that the server took in this run.</summary>
    public int Taken { get; private set; }

    /// <summary>Files that it had taken in an earlier one.</summary>
    public int TakenBefore { get; private set; }

    /// <summary>Files that it did not take, or perhaps not.</summary>
    public int Failed { get; private set; }

    /// <summary>Counts a file that was taken.</summary>
    public void Take(BundleFile file)
    {
        lock (_lock)
        {
            Taken++;
            _resources += file.Resources;
            _bytesTaken += file.Bytes;
            Move(file);
        }
    }

    /// <summary>Counts a file that an earlier run sent.</summary>
    public void TakeAsBefore(BundleFile file)
    {
        lock (_lock)
        {
            TakenBefore++;
            Move(file);
        }
    }

    /// <summary>Counts a file that was not taken, and says why.</summary>
    /// <param name="file">Which.</param>
    /// <param name="why">One line; it ends with one full stop, whether it brings one or not.</param>
    public void Fail(BundleFile file, string why)
    {
        lock (_lock)
        {
            Failed++;
            Move(file);
            line.Interrupt($"{Printable.Line(file.Name)}: {why.TrimEnd('.')}.");
        }
    }

    /// <summary>Says something about a file that is still under way.</summary>
    public void Note(string text) => line.Interrupt(text);

    /// <summary>One line for the end.</summary>
    public string Summary()
    {
        lock (_lock)
        {
            var elapsed = time.GetElapsedTime(_startedAt);
            var left = files - Taken - TakenBefore - Failed;
            return $"{Counted(Taken, "file")} taken, {TakenBefore} taken before, {Failed} failed{(left > 0 ? $", {left} not sent" : "")}; "
                + $"{Counted(_resources, "resource")}, {Printable.Megabytes(_bytesTaken)} in {Printable.Span(elapsed)} ({Rate(elapsed):N0} resources/s).";
        }
    }

    private static string Counted(long count, string what) => $"{count:N0} {what}{(count == 1 ? "" : "s")}";

    private void Move(BundleFile file)
    {
        _bytesDone += file.Bytes;
        line.Show(Text);
    }

    private string Text()
    {
        var share = bytes == 0 ? 1 : (double)_bytesDone / bytes;
        var bar = new string('#', (int)(share * BarWidth)).PadRight(BarWidth, '.');
        return $"[{bar}] {Taken + TakenBefore + Failed}/{files} files, {_resources:N0} resources, {Printable.Megabytes(_bytesDone)} of {Printable.Megabytes(bytes)}, "
            + $"{Rate(time.GetElapsedTime(_startedAt)):N0} resources/s";
    }

    private double Rate(TimeSpan elapsed) => _resources / Math.Max(elapsed.TotalSeconds, 0.001);
}
