using EhrLedger.Node.Tests.Harness;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>Pages of a search: kept sealed, for the same caller, over a restart.</summary>
public sealed class PagingTests
{
    private TestConsortium _consortium = null!;
    private string _patient = "";
    private string[] _ids = [];

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task WriteAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        _patient = await Node.RegisterPatientAsync("Paging");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await Node.KeepAsync(Resources.Observation(_patient, "paging", $"2024-01-0{i + 1}")));
        }

        _ids = [.. ids];
    }

    [OneTimeTearDown]
    public void Stop() => _consortium.Dispose();

    [Test]
    public async Task Links_lead_on_and_back_and_say_nothing()
    {
        var first = await SearchAsync();
        var second = await FollowAsync(LinkOf(first, "next")!);
        var third = await FollowAsync(LinkOf(second, "next")!);
        Assert.That(third.Ids, Is.EqualTo(_ids[4..]));
        Assert.That(LinkOf(third, "next"), Is.Null);
        Assert.That((await FollowAsync(LinkOf(third, "previous")!)).Ids, Is.EqualTo(_ids[2..4]));
        Assert.That((await FollowAsync(LinkOf(third, "first")!)).Ids, Is.EqualTo(_ids[..2]));
        Assert.That((await FollowAsync(LinkOf(third, "self")!)).Ids, Is.EqualTo(third.Ids));
        Assert.That((LinkOf(first, "previous"), LinkOf(second, "previous") is null), Is.EqualTo(((string?)null, false)));
        string[] links = [LinkOf(first, "next")!, LinkOf(second, "next")!, LinkOf(third, "self")!, LinkOf(await SearchAsync(), "next")!];
        Assert.That(links, Is.Unique, "each is sealed anew");
        Assert.That(links.Select(link => link.Length).Distinct().Count(), Is.EqualTo(1));
        Assert.That(links, Has.None.Contains(_patient).And.None.Contains("paging"));
    }

    [Test]
    public async Task Pages_outlive_a_restart_and_lie_sealed()
    {
        var next = LinkOf(await SearchAsync(), "next")!;
        await Node.StopAsync();
        var rows = Query("SELECT Sealed FROM searches");
        Assert.That(rows, Is.Not.Empty);
        foreach (var told in (string[])[_patient, "paging", _ids[3], "TREAT"])
        {
            Assert.That(rows.All(row => row.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(told)) < 0), told);
        }

        await Node.StartAsync();
        Assert.That((await FollowAsync(next)).Ids, Is.EqualTo(_ids[2..4]));
    }

    [Test]
    public async Task Nobody_else_goes_on()
    {
        var next = LinkOf(await SearchAsync(("X-Acting-Person", "Dr One"), ("X-Acting-Role", "physician")), "next")!;
        foreach (var caller in ((string, string)[][])
            [[], [("X-Acting-Person", "Dr Two"), ("X-Acting-Role", "physician")], [("X-Acting-Person", "Dr One")], [("X-Acting-Person", "Dr One"), ("X-Acting-Role", "physician"), ("X-Purpose-Of-Use", "HPAYMT")]])
        {
            (await FollowAsync(next, caller)).AssertIsOutcome(410);
        }

        Assert.That((await FollowAsync(next, ("X-Acting-Person", "Dr One"), ("X-Acting-Role", "physician"))).Ids, Is.EqualTo(_ids[2..4]));
        (await FollowAsync(next[..^2] + (next.EndsWith("AA", StringComparison.Ordinal) ? "BB" : "AA"), ("X-Acting-Person", "Dr One"), ("X-Acting-Role", "physician"))).AssertIsOutcome(410);
    }

    [Test]
    public async Task An_expired_page_is_gone()
    {
        var next = LinkOf(await SearchAsync(), "next")!;
        await Node.StopAsync();
        Execute("UPDATE searches SET Until = 1");
        await Node.StartAsync();
        (await FollowAsync(next)).AssertIsOutcome(410);
    }

    [Test]
    public async Task Each_page_is_logged_and_shows_no_more_what_was_deleted()
    {
        var extra = await Node.KeepAsync(Resources.Observation(_patient, "paging", "2023-01-01"));
        var last = LinkOf(await SearchAsync(("X-Acting-Person", "Dr Log")), "next")!;
        var person = await FollowAsync(last, ("X-Acting-Person", "Dr Log"));
        Assert.That(person.Ids, Is.EqualTo(_ids[1..3]));
        var book = await AuthorsBook.OpenAsync(Node);
        var ids = book.Versions.ToDictionary(version => version.Header.Record, version => version.Id);
        Assert.That(book.Reads.Where(read => read.Person == "Dr Log").SelectMany(read => read.Records).Select(record => ids[record]).Distinct(), Is.EquivalentTo(_ids[..4].Append(extra)), "and what begins the next one");
        Assert.That((await Node.DeleteAsync($"Observation/{extra}")).Status, Is.EqualTo(204));
        Assert.That((await FollowAsync(LinkOf(person, "first")!, ("X-Acting-Person", "Dr Log"))).Ids, Is.EqualTo(_ids[..1]));
    }

    private async Task<FhirReply> SearchAsync(params (string, string)[] caller)
    {
        var reply = await Node.GetAsync($"Observation?patient={_patient}&code=paging&_sort=date&_count=2", caller);
        Assert.That(reply.Ids, Has.Count.EqualTo(2));
        return reply;
    }

    private Task<FhirReply> FollowAsync(string link, params (string, string)[] caller) => Node.CallAsync(HttpMethod.Get, new Uri(link).PathAndQuery, null, caller);

    private static string? LinkOf(FhirReply reply, string relation) =>
        (string?)reply.Json["link"]!.AsArray().SingleOrDefault(link => (string?)link!["relation"] == relation)?["url"];

    private List<byte[]> Query(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<byte[]>();
        while (reader.Read())
        {
            rows.Add(reader.GetFieldValue<byte[]>(0));
        }

        return rows;
    }

    private void Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.That(command.ExecuteNonQuery(), Is.Positive);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(Node.Data, "records.db")};Pooling=False");
        connection.Open();
        return connection;
    }
}
