using System.Net;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Notes;
using EhrLedger.Node.Tests.Cli;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Ledger;

/// <summary>Checkpoints that carry ML-DSA-44 signatures besides those that count.</summary>
public sealed class QuantumSafeTests
{
    private TestConsortium _consortium = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync();
        await Eventually.BecomesTrueAsync("every node has a checkpoint with the lines of all", async () =>
        {
            await _consortium.Sequencer.SubmitAsync(Entries.OpenSubject(_consortium).SignedBytes);
            return (await Task.WhenAll(_consortium.Nodes.Select(FindAsync))).All(checkpoint => checkpoint?.QuantumSafeLines == 4);
        });
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task Every_line_verifies_under_the_key_that_its_member_has_signed()
    {
        var keys = new List<NoteVerifier>();
        foreach (var (node, member) in _consortium.Nodes.Zip(_consortium.Genesis.Members))
        {
            var statement = CosigningKeys.Open(await node.Client.GetByteArrayAsync("/ledger/cosigning-keys"), member, _consortium.Genesis);
            Assert.That(statement?.Log is not null, Is.EqualTo(node == _consortium.Sequencer));
            keys.AddRange(new[] { statement!.Witness, statement.Log }.OfType<NoteVerifier>());
        }

        Assert.That(keys, Has.Count.EqualTo(4).And.All.Property(nameof(NoteVerifier.Type)).EqualTo(NoteSignatureType.MlDsa44Cosignature));
        foreach (var node in _consortium.Nodes)
        {
            Assert.That((await FindAsync(node))!.Note.Open(keys), Has.Length.EqualTo(4), node.Name);
        }
    }

    [Test]
    public async Task A_statement_is_nobody_elses()
    {
        var (north, east) = (_consortium.Genesis.Members[0], _consortium.Genesis.Members[1]);
        var statement = await _consortium.Nodes[1].Client.GetByteArrayAsync("/ledger/cosigning-keys");
        Assert.That(CosigningKeys.Open(statement, east, _consortium.Genesis), Is.Not.Null);
        Assert.That(CosigningKeys.Open(statement, north, _consortium.Genesis), Is.Null);
        statement[^1] ^= 1;
        Assert.That(CosigningKeys.Open(statement, east, _consortium.Genesis), Is.Null);
    }

    [Test]
    public async Task An_audit_shows_that_they_verify()
    {
        var run = await CliProcess.RunAsync("log", "audit", _consortium.Sequencer.Endpoint, "--pin", _consortium.Genesis.Digest.ToString());
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Error);
        Assert.That(run.Output, Does.Match("ML-DSA-44: 4 signatures verify at size [0-9]+: North, the log, East(,| and) South"));
    }

    [Test]
    public async Task An_audit_finds_one_that_does_not()
    {
        await using var liar = await FakePeer.StartAsync();
        liar.Answer = async context =>
        {
            var path = context.Request.Path + context.Request.QueryString;
            using var response = await _consortium.Sequencer.Client.GetAsync(path);
            var bytes = await response.Content.ReadAsByteArrayAsync();
            if (response.StatusCode == HttpStatusCode.OK && context.Request.Path == "/ledger/quantum-safe-checkpoint")
            {
                var checkpoint = SignedCheckpoint.Parse(bytes)!;
                bytes = System.Text.Encoding.UTF8.GetBytes(checkpoint.Note.Text + "\n" + string.Concat(checkpoint.Note.Signatures.Select(line =>
                    (line.Bytes.Length > 1_000 ? new NoteSignature(line.Name, line.KeyId, line.Bytes.SetItem(1_000, (byte)(line.Bytes[1_000] ^ 1))) : line) + "\n")));
            }

            context.Response.StatusCode = (int)response.StatusCode;
            await context.Response.Body.WriteAsync(bytes);
        };
        var run = await CliProcess.RunAsync("log", "audit", liar.Address.ToString(), "--pin", _consortium.Genesis.Digest.ToString(), "--quiet");
        Assert.That(run.ExitCode, Is.EqualTo(1), run.Output + run.Error);
        Assert.That(run.Output, Does.Contain("ML-DSA-44 signature of North"));
    }

    private static async Task<SignedCheckpoint?> FindAsync(TestNode node)
    {
        using var response = await node.Client.GetAsync("/ledger/quantum-safe-checkpoint");
        return response.StatusCode == HttpStatusCode.OK ? SignedCheckpoint.Parse(await response.Content.ReadAsByteArrayAsync()) : null;
    }
}
