using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>What an operator meets at the first start, and when something is set wrongly.</summary>
public sealed class StartUpTests
{
    private TestFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TestFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Without_settings_there_is_a_consortium_of_one_with_its_keys_elsewhere()
    {
        var url = $"http://127.0.0.1:{TestConsortium.FreePorts(1)[0]}";
        using var node = NodeProcess.Start(["--data", _folder["data"], "--urls", url], Home);
        await Eventually.BecomesTrueAsync("it greets", () => Task.FromResult(node.Output.Contains("Ctrl+C", StringComparison.Ordinal) || node.HasExited));
        Assert.That(node.Output, Does.Contain("did:key:z6Mk").And.Contain($"{url}/fhir").And.Contain(_folder["data"]).And.Not.Contain("info:"));
        var keys = Directory.GetFiles(_folder["config"], "*.key*", SearchOption.AllDirectories);
        Assert.That(keys, Has.Length.EqualTo(3));
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.That(keys.Select(File.GetUnixFileMode).Distinct().Single(), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(keys[0])!), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));

        using var second = NodeProcess.Start(["--data", _folder["data"], "--urls", "http://127.0.0.1:1"], Home);
        await EndsAsync(second, 4, "another node runs on it");
        await node.StopAsync();
        Assert.That(node.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Fhir_over_http_on_an_open_address_is_refused() => await EndsAsync(Start("--urls", "http://0.0.0.0:5999"), 2, "can be reached from other machines");

    [Test]
    public async Task Fhir_on_every_address_needs_a_name() => await EndsAsync(Start("--urls", "https://0.0.0.0:5999"), 2, "set publicUrl");

    [Test]
    public async Task A_socket_s_path_that_no_system_takes_is_refused() => await EndsAsync(Start("--admin-socket", "/tmp/" + new string('s', 100)), 2, "more than 100 bytes");

    [Test]
    public async Task Keys_in_the_data_folder_are_refused() => await EndsAsync(Start("--keys", _folder["data/keys"]), 2, "may not lie in the data folder");

    [Test]
    public async Task An_unknown_option_is_refused() => await EndsAsync(Start("--date", "x"), 2, "is no option");

    [TestCase("Patient")]
    [TestCase("Organization,Device")]
    [TestCase("organization")]
    public async Task A_type_that_can_t_be_shared_is_refused(string types) => await EndsAsync(Start("--shared-types", types), 2, "can't be shared: write none, or some of HealthcareService,Location,");

    [TestCase("{", "Line 1 ($) has not the form of a table of categories.")]
    [TestCase("""{"version":1,"types":[{"category":"Secret","types":["Flag"]}],"byCategoryElement":[],"byCode":[]}""", "has not the form of a table of categories.")]
    [TestCase("""{"version":1,"types":[{"category":"Problems","types":["Flagg"]}],"byCategoryElement":[],"byCode":[]}""", "R4 has no resource type Flagg.")]
    public async Task A_table_of_categories_that_can_t_be_used_is_one_line(string table, string says)
    {
        await File.WriteAllTextAsync(_folder["table.json"], table);
        await EndsAsync(Start("--category-table", _folder["table.json"]), 2, $"The table of categories {_folder["table.json"]} can't be used. ");
        await EndsAsync(Start("--category-table", _folder["table.json"]), 2, says);
    }

    [Test]
    public async Task A_table_of_categories_that_is_not_there_is_one_line() => await EndsAsync(Start("--category-table", _folder["none.json"]), 2, $"The table of categories {_folder["none.json"]} can't be read.");

    [TestCase("00:00:00")]
    [TestCase("02:00:00")]
    public async Task A_sharing_interval_out_of_bounds_is_refused(string interval) => await EndsAsync(Start("--sharing-interval", interval), 2, "The sharing interval is 100 ms to 1 hour.");

    [Test]
    public async Task An_address_in_use_is_told_plainly()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        await EndsAsync(Start("--urls", $"http://{taken.LocalEndpoint}"), 2, "listens on one of");
    }

    [Test]
    public async Task A_wrong_passphrase_is_one_line()
    {
        var files = new Dictionary<string, string>();
        foreach (var name in (string[])["right", "wrong"])
        {
            files[name] = _folder[name + ".txt"];
            await File.WriteAllTextAsync(files[name], name + " passphrase\n");
        }

        using var made = NodeProcess.Start(["member", "--data", _folder["data"], "--passphrase-file", files["right"], "--out", _folder["me.member"]], Home);
        await EndsAsync(made, 0, "did:key:");
        using var refused = NodeProcess.Start(["--data", _folder["data"], "--passphrase-file", files["wrong"]], Home);
        await EndsAsync(refused, 3, "passphrase does not open");
        Assert.That(refused.Output.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(Directory.GetFiles(_folder["config"], "guard.key", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task Data_without_their_keys_are_not_given_new_ones()
    {
        Directory.CreateDirectory(_folder["data"]);
        await File.WriteAllBytesAsync(_folder["data/genesis.cbor"], [1]);
        await EndsAsync(Start(), 3, "belong to keys that are not in");
    }

    [Test]
    public async Task Three_commands_found_a_consortium()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            using var member = NodeProcess.Start(["member", "--data", _folder[name], "--name", name, "--urls", "http://127.0.0.1:5080", "--out", _folder[name + ".member"]], Home);
            await EndsAsync(member, 0, "did:key:");
        }

        using var founding = NodeProcess.Start(["genesis", "--name", "Three", "--out", _folder["genesis.cbor"], _folder["a.member"], _folder["b.member"], _folder["c.member"]], Home);
        await EndsAsync(founding, 0, "of 3");
        var genesis = Genesis.TryParse(await File.ReadAllBytesAsync(_folder["genesis.cbor"]));
        Assert.That(genesis!.Members.Select(member => member.Name), Is.EqualTo((string[])["a", "b", "c"]));
        Assert.That(genesis.CustodyThreshold, Is.EqualTo(2));
        Assert.That(genesis.Sequencer, Is.EqualTo(genesis.Members[0].Organisation));
        Assert.That(genesis.RecoveryHours, Is.EqualTo(24));
    }

    [TestCase("72", 0, "has the genesis")]
    [TestCase("0", 2, "waits 1 to 720 hours")]
    [TestCase("721", 2, "waits 1 to 720 hours")]
    [TestCase("a day", 2, "not 'a day'")]
    public async Task How_long_recoveries_wait_at_least_is_said_at_the_founding(string hours, int exitCode, string saying)
    {
        using var member = NodeProcess.Start(["member", "--data", _folder["data"], "--name", "a", "--urls", "http://127.0.0.1:5080", "--out", _folder["a.member"]], Home);
        await EndsAsync(member, 0, "did:key:");
        using var founding = NodeProcess.Start(["genesis", "--recovery-hours", hours, "--out", _folder["genesis.cbor"], _folder["a.member"]], Home);
        await EndsAsync(founding, exitCode, saying);
        Assert.That(File.Exists(_folder["genesis.cbor"]) ? Genesis.TryParse(await File.ReadAllBytesAsync(_folder["genesis.cbor"]))!.RecoveryHours : 0, Is.EqualTo(exitCode == 0 ? 72 : 0));
    }

    private Dictionary<string, string> Home => new() { ["XDG_CONFIG_HOME"] = _folder["config"] };

    private NodeProcess Start(params string[] arguments) => NodeProcess.Start(["--data", _folder["data"], .. arguments], Home);

    private static async Task EndsAsync(NodeProcess process, int exitCode, string saying)
    {
        await process.WaitAsync();
        Assert.That(process.Output, Does.Contain(saying));
        Assert.That(process.ExitCode, Is.EqualTo(exitCode));
        Assert.That(process.Output, Does.Not.Contain("   at "));
        process.Dispose();
    }
}
