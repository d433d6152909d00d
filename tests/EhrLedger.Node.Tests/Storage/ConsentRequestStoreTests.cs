using EhrLedger.Node.Agents;
using EhrLedger.Node.Keys;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class ConsentRequestStoreTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly byte[] Resource = [.. Enumerable.Repeat((byte)7, 16)];
    private static readonly byte[] Request = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private string _folder = "";
    private OrganisationKeys _keys = null!;
    private SqliteFile _file = null!;
    private ConsentRequestStore _store = null!;

    [SetUp]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("ehrledger-requests-").FullName;
        var path = Path.Combine(_folder, "records.db");
        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(path)))
        {
            Schema.BringUpToDate(schema);
        }

        _keys = OrganisationKeys.Generate();
        _file = new SqliteFile(path);
        _store = new ConsentRequestStore(_file, new StorageKeys(_keys.Root), null!);
        Ask(Request);
    }

    [TearDown]
    public void Close()
    {
        _file.Dispose();
        _keys.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void What_was_asked_for_is_due_at_once_and_keeps_its_id()
    {
        Assert.That(Due().Single().Request, Is.EqualTo(Request));
        Assert.That(_file.Read(session => session.Find("SELECT Sealed FROM consent_requests", row => row.GetBytes(0))).AsSpan().IndexOf(Request), Is.Negative, "the id opens what was asked for: it is sealed");
    }

    [Test]
    public void What_is_put_off_is_due_then()
    {
        _store.PutOff(Due().Single(), Now.AddHours(1));
        Assert.That(Due(), Is.Empty);
        Assert.That(_store.FindDue(Now.AddHours(1), 10), Has.Count.EqualTo(1));
    }

    [Test]
    public void What_is_told_of_while_it_is_looked_at_is_looked_at_again([Values] bool wasPutOffBefore, [Values] bool isOver)
    {
        if (wasPutOffBefore)
        {
            _store.PutOff(Due().Single(), Now);
        }

        var looked = Due().Single();
        _file.Write(session => ConsentRequestStore.Wake(session, Resource));
        if (isOver)
        {
            _store.Remove(looked);
        }
        else
        {
            _store.PutOff(looked, Now.AddDays(30));
        }

        Assert.That(Due(), Has.Count.EqualTo(1));
    }

    [Test]
    public void What_asks_anew_while_it_is_looked_at_is_not_taken_out()
    {
        var looked = Due().Single();
        byte[] next = [.. Request.Reverse()];
        Ask(next);
        _store.Remove(looked);
        Assert.That(Due().Single().Request, Is.EqualTo(next));
    }

    [Test]
    public void What_is_over_is_gone()
    {
        _store.Remove(Due().Single());
        Assert.That(_store.FindDue(DateTimeOffset.MaxValue, 10), Is.Empty);
    }

    private void Ask(byte[] request)
    {
        var asking = _store.Asking(request);
        _file.Write(session => asking(session, Resource));
    }

    private IReadOnlyList<KeptConsentRequest> Due() => _store.FindDue(Now, 10);
}
