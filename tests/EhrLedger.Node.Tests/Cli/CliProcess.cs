using System.Diagnostics;
using EhrLedger.Node.Tests.Harness;

namespace EhrLedger.Node.Tests.Cli;

/// <summary>One run of <c>ehrledger</c> as a process of its own, as an operator starts it.</summary>
/// <param name="ExitCode">What the shell sees.</param>
/// <param name="Output">Results.</param>
/// <param name="Error">Everything else.</param>
internal sealed record CliProcess(int ExitCode, string Output, string Error)
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "ehrledger.dll");

    /// <summary>Runs it to its end.</summary>
    public static Task<CliProcess> RunAsync(params string[] arguments) => RunAsync("", null, arguments);

    /// <summary>Runs it with something piped in.</summary>
    public static Task<CliProcess> PipeAsync(string input, params string[] arguments) => RunAsync(input, null, arguments);

    /// <summary>Presses Ctrl+C as soon as the task is done.</summary>
    public static Task<CliProcess> InterruptAsync(Task when, params string[] arguments) => RunAsync("", when, arguments);

    private static async Task<CliProcess> RunAsync(string input, Task? interruptWhen, string[] arguments)
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
            if (interruptWhen is not null)
            {
                await interruptWhen.WaitAsync(limit.Token);
                using var signal = Process.Start("kill", ["-INT", $"{process.Id}"]);
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
