using EhrLedger.Cli.Shell;
using EhrLedger.Tests.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Audits;

public sealed class HeadCommandTests
{
    private static readonly string Pin = SampleNode.Genesis.Digest.ToString();

    [Test]
    public async Task Shows_size_age_and_cosigners()
    {
        using var node = new SampleNode(42);
        var run = await CliRun.OfAsync(node, "log", "head", SampleNode.Address, "--pin", Pin);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(run.Output, Does.Contain("entries    42").And.Contains("cosigned   2026-01-01 00:00:00Z, ").And.Contains("cosigners  North"));
    }

    [Test]
    public async Task Finds_a_checkpoint_that_nobody_cosigned()
    {
        using var node = new SampleNode(42) { Damage = (path, bytes) => path == "/log/checkpoint" ? WithoutLastLine(bytes!) : bytes };
        var run = await CliRun.OfAsync(node, "log", "head", SampleNode.Address, "--pin", Pin);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Output, Does.Contain("not cosigned by a quorum"));
    }

    [Test]
    public async Task Finds_that_there_is_none_yet()
    {
        using var node = new SampleNode { Damage = (path, bytes) => path == "/log/checkpoint" ? null : bytes };
        Assert.That((await CliRun.OfAsync(node, "log", "head", SampleNode.Address, "--pin", Pin)).ExitCode, Is.EqualTo(ExitCode.Finding));
    }

    [Test]
    public async Task Says_3_where_a_web_server_is_no_node()
    {
        using var server = new SampleNode { Damage = (_, _) => "<html>"u8.ToArray() };
        Assert.That((await CliRun.OfAsync(server, "log", "head", SampleNode.Address)).ExitCode, Is.EqualTo(ExitCode.Unreachable));
    }

    private static byte[] WithoutLastLine(byte[] note) => note[..(note.AsSpan(0, note.Length - 1).LastIndexOf((byte)'\n') + 1)];
}
