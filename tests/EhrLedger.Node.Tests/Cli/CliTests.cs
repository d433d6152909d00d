using System.Text.Json;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Cli;

/// <summary>Every command of <c>ehrledger</c> as a process, against real nodes.</summary>
public sealed class CliTests
{
    private TestConsortium _consortium = null!;
    private TestFolder _folder = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = new TestFolder();
        _consortium = await TestConsortium.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await _consortium.Sequencer.SubmitAsync(Entries.OpenSubject(_consortium).SignedBytes);
        }

        await _consortium.BecomesFinalEverywhereAsync(5);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _consortium?.Dispose();
        _folder?.Dispose();
    }

    private string Pin => _consortium.Genesis.Digest.ToString();

    private string Genesis => _consortium.Folder["genesis.cbor"];

    [Test]
    public async Task A_legal_hold_is_set_shown_and_lifted()
    {
        var node = _consortium.Nodes[1];
        var resource = "Observation/" + await node.KeepAsync(Resources.Observation(await node.RegisterPatientAsync("Held"), "718-7", "2024-01-02", value: 1));
        Task<CliProcess> HoldAsync(params string[] arguments) => CliProcess.RunAsync(["hold", .. arguments, "--socket", node.AdminSocket]);

        Assert.That((await HoldAsync("show", resource)).Output.Trim(), Is.EqualTo("not held"));
        Assert.That((await HoldAsync("set", resource, "--ground", "proceedings")).ExitCode, Is.Zero);
        Assert.That((await HoldAsync("show", resource)).Output.Trim(), Is.EqualTo("held: proceedings"));
        Assert.That((await HoldAsync("set", resource, "--ground", "retention")).ExitCode, Is.Zero);
        Assert.That((await HoldAsync("show", resource)).Output.Trim(), Is.EqualTo("held: retention"));
        var refused = await HoldAsync("set", resource, "--ground", "curiosity");
        Assert.That((refused.ExitCode, refused.Output.Trim()), Is.EqualTo((1, "The node refuses: The ground is proceedings or retention.")));
        Assert.That((await HoldAsync("lift", resource)).ExitCode, Is.Zero);
        Assert.That((await HoldAsync("show", resource)).Output.Trim(), Is.EqualTo("not held"));
        foreach (var (arguments, exitCode, said) in new (string[], int, string)[]
        {
            (["lift", resource], 1, "Nothing holds it."),
            (["set", "Observation/nothing", "--ground", "retention"], 1, "There is no such resource."),
            (["show", "Observation"], 2, "A resource is named by its type and id, such as Observation/8d1f."),
        })
        {
            var run = await HoldAsync(arguments);
            Assert.That((run.ExitCode, (run.Output + run.Error).Trim()), Is.EqualTo((exitCode, said)));
        }
    }

    [Test]
    public async Task Audit_passes_each_node_and_goes_on_from_its_state()
    {
        foreach (var node in _consortium.Nodes)
        {
            var run = await CliProcess.RunAsync("log", "audit", node.Endpoint, "--pin", Pin, "--resume", _folder["audit"]);
            Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
            Assert.That(run.Output, Does.Match("^Fine: all [0-9]+ entries .*cosigned by .*North").And.Contains($"Genesis {Pin}, pinned."));
            Assert.That(run.Error, Is.Empty);
        }
    }

    [Test]
    public async Task Audit_finds_a_node_that_changes_a_byte_on_its_way_out()
    {
        await using var liar = await FakePeer.StartAsync();
        liar.Answer = async context =>
        {
            var bytes = await _consortium.Sequencer.Client.GetByteArrayAsync(context.Request.Path);
            if (context.Request.Path.StartsWithSegments("/log/tile/entries"))
            {
                bytes[^1] ^= 1;
            }

            await context.Response.Body.WriteAsync(bytes);
        };
        var run = await CliProcess.RunAsync("log", "audit", liar.Address.ToString(), "--genesis", Genesis, "--quiet");
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
        Assert.That(run.Output, Does.Match("^Finding: Entry [0-9]+ is not the one that the checkpoint pins.\n$"));
    }

    [Test]
    public async Task Audit_stops_when_it_is_told_to_and_leaves_its_state()
    {
        await using var slow = await FakePeer.StartAsync();
        var asked = new TaskCompletionSource();
        slow.Answer = async context =>
        {
            if (context.Request.Path.StartsWithSegments("/log/tile/entries"))
            {
                asked.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            await context.Response.Body.WriteAsync(await _consortium.Sequencer.Client.GetByteArrayAsync(context.Request.Path));
        };
        var run = await CliProcess.StopAsync(asked.Task, "log", "audit", slow.Address.ToString(), "--pin", Pin, "--resume", _folder["stopped"]);
        Assert.That((run.ExitCode, run.Error.Trim()), Is.EqualTo((130, "Stopped.")));
        Assert.That(File.Exists(_folder["stopped"]), Is.True);
    }

    [Test]
    public async Task Head_names_the_quorum()
    {
        var run = await CliProcess.RunAsync("log", "head", _consortium.Nodes[1].Endpoint, "--pin", Pin);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Match("entries    [0-9]+\n").And.Match("cosigned   20.* ago\n").And.Match("cosigners  .*North"));
    }

    [Test]
    public async Task Proof_is_fetched_and_verified_without_the_node()
    {
        var got = await CliProcess.RunAsync("proof", "get", _consortium.Nodes[2].Endpoint, "4", "--pin", Pin, "--out", _folder["proof"]);
        Assert.That(got.ExitCode, Is.Zero, got.Error);
        var verified = await CliProcess.RunAsync("proof", "verify", _folder["proof"], "--genesis", Genesis);
        Assert.That(verified.ExitCode, Is.Zero, verified.Error);
        Assert.That(verified.Output, Does.Contain("entry      4\n").And.Contains("type       SubjectOpened (20)"));

        var bytes = await File.ReadAllBytesAsync(_folder["proof"]);
        bytes[60] ^= 1;
        await File.WriteAllBytesAsync(_folder["forged"], bytes);
        Assert.That(verified.Output, Does.Contain("topic      Subject did:key:z6Mk"));
        Assert.That((await CliProcess.RunAsync("proof", "verify", _folder["forged"], "--pin", Pin, "--node", _consortium.Nodes[2].Endpoint)).ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task Import_writes_a_folder_once_and_says_what_was_refused()
    {
        var source = Directory.CreateDirectory(_folder["bundles"]).FullName;
        File.Copy(Path.Combine(Repository.FindRoot()!, "samples", "data", "ingrid-brandvold.json"), Path.Combine(source, "patient.json"));
        await File.WriteAllTextAsync(
            Path.Combine(source, "refused.json"),
            """{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Spaceship"}}]}""");
        var fhir = _consortium.Sequencer.Endpoint + "/fhir";
        var first = await CliProcess.RunAsync("import", fhir, source, "--workers", "2", "--client-key", _consortium.Sequencer.ClientKeyFile);
        Assert.That(first.ExitCode, Is.EqualTo(1), first.Output + first.Error);
        Assert.That(first.Error, Does.Match("^refused.json: HTTP 4[0-9][0-9]: .+\n(\\[[#.]+\\] .+\n)*$"), "the failure, and progress where it takes long");
        Assert.That(first.Output, Does.StartWith("1 file taken, 0 taken before, 1 failed; "));

        File.Delete(Path.Combine(source, "refused.json"));
        var second = await CliProcess.RunAsync("import", fhir, source, "--client-key", _consortium.Sequencer.ClientKeyFile);
        Assert.That(second.ExitCode, Is.Zero, second.Error);
        Assert.That(second.Output, Does.StartWith("0 files taken, 1 taken before, 0 failed; "));
        Assert.That(await CountPatientsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Import_takes_a_folder_of_Synthea_whole()
    {
        var source = PublishedData.PathOf("synthea/blaze-2021");
        var node = _consortium.Nodes[1];
        var chosen = Directory.CreateDirectory(_folder["synthea"]).FullName;
        foreach (var file in Directory.GetFiles(source).Where(file => new FileInfo(file).Length < 700_000))
        {
            File.Copy(file, Path.Combine(chosen, Path.GetFileName(file)));
        }

        var run = await CliProcess.RunAsync("import", node.Endpoint + "/fhir", chosen, "--client-key", node.ClientKeyFile);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(run.Output, Does.StartWith("5 files taken, 0 taken before, 0 failed; "));
    }

    [Test]
    public async Task Keys_are_named_from_the_files_that_the_node_writes()
    {
        await File.WriteAllBytesAsync(_folder["member"], _consortium.Nodes[0].Descriptor.Encode());
        var member = await CliProcess.RunAsync("keys", "did", _folder["member"]);
        Assert.That(member.Output, Does.StartWith($"{_consortium.Nodes[0].Organisation}  North (hospital), "));
        var genesis = await CliProcess.RunAsync("keys", "did", Genesis);
        Assert.That(genesis.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(4));
        Assert.That(genesis.Output, Does.StartWith($"genesis {Pin}  Test"));
    }

    [Test]
    public async Task A_phrase_is_read_from_the_input_and_not_shown()
    {
        var phrase = string.Join(' ', Enumerable.Repeat("abandon", 23)) + " art";
        var run = await CliProcess.PipeAsync(phrase, "keys", "phrase", "check");
        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(run.Output + run.Error, Does.Not.Contain("abandon"));
    }

    [Test]
    public async Task Usage_and_a_missing_node_have_codes_of_their_own()
    {
        Assert.That((await CliProcess.RunAsync("log", "nonsense")).ExitCode, Is.EqualTo(2));
        Assert.That((await CliProcess.RunAsync("log", "head", $"http://127.0.0.1:{TestConsortium.FreePorts(1)[0]}")).ExitCode, Is.EqualTo(3));
    }

    private async Task<int> CountPatientsAsync()
    {
        using var found = JsonDocument.Parse(await _consortium.Sequencer.Client.GetStringAsync("/fhir/Patient?name=brandvold"));
        return found.RootElement.TryGetProperty("entry", out var entries) ? entries.GetArrayLength() : 0;
    }
}
