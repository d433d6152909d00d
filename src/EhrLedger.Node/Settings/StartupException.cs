namespace EhrLedger.Node.Settings;

/// <summary>The node can't start, and the operator can do something about it: the message is printed as it is, without a stack.</summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">A plain sentence that says what to do.</param>
/// <param name="cause">For the debugger; null where there is none.</param>
internal sealed class StartupException(ExitCode exitCode, string message, Exception? cause = null) : Exception(message, cause)
{
    public ExitCode ExitCode => exitCode;
}

/// <summary>Exit codes of the executable; docs/operations.md lists them.</summary>
internal enum ExitCode
{
    /// <summary>Stopped as asked.</summary>
    Fine = 0,

    /// <summary>A loop broke, and the node stopped rather than limp on.</summary>
    Broken = 1,

    /// <summary>Settings or arguments that can't be.</summary>
    Settings = 2,

    /// <summary>Wrong passphrase, or keys that are missing.</summary>
    Keys = 3,

    /// <summary>The store, or the genesis in it, can't be used.</summary>
    Store = 4,
}
