using EhrLedger.Cli.Importing;
using EhrLedger.Cli.Shell;
using EhrLedger.Crypto;
using EhrLedger.Tests.Cli.Shell;
using NUnit.Framework;

namespace EhrLedger.Tests.Cli.Importing;

public sealed class ImportStateTests
{
    private static readonly Uri Server = new("https://fhir.example/base");
    private static readonly Digest One = Digest.Of([1]);
    private static readonly Digest Two = Digest.Of([2]);
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Open() => _folder = new TemporaryFolder();

    [TearDown]
    public void Close() => _folder.Dispose();

    [Test]
    public void Remembers_the_last_mark_of_each_file()
    {
        Write((One, ImportMark.Begun), (Two, ImportMark.Begun), (One, ImportMark.Done));
        using var state = ImportState.Open(_folder["state"], Server);
        Assert.That((state.Find(One), state.Find(Two), state.Find(Digest.Of([3]))), Is.EqualTo(((ImportMark?)ImportMark.Done, (ImportMark?)ImportMark.Begun, (ImportMark?)null)));
    }

    [Test]
    public void Drops_a_line_that_a_crash_has_torn_wherever_it_was_torn()
    {
        Write((One, ImportMark.Done));
        var before = File.ReadAllBytes(_folder["state"]);
        using (var state = ImportState.Open(_folder["state"], Server))
        {
            state.Mark(Two, ImportMark.Done);
        }

        var after = File.ReadAllBytes(_folder["state"]);
        for (var length = 0; length < after.Length; length++)
        {
            _folder.Write("state", after[..length]);
            using (var torn = ImportState.Open(_folder["state"], Server))
            {
                Assert.That(torn.Find(Two), Is.Null);
                Assert.That(torn.Find(One), length >= before.Length ? Is.EqualTo(ImportMark.Done) : Is.Null);
                torn.Mark(Two, ImportMark.Refused);
            }

            using var again = ImportState.Open(_folder["state"], Server);
            Assert.That(again.Find(Two), Is.EqualTo(ImportMark.Refused));
        }
    }

    [Test]
    public void Refuses_the_state_of_another_server()
    {
        Write((One, ImportMark.Done));
        Assert.That(() => ImportState.Open(_folder["state"], new Uri("https://other.example/base")), Throws.TypeOf<CommandException>().With.Message.Contains("another server"));
    }

    [TestCase("some text\n")]
    [TestCase("ehrledger-import 1\nserver https://fhir.example/base\ndone 12\n")]
    public void Refuses_a_file_that_is_no_state_and_leaves_it_alone(string content)
    {
        _folder.Write("state", content);
        Assert.That(() => ImportState.Open(_folder["state"], Server), Throws.TypeOf<CommandException>());
        Assert.That(File.ReadAllText(_folder["state"]), Is.EqualTo(content));
    }

    [Test]
    public void Is_open_once_only()
    {
        using var first = ImportState.Open(_folder["state"], Server);
        Assert.That(() => ImportState.Open(_folder["state"], Server), Throws.TypeOf<CommandException>().With.Message.Contains("another import"));
    }

    private void Write(params (Digest File, ImportMark Mark)[] marks)
    {
        using var state = ImportState.Open(_folder["state"], Server);
        foreach (var (file, mark) in marks)
        {
            state.Mark(file, mark);
        }
    }
}
