using EhrLedger.Cli;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Tests.Cli.Shell;

/// <summary>One run of <c>ehrledger</c> within this process: what it was given, and what it said.</summary>
internal sealed class CliRun
{
    private CliRun(ExitCode exitCode, string output, string error) => (ExitCode, Output, Error) = (exitCode, output, error);

    public ExitCode ExitCode { get; }

    public string Output { get; }

    public string Error { get; }

    /// <summary>Runs a command line.</summary>
    /// <param name="network">Stands for everything beyond this process; the caller's, and used again. Null where the command needs none.</param>
    /// <param name="arguments">As typed.</param>
    public static Task<CliRun> OfAsync(HttpMessageHandler? network, params string[] arguments) => OfAsync(network, "", CancellationToken.None, arguments);

    public static async Task<CliRun> OfAsync(HttpMessageHandler? network, string input, CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var http = network is null ? Surroundings.CreateHttp() : new HttpClient(network, disposeHandler: false);
        var terminal = new Terminal(new StringReader(input), output, TextWriter.Synchronized(error));
        var exitCode = await CommandLine.RunAsync(arguments, new Surroundings(terminal, http, new ImpatientClock()), cancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }
}
