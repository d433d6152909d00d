namespace EhrLedger.Cli.Shell;

/// <summary>What the process ends with: docs/cli.md, exit codes. A number never changes its meaning.</summary>
internal enum ExitCode
{
    /// <summary>All is as it should be.</summary>
    Fine = 0,

    /// <summary>Something was looked at and found wrong, or not everything was taken.</summary>
    Finding = 1,

    /// <summary>The command line can't be, or a local file can't be read or written.</summary>
    Usage = 2,

    /// <summary>The node or server can't be reached, or is something else.</summary>
    Unreachable = 3,

    /// <summary>A fault of this program.</summary>
    Fault = 70,

    /// <summary>Stopped by Ctrl+C or a termination signal.</summary>
    Cancelled = 130,
}
