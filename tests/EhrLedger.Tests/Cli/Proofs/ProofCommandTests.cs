using EhrLedger.Cli.Proofs;
using EhrLedger.Cli.Shell;
using EhrLedger.Tests.Cli.Audits;
using EhrLedger.Tests.Cli.Shell;
using EhrLedger.Tests.MerkleLog;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Proofs;

public sealed class ProofCommandTests
{
    private static readonly string Pin = SampleNode.Genesis.Digest.ToString();
    private TemporaryFolder _folder = null!;
    private SampleNode _node = null!;
    private string _genesis = null!;

    [SetUp]
    public void Open()
    {
        _folder = new TemporaryFolder();
        _node = new SampleNode(20);
        _genesis = _folder.Write("genesis.cbor", SampleNode.Genesis.Bytes.ToArray());
    }

    [TearDown]
    public void Close()
    {
        _node.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Show_what_was_proven_without_asking_anybody()
    {
        var file = _folder.Write("proof", await _node.ProofAsync(7));
        var run = await CliRun.OfAsync(_node, "proof", "verify", file, "--genesis", _genesis);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(run.Output, Does.Contain("entry      7").And.Contains("logged     2026-01-01 00:00:00Z").And.Contains("number 2").And.Contains("type       Read (27)").And.Contains("cosigners  North"));
        Assert.That(_node.Asked, Is.Empty);
    }

    [Test]
    public async Task Take_the_genesis_from_a_node_that_the_pin_checks()
    {
        var file = _folder.Write("proof", await _node.ProofAsync(7));
        var run = await CliRun.OfAsync(_node, "proof", "verify", file, "--pin", Pin, "--node", SampleNode.Address);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That(run.Error, Is.Empty);
    }

    [Test]
    public async Task Refuse_a_genesis_file_that_the_pin_does_not_name()
    {
        var file = _folder.Write("proof", await _node.ProofAsync(7));
        Assert.That((await CliRun.OfAsync(_node, "proof", "verify", file, "--genesis", _genesis, "--pin", new string('0', 64))).ExitCode, Is.EqualTo(ExitCode.Usage));
    }

    [Test]
    public async Task Find_every_flipped_byte([Range(0, 9)] int tenth)
    {
        var proof = await _node.ProofAsync(7);
        proof[(proof.Length - 1) * tenth / 9] ^= 4;
        var run = await CliRun.OfAsync(_node, "proof", "verify", _folder.Write("proof", proof), "--genesis", _genesis);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(run.Output, Does.StartWith("Finding: "));
    }

    [Test]
    public async Task Fetch_and_keep_a_proof_that_holds()
    {
        var run = await CliRun.OfAsync(_node, "proof", "get", SampleNode.Address, "3", "--pin", Pin, "--out", _folder["proof"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine), run.Error);
        Assert.That((await CliRun.OfAsync(_node, "proof", "verify", _folder["proof"], "--genesis", _genesis)).Output, Does.Contain("entry      3"));
    }

    [Test]
    public async Task Keep_no_proof_of_another_entry()
    {
        var other = await _node.ProofAsync(4);
        _node.Damage = (path, bytes) => path == "/ledger/proofs/3" ? other : bytes;
        var run = await CliRun.OfAsync(_node, "proof", "get", SampleNode.Address, "3", "--pin", Pin, "--out", _folder["proof"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Finding));
        Assert.That(File.Exists(_folder["proof"]), Is.False);
    }

    [Test]
    public async Task Say_where_there_is_no_such_entry()
    {
        var run = await CliRun.OfAsync(_node, "proof", "get", SampleNode.Address, "20", "--pin", Pin, "--out", _folder["proof"]);
        Assert.That((run.ExitCode, run.Output.Trim()), Is.EqualTo((ExitCode.Finding, "http://node.example/ has no final entry 20.")));
    }

    [Test]
    public async Task Read_only_canonical_files()
    {
        var good = await _node.ProofAsync(7);
        Prop.ForAll((Mutation mutation) =>
        {
            var bytes = mutation.Of(good);
            return ProofFile.TryParse(bytes) is not { } read || read.Encode().AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();
        Assert.That(ProofFile.TryParse(good)!.Encode(), Is.EqualTo(good));
    }
}
