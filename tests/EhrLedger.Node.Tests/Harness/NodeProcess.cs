using System.Diagnostics;
using System.Text;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>A running executable of the node, and what it has said.</summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "EhrLedger.Node.dll");
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private bool _disposed;

    static NodeProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Leftovers.KillOwn();

    private NodeProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Leftovers.Add(process.Id);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts it.</summary>
    /// <param name="arguments">As on a command line.</param>
    /// <param name="environment">Added to this process's own.</param>
    /// <param name="ignoresFileSizeSignal">Lets a limit on file sizes show as a failed write instead of a signal, as a full disk does.</param>
    public static NodeProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool ignoresFileSizeSignal = false)
    {
        var start = ignoresFileSizeSignal
            ? new ProcessStartInfo("/bin/sh", ["-c", "trap '' XFSZ; exec \"$@\"", "sh", "dotnet", "exec", Executable, .. arguments])
            : new ProcessStartInfo("dotnet", ["exec", Executable, .. arguments]);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new NodeProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is closed.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        Leftovers.Remove(Id);
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
        }

        await WaitAsync();
    }

    /// <summary>SIGSTOP: connections stay, and nothing is answered until it goes on.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task GoOnAsync() => SignalAsync("CONT");

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        Leftovers.Remove(Id);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Kill();
            _process.Dispose();
        }
    }

    private async Task SignalAsync(string name)
    {
        using var signal = Process.Start("kill", [$"-{name}", $"{Id}"]);
        await signal.WaitForExitAsync();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
        }
    }
}
