using System.Diagnostics;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Agents;

/// <summary>An agent that other people wrote (tests/CredoPeer), as a process of its own on loopback.</summary>
internal sealed class CredoAgent : IDisposable
{
    private const string Absent = "The other agent is absent: it needs Node.js, and npm ci --ignore-scripts in tests/CredoPeer.";

    private readonly Process _process;

    private CredoAgent(Process process) => _process = process;

    /// <summary>Starts it, or ignores the running test where it is not installed.</summary>
    public static async Task<CredoAgent> StartAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "CredoPeer");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Assert.Ignore(Absent);
        }

        var start = new ProcessStartInfo("node", ["agent.mjs", $"{TestConsortium.FreePorts(1)[0]}"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var agent = new CredoAgent(Process.Start(start)!);
        var first = await agent._process.StandardOutput.ReadLineAsync(cancellationToken);
        Assert.That(first, Is.EqualTo("""{"ready":true}"""));
        return agent;
    }

    /// <summary>Asks for something, and waits for the answer.</summary>
    public async Task<JsonNode?> AskAsync(string what, JsonObject? with = null)
    {
        var request = with ?? [];
        request["do"] = what;
        await _process.StandardInput.WriteLineAsync(request.ToJsonString());
        await _process.StandardInput.FlushAsync();
        var answer = JsonNode.Parse(await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Credo ended."))!;
        Assert.That((string?)answer["error"], Is.Null, what);
        return answer["value"];
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
