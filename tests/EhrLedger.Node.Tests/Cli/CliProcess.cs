using System.Diagnostics;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;

namespace EhrLedger.Node.Tests.Cli;

/// <summary>One run of <c>ehrledger</c> as a process of its own, as an operator starts it.</summary>
/// <param name="ExitCode">What the shell sees.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">Everything else.</param>
internal sealed record CliProcess(int ExitCode, string Output, string Error)
{
    // Its own folder, not that of the tests: there are libraries that it needs, and that a web application finds in its framework.
    private static readonly string Executable = Path.Combine(
        Repository.FindRoot()!, "src", "EhrLedger.Cli", Path.GetRelativePath(Path.Combine(Repository.FindRoot()!, "tests", "EhrLedger.Node.Tests"), AppContext.BaseDirectory), "ehrledger.dll");

    /// <summary>Runs it to its end.</summary>
    public static Task<CliProcess> RunAsync(params string[] arguments) => RunAsync("", null, arguments);

    /// <summary>Runs it with something piped in.</summary>
    public static Task<CliProcess> PipeAsync(string input, params string[] arguments) => RunAsync(input, null, arguments);

    /// <summary>Asks it to stop as soon as the task is done: SIGTERM, because what starts the tests may have them ignore the SIGINT of Ctrl+C, which is handled the same.</summary>
    public static Task<CliProcess> StopAsync(Task when, params string[] arguments) => RunAsync("", when, arguments);

    private static async Task<CliProcess> RunAsync(string input, Task? stopWhen, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Executable, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        Leftovers.Add(process.Id);
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            if (stopWhen is not null)
            {
                await stopWhen.WaitAsync(limit.Token);
                using var signal = Process.Start("kill", ["-TERM", $"{process.Id}"]);
                await signal.WaitForExitAsync(limit.Token);
            }

            await process.WaitForExitAsync(limit.Token);
            return new CliProcess(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            Leftovers.Remove(process.Id);
        }
    }
}
