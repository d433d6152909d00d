using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EhrLedger.Benchmarks.Http;

/// <summary>A server in a process of its own, on a free port, with a folder of its own that goes with it.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private readonly StringBuilder _said = new();
    private readonly ProcessStartInfo _start;
    private readonly string _ready;
    private Process _process;

    private ChildServer(Uri address, string folder, ProcessStartInfo start, string ready)
    {
        Address = address;
        Folder = folder;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.WorkingDirectory = folder;
        (_start, _ready) = (start, ready);
        _process = Start();
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    /// <summary>Ends in a slash.</summary>
    public Uri Address { get; }

    public string Folder { get; }

    /// <summary>A node's key of its development client; not there for any other server.</summary>
    public string ClientKeyFile => Path.Combine(Folder, "keys", "development-client.jwk");

    /// <summary>CPU time that the process has used.</summary>
    public TimeSpan Used
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The node with its defaults, but for folders and port.</summary>
    public static Task<ChildServer> StartNodeAsync(int? port = null, string? folder = null, params string[] more)
    {
        folder ??= NewFolder();
        var url = $"http://127.0.0.1:{port ?? FreePort()}";
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "EhrLedger.Node.dll"), "--data", Path.Combine(folder, "data"), "--keys", Path.Combine(folder, "keys"), "--urls", url, "--client-rate", "1000000", .. more]);
        return StartedAsync(new ChildServer(new Uri(url + "/"), folder, start, "health"));
    }

    /// <param name="searchable">With indices for searches by date and without a patient, which make its writes slower.</param>
    public static Task<ChildServer> StartReferenceAsync(bool searchable = false)
    {
        var folder = NewFolder();
        var url = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [typeof(ChildServer).Assembly.Location, "reference", url, folder, .. searchable ? (string[])["searchable"] : []]);
        return StartedAsync(new ChildServer(new Uri(url + "/"), folder, start, "fhir/metadata"));
    }

    /// <summary>Ends the process, and starts it again on the same folder: nothing is in memory.</summary>
    public async Task RestartAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        _process = Start();
        await StartedAsync(this).ConfigureAwait(false);
    }

    public static string NewFolder() => Directory.CreateTempSubdirectory("ehrledger-benchmark-").FullName;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static async Task<ChildServer> StartedAsync(ChildServer server)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(60);)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(server.Address, server._ready)).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    return server;
                }
            }
            catch (Exception starting) when (starting is HttpRequestException or TaskCanceledException)
            {
                // Not listening yet.
            }

            if (server._process.HasExited)
            {
                break;
            }

            await Task.Delay(50).ConfigureAwait(false);
        }

        var said = server.Said();
        await server.DisposeAsync().ConfigureAwait(false);
        throw new InvalidOperationException($"The server did not come up. It said:\n{said}");
    }

    private Process Start()
    {
        var process = Process.Start(_start) ?? throw new InvalidOperationException("The process did not start.");
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    // A benchmark that is stopped half-way leaves no server behind.
    private void KillAtExit(object? sender, EventArgs arguments) => _process.Kill(entireProcessTree: true);

    private string Said()
    {
        lock (_said)
        {
            return _said.ToString();
        }
    }

    private void Keep(string? line)
    {
        lock (_said)
        {
            if (_said.Length < 20_000)
            {
                _said.AppendLine(line);
            }
        }
    }
}
