namespace EhrLedger.Cli.Shell;

/// <summary>
/// How far a long command is: one line that is redrawn where a person watches, and a new line every few seconds where the stream goes to a file. Thread-safe.
/// </summary>
/// <param name="terminal">Where it stands: the error stream.</param>
/// <param name="time">The clock.</param>
/// <param name="quiet">Shows no progress; <see cref="Interrupt"/> still speaks.</param>
internal sealed class ProgressLine(Terminal terminal, TimeProvider time, bool quiet)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan NextLine = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _shownAt = time.GetTimestamp();
    private int _width;

    /// <summary>Shows a text, if the last one stands long enough.</summary>
    /// <param name="text">Made only if it is shown; one line.</param>
    public void Show(Func<string> text)
    {
        lock (_lock)
        {
            if (quiet || time.GetElapsedTime(_shownAt) < (terminal.IsWatched ? Redraw : NextLine))
            {
                return;
            }

            _shownAt = time.GetTimestamp();
            if (terminal.IsWatched)
            {
                var line = text();
                terminal.Error.Write("\r" + line.PadRight(_width));
                _width = line.Length;
            }
            else
            {
                terminal.Note(text());
            }
        }
    }

    /// <summary>Says something for good; the progress goes on below it.</summary>
    public void Interrupt(string line)
    {
        lock (_lock)
        {
            Clear();
            terminal.Note(line);
        }
    }

    /// <summary>Takes the line away.</summary>
    public void End()
    {
        lock (_lock)
        {
            Clear();
        }
    }

    private void Clear()
    {
        if (_width > 0)
        {
            terminal.Error.Write("\r" + new string(' ', _width) + "\r");
            _width = 0;
        }
    }
}
