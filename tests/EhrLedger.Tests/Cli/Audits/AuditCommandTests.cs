using EhrLedger.Cli.Audits;
using EhrLedger.Cli.Shell;
using EhrLedger.Tests.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Audits;

public sealed class AuditCommandTests
{
    private static readonly string Pin = SampleNode.Genesis.Digest.ToString();
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Open() => _folder = new TemporaryFolder();

    [TearDown]
    public void Close() => _folder.Dispose();

    [TestCase(1)]
    [TestCase(256)]
    [TestCase(700)]
    public async Task Passes_a_log_that_is_as_it_says(int entries)
    {
        using var node = new SampleNode(entries);
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(run.Output, Does.StartWith($"Fine: all {entries} entries").And.Contains("cosigned by North [31m,").And.Contains("pinned"));
    }

    [Test]
    public async Task Says_plainly_whose_word_it_takes_where_nothing_is_pinned()
    {
        using var node = new SampleNode(5);
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(run.Error, Does.Contain("Who the members are is this node's word"));
        Assert.That(run.Output, Does.Contain("not pinned"));
    }

    [Test]
    public async Task Says_nothing_where_all_is_fine_and_quiet_is_asked_for()
    {
        using var node = new SampleNode(300);
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--quiet");
        Assert.That((run.ExitCode, run.Output, run.Error), Is.EqualTo((ExitCode.Fine, "", "")));
    }

    [Test]
    public async Task Takes_a_genesis_file_too()
    {
        using var node = new SampleNode(5);
        var genesis = _folder.Write("genesis.cbor", SampleNode.Genesis.Bytes.ToArray());
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--genesis", genesis);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(run.Error, Is.Empty);
    }

    [Test]
    public async Task Finds_a_node_of_another_consortium()
    {
        using var node = new SampleNode(5);
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", new string('0', 64));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Output, Does.Contain("another consortium"));
    }

    [TestCase("/log/checkpoint", "Finding: The log has no checkpoint.")]
    [TestCase("/log/tile/1/000.p/2", "Finding: Tile 0 at level 1 is missing.")]
    [TestCase("/log/tile/entries/001", "Finding: Entry bundle 1 is missing.")]
    public async Task Finds_what_is_missing(string path, string finding)
    {
        using var node = new SampleNode(700) { Damage = (asked, bytes) => asked == path ? null : bytes };
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin);
        Assert.That((run.ExitCode, run.Output.Trim()), Is.EqualTo((ExitCode.Finding, finding)));
    }

    [Test]
    public async Task Finds_a_changed_byte_even_when_quiet()
    {
        using var node = new SampleNode(700)
        {
            Damage = (path, bytes) =>
            {
                if (path == "/log/tile/entries/001")
                {
                    bytes![^1] ^= 1;
                }

                return bytes;
            },
        };
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--quiet");
        Assert.That((run.ExitCode, run.Output.Trim()), Is.EqualTo((ExitCode.Finding, "Finding: Entry 511 is not the one that the checkpoint pins.")));
    }

    [Test]
    public async Task Finds_a_gap_in_a_topic_that_the_checkpoint_covers()
    {
        using var node = new SampleNode(10);
        node.Append(SampleNode.TopicOf(0), 7);
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Output, Does.StartWith("Finding: Entry 10 breaks a rule: it is number 7 of its topic").And.Contains("whose next is 4."));
    }

    [Test]
    public async Task Goes_on_where_it_was_stopped()
    {
        using var node = new SampleNode(700);
        using var stop = new CancellationTokenSource();
        node.Before = path =>
        {
            if (path.StartsWith("/log/tile/entries/002", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        };
        var stopped = await CliRun.OfAsync(node, "", stop.Token, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        Assert.That(stopped.ExitCode, Is.EqualTo(ExitCode.Cancelled), stopped.Error);
        Assert.That(AuditFile.Read(_folder["state"], SampleNode.Genesis.Digest).State.Size, Is.EqualTo(512));

        node.Before = _ => { };
        node.Asked.Clear();
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Output);
        Assert.That(node.Asked, Does.Not.Contain("/log/tile/entries/000").And.Not.Contains("/log/tile/entries/001"));
    }

    [Test]
    public async Task Knows_the_topics_of_an_earlier_run()
    {
        using var node = new SampleNode(10);
        await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        node.Append(SampleNode.TopicOf(1), 9);
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        Assert.That(run.Output, Does.StartWith("Finding: Entry 10 breaks a rule: it is number 9"));
    }

    [Test]
    public async Task Finds_a_log_that_went_back_since_an_earlier_run()
    {
        using var node = new SampleNode(10);
        await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        using var shorter = new SampleNode(9);
        var run = await CliRun.OfAsync(shorter, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        Assert.That((run.ExitCode, run.Output.Trim()), Is.EqualTo((ExitCode.Finding, "Finding: The log has 9 entries, and had 10.")));
    }

    [Test]
    public async Task Refuses_a_state_that_is_none()
    {
        using var node = new SampleNode(10);
        _folder.Write("state", "something else");
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(File.ReadAllText(_folder["state"]), Is.EqualTo("something else"));
    }

    [Test]
    public async Task Saves_how_far_it_came_where_the_node_goes_away()
    {
        using var node = new SampleNode(700);
        node.Before = path =>
        {
            if (path.StartsWith("/log/tile/entries/002", StringComparison.Ordinal))
            {
                throw new HttpRequestException();
            }
        };
        var run = await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin, "--resume", _folder["state"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(run.Error.Trim(), Is.EqualTo("http://node.example/: not reachable. 512 entries are checked."));
        Assert.That(AuditFile.Read(_folder["state"], SampleNode.Genesis.Digest).State.Size, Is.EqualTo(512));
    }

    [Test]
    public async Task Bears_a_node_that_is_away_for_a_moment()
    {
        using var node = new SampleNode(700);
        var left = 3;
        node.Before = path =>
        {
            if (path.StartsWith("/log/tile/entries", StringComparison.Ordinal) && left-- > 0)
            {
                throw new HttpRequestException();
            }
        };
        Assert.That((await CliRun.OfAsync(node, "log", "audit", SampleNode.Address, "--pin", Pin)).ExitCode, Is.EqualTo(ExitCode.Fine));
    }
}
