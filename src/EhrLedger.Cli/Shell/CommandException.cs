namespace EhrLedger.Cli.Shell;

/// <summary>A command ends here. The message is one line for whoever typed it: no secret, no health data, no text of another exception.</summary>
internal sealed class CommandException(ExitCode exitCode, string message) : Exception(message)
{
    /// <summary>Never <see cref="ExitCode.Fine"/>.</summary>
    public ExitCode ExitCode { get; } = exitCode;
}
