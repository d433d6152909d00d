using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Shell;

public sealed class CommandLineTests
{
    [TestCase("")]
    [TestCase("log")]
    [TestCase("keys phrase")]
    [TestCase("nonsense")]
    [TestCase("log audit")]
    [TestCase("log audit localhost")]
    [TestCase("log audit ftp://127.0.0.1")]
    [TestCase("log audit http://user:word@127.0.0.1")]
    [TestCase("log audit http://127.0.0.1:1 --pin 12")]
    [TestCase("log audit http://127.0.0.1:1 --genesis")]
    [TestCase("log audit http://127.0.0.1:1 --frobnicate")]
    [TestCase("log head http://127.0.0.1:1 --genesis no-such-file")]
    [TestCase("proof verify no-such-file")]
    [TestCase("proof verify no-such-file --pin 0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("proof verify no-such-file --node http://127.0.0.1:1")]
    [TestCase("proof get http://127.0.0.1:1 seven --out f")]
    [TestCase("proof get http://127.0.0.1:1 -7 --out f")]
    [TestCase("proof get http://127.0.0.1:1 7")]
    [TestCase("import http://127.0.0.1:1/fhir")]
    [TestCase("import http://127.0.0.1:1/fhir . --workers 0")]
    [TestCase("import http://127.0.0.1:1/fhir . --workers 33")]
    [TestCase("import http://127.0.0.1:1/fhir . --workers many")]
    [TestCase("import http://hospital.example/fhir .")]
    [TestCase("keys did no-such-file")]
    public async Task Refuses_what_it_does_not_understand_in_one_line_and_with_2(string line)
    {
        var run = await CliRun.OfAsync(null, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error.Trim().Split('\n'), Has.Length.EqualTo(1), run.Error);
        Assert.That(run.Error, Does.Not.Contain("Exception"));
        Assert.That(run.Output, Is.Empty);
    }

    [TestCase("--help")]
    [TestCase("log --help")]
    [TestCase("log audit --help")]
    [TestCase("import -h")]
    public async Task Explains_itself(string line)
    {
        var run = await CliRun.OfAsync(null, line.Split(' '));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(run.Output, Does.Contain("Usage:"));
    }

    // Port 1 of loopback has no listener.
    [TestCase("log audit http://127.0.0.1:1")]
    [TestCase("log head http://127.0.0.1:1")]
    [TestCase("proof get http://127.0.0.1:1 7 --out f")]
    public async Task Says_3_where_nobody_answers(string line)
    {
        var run = await CliRun.OfAsync(null, line.Split(' '));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Unreachable));
        Assert.That(run.Error.Trim(), Is.EqualTo("http://127.0.0.1:1/: not reachable."));
    }

    [Test]
    public async Task Says_130_where_it_was_stopped()
    {
        var run = await CliRun.OfAsync(null, "", new CancellationToken(canceled: true), "log", "head", "http://127.0.0.1:1");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Cancelled));
    }

    [TestCase("http://127.0.0.1:5080/fhir/", "http://127.0.0.1:5080/fhir")]
    [TestCase("https://node.example", "https://node.example/")]
    public void Takes_an_address_without_its_last_slash(string typed, string address)
    {
        Assert.That(NodeAddress.TryParse(typed, out var read), Is.True);
        Assert.That(read!.AbsoluteUri, Is.EqualTo(address));
    }
}
