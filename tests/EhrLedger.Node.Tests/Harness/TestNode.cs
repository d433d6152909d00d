using System.Net;
using System.Net.Http.Json;
using EhrLedger.Cli.Access;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Keys;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>One member's node as a process of its own, with its own folders, on its own port.</summary>
internal sealed class TestNode : IDisposable
{
    // Nodes of tests live for seconds: what was compiled ahead (by .ci/run) is good enough for them.
    private static readonly IReadOnlyDictionary<string, string> Runtime = new Dictionary<string, string>
    {
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_TC_CallCounting"] = Environment.GetEnvironmentVariable("EHRLEDGER_NODES_AHEAD") == "1" ? "0" : "1",
    };

    private readonly TestFolder _folder;
    private readonly MovedClock _clock;
    private NodeProcess? _process;

    public TestNode(TestFolder folder, string name, int port, MovedClock? clock = null)
    {
        _folder = folder;
        _clock = clock ?? new MovedClock();
        Name = name;
        Endpoint = $"http://127.0.0.1:{port}";
        Client = new HttpClient(new ActingHeaders(ClientKeyFile, _clock)) { BaseAddress = new Uri(Endpoint), Timeout = TimeSpan.FromSeconds(30) };
        Keys = new FileKeyStore(KeysFolder, null).Find() ?? NewKeys();
    }

    public string Name { get; }

    public string Endpoint { get; }

    public HttpClient Client { get; }

    public OrganisationKeys Keys { get; }

    public OrganisationId Organisation => Keys.Organisation;

    public string Data => _folder[Name + "/data"];

    public string LogFile => Path.Combine(Data, "log.db");

    /// <summary>Of each start. Nothing of a directory is shared unless a test is about that.</summary>
    public IReadOnlyList<string> Settings { get; set; } = ["--shared-types", "none"];

    public MemberDescriptor Descriptor => Keys.Describe(Name, "hospital", Endpoint);

    public NodeProcess Process => _process ?? throw new InvalidOperationException($"{Name} does not run.");

    /// <summary>The operator's socket. Not in the data folder, whose path may be too long for one.</summary>
    public string AdminSocket { get; } = Path.Combine(Path.GetTempPath(), $"el-{Guid.NewGuid():N}.sock");

    /// <summary>The development client's private key; there once the node has started.</summary>
    public string ClientKeyFile => Path.Combine(KeysFolder, "development-client.jwk");

    private string KeysFolder => _folder[Name + "/keys"];

    /// <summary>Starts the process and waits until it answers.</summary>
    public async Task StartAsync(bool ignoresFileSizeSignal = false, params string[] more)
    {
        _process = NodeProcess.Start(
            ["--data", Data, "--keys", KeysFolder, "--genesis", _folder["genesis.cbor"], "--urls", Endpoint, "--admin-socket", AdminSocket, "--name", Name, "--gossip-interval", "00:00:00.300", "--quantum-safe-interval", "00:00:01", .. Settings, .. more],
            Runtime.Concat(_clock.Environment).ToDictionary(),
            ignoresFileSizeSignal);
        await Eventually.BecomesTrueAsync($"{Name} answers", async () =>
        {
            Assert.That(Process.HasExited, Is.False, () => $"{Name} ended: {Process.Output}");
            return await FindHealthAsync() is not null;
        }, 60);
    }

    public void Kill()
    {
        _process?.Kill();
        _process?.Dispose();
        _process = null;
    }

    public async Task StopAsync()
    {
        await Process.StopAsync();
        _process!.Dispose();
        _process = null;
    }

    /// <summary>A full disk: writes beyond so many bytes of a file fail. Needs a process that was started to ignore the signal.</summary>
    /// <param name="bytes">A number, or <c>unlimited</c>.</param>
    public async Task LimitFilesAsync(string bytes)
    {
        using var limit = System.Diagnostics.Process.Start("prlimit", ["--pid", $"{Process.Id}", $"--fsize={bytes}:unlimited"]);
        await limit.WaitForExitAsync();
        Assert.That(limit.ExitCode, Is.Zero);
    }

    /// <summary>Null while it does not answer.</summary>
    public async Task<Health?> FindHealthAsync()
    {
        try
        {
            using var response = await Client.GetAsync("/health");
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable ? await response.Content.ReadFromJsonAsync<Health>() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>An access token of the development client that may do everything.</summary>
    public async Task<string> FindTokenAsync()
    {
        using var source = new TokenSource(Client, new Uri(Endpoint + "/auth/token"), ClientKey.Read(ClientKeyFile), new Acting(null, null, null), TokenSource.EveryScope, _clock);
        return await source.FindAsync(CancellationToken.None);
    }

    public async Task<AlarmLine[]> AlarmsAsync() => await Client.GetFromJsonAsync<AlarmLine[]>("/alarms") ?? [];

    /// <summary>Whether an alarm of this kind names the member.</summary>
    public async Task<bool> CriesAsync(string kind, OrganisationId about) =>
        (await AlarmsAsync()).Any(alarm => alarm.Kind == kind && alarm.Detail.Contains(about.ToString(), StringComparison.Ordinal));

    public async Task BecomesFinalAsync(ulong size, int seconds = 30) =>
        await Eventually.BecomesTrueAsync($"{Name} has {size} final leaves", async () => await FindHealthAsync() is { } health && health.FinalSize >= size, seconds);

    /// <summary>Copies the stopped node's log to a folder of this name, as a backup does.</summary>
    public string CopyLog(string name)
    {
        var folder = Directory.CreateDirectory(Data + "." + name).FullName;
        foreach (var file in Directory.GetFiles(Data, "log.db*"))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    /// <summary>Puts the copy in the place of the stopped node's log.</summary>
    public void RestoreLog(string copy)
    {
        foreach (var file in Directory.GetFiles(Data, "log.db*"))
        {
            File.Delete(file);
        }

        foreach (var file in Directory.GetFiles(copy))
        {
            File.Copy(file, Path.Combine(Data, Path.GetFileName(file)));
        }
    }

    public void Dispose()
    {
        Kill();
        File.Delete(AdminSocket);
        Client.Dispose();
        Keys.Dispose();
    }

    private OrganisationKeys NewKeys()
    {
        var keys = OrganisationKeys.Generate();
        new FileKeyStore(KeysFolder, null).Keep(keys);
        return keys;
    }
}

internal sealed record Health(string Role, string Organisation, ulong Size, ulong FinalSize, long? FinalAgeSeconds, int Alarms, bool Store);

internal sealed record AlarmLine(string Kind, string Detail, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, long Count);

internal sealed record FindingLine(string Kind, string Member, string Detail);
