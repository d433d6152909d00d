namespace EhrLedger.Cli.Shell;

/// <summary>The three streams of a process. Results go to the output, everything else to the error stream, so that a result can be piped.</summary>
/// <param name="Input">What is typed or piped in.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">Progress, notes and failures. Written to by one thread at a time.</param>
internal sealed record Terminal(TextReader Input, TextWriter Output, TextWriter Error)
{
    /// <summary>Whether a person watches the error stream, so that a line may be redrawn.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Reads a key without showing it; null where the input is piped.</summary>
    public Func<ConsoleKeyInfo>? ReadHiddenKey { get; init; }

    /// <summary>The real ones.</summary>
    public static Terminal OfThisProcess() => new(Console.In, Console.Out, TextWriter.Synchronized(Console.Error))
    {
        IsWatched = !Console.IsErrorRedirected,
        ReadHiddenKey = Console.IsInputRedirected ? null : () => Console.ReadKey(intercept: true),
    };

    /// <summary>A result.</summary>
    public void Say(string line) => Output.WriteLine(line);

    /// <summary>Something beside the result.</summary>
    public void Note(string line) => Error.WriteLine(line);
}
