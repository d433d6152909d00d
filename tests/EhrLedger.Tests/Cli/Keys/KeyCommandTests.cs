using EhrLedger.Cli.Shell;
using EhrLedger.Crypto.Phrase;
using EhrLedger.Tests.Cli.Audits;
using EhrLedger.Tests.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Keys;

public sealed class KeyCommandTests
{
    private const string Did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
    private static readonly string Phrase = SeedPhrase.Format([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    [Test]
    public async Task Pass_a_phrase_that_is_right_and_do_not_repeat_it()
    {
        var run = await CheckAsync(Phrase.ToUpperInvariant().Replace(' ', '\n') + "\n");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(Phrase.Split(' ').Any(word => (run.Output + run.Error).Split(' ', ',', '.', '\n').Contains(word)), Is.False);
    }

    [TestCase("")]
    [TestCase("abandon abandon")]
    [TestCase("not a phrase at all")]
    public async Task Find_a_phrase_that_is_none(string words) => Assert.That((await CheckAsync(words)).ExitCode, Is.EqualTo(ExitCode.Finding));

    [Test]
    public async Task Find_two_words_in_the_wrong_order()
    {
        var words = Phrase.Split(' ');
        (words[3], words[4]) = (words[4], words[3]);
        Assert.That((await CheckAsync(string.Join(' ', words))).ExitCode, Is.EqualTo(ExitCode.Finding));
    }

    [Test]
    public async Task Read_no_more_than_a_phrase_of_an_endless_input() => Assert.That((await CheckAsync(new string('x', 1_000_000))).ExitCode, Is.EqualTo(ExitCode.Finding));

    [Test]
    public async Task Name_a_public_key_in_each_of_its_forms()
    {
        using var folder = new TemporaryFolder();
        var key = EhrLedger.Crypto.Signing.Ed25519PublicKey.FromDidKey(Did)!.Value;
        foreach (var file in new[] { folder.Write("raw", key.ToArray()), folder.Write("hex", Convert.ToHexString(key.ToArray()) + "\n"), folder.Write("did", Did + "\n") })
        {
            var run = await CliRun.OfAsync(null, "keys", "did", file);
            Assert.That((run.ExitCode, run.Output.Trim()), Is.EqualTo((ExitCode.Fine, Did)));
        }
    }

    [Test]
    public async Task Name_each_member_of_a_genesis()
    {
        using var folder = new TemporaryFolder();
        var run = await CliRun.OfAsync(null, "keys", "did", folder.Write("genesis", SampleNode.Genesis.Bytes.ToArray()));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Fine));
        Assert.That(run.Output, Does.StartWith($"genesis {SampleNode.Genesis.Digest}").And.Contains($"{SampleNode.Genesis.Sequencer}  North [31m (hospital), {SampleNode.Address}"));
    }

    [Test]
    public async Task Find_a_file_that_names_nobody()
    {
        using var folder = new TemporaryFolder();
        Assert.That((await CliRun.OfAsync(null, "keys", "did", folder.Write("file", new byte[32]))).ExitCode, Is.EqualTo(ExitCode.Finding));
    }

    private static Task<CliRun> CheckAsync(string input) => CliRun.OfAsync(null, input, CancellationToken.None, "keys", "phrase", "check");
}
