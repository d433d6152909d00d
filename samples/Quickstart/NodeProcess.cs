using System.Diagnostics;
using System.Text.Json;

namespace Quickstart;

/// <summary>One organisation's node, a process of its own with its own databases and keys.</summary>
internal sealed class NodeProcess(string name, string kind, string folder, int port) : IDisposable
{
    private static readonly string Dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    private Process? _process;

    public string Name => name;

    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    public string Data => Path.Combine(folder, "data");

    /// <summary>Key of the development client, which the node makes at its first start.</summary>
    public string ClientKeyFile => Path.Combine(folder, "keys", "development-client.jwk");

    public string MemberFile => Path.Combine(folder, "member.cbor");

    /// <summary>did:key of the organisation; known once the keys are made.</summary>
    public string Organisation { get; private set; } = "";

    public HttpClient Http { get; } = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(5) };

    private string[] Settings => ["--data", Data, "--keys", Path.Combine(folder, "keys"), "--urls", $"http://127.0.0.1:{port}", "--name", name, "--kind", kind];

    /// <summary>Makes the organisation's keys, and the file that the others need of it.</summary>
    public async Task MakeKeysAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var said = await RunAsync(["member", "--out", MemberFile, .. Settings], cancellationToken);
        Organisation = said.Split(' ').First(word => word.StartsWith("did:key:", StringComparison.Ordinal)).TrimEnd(';', '.', ',');
    }

    /// <summary>Founds a consortium.</summary>
    public async Task FoundAsync(string consortium, string file, IEnumerable<NodeProcess> members, CancellationToken cancellationToken) =>
        await RunAsync(["genesis", "--name", consortium, "--sequencer", Organisation, "--out", file, .. members.Select(member => member.MemberFile)], cancellationToken);

    /// <summary>Starts the node, and returns when it answers.</summary>
    public async Task StartAsync(string genesis, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Dotnet) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["exec", Executable, .. Settings, "--genesis", genesis])
        {
            start.ArgumentList.Add(argument);
        }

        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, "node.log"), append: true) { AutoFlush = true });
        _process = Process.Start(start) ?? throw new StepFailedException($"The node of {name} does not start.");
        _process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        _process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var started = Stopwatch.StartNew();
        while (started.Elapsed < TimeSpan.FromMinutes(2))
        {
            if (_process.HasExited)
            {
                throw new StepFailedException($"The node of {name} ended with {_process.ExitCode}: see {Path.Combine(folder, "node.log")}.");
            }

            if (await FindHealthAsync(cancellationToken) is not null)
            {
                return;
            }

            await Task.Delay(100, cancellationToken);
        }

        throw new StepFailedException($"The node of {name} does not answer.");
    }

    /// <summary>What GET /health says; null while the node does not answer.</summary>
    public async Task<JsonElement?> FindHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = JsonDocument.Parse(await Http.GetByteArrayAsync("/health", cancellationToken));
            return answer.RootElement.Clone();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_process is { HasExited: false } process)
        {
            using var signal = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(20));
            await process.WaitForExitAsync(limit.Token);
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            process.WaitForExit(5_000);
        }

        _process?.Dispose();
        _process = null;
        Http.Dispose();
    }

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "EhrLedger.Node.dll");

    private static async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Dotnet) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["exec", Executable, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new StepFailedException("The node's program does not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? await output : throw new StepFailedException((await errors).Trim());
    }
}
