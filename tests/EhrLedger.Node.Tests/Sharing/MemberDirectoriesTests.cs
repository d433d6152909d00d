using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Ledger.Membership;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Sharing;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using EhrLedger.Node.Tests.Harness;
using Hl7.Fhir.Model;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Sharing;

/// <summary>What a node keeps of others' directories, over restarts and new countings, and how much of it at most.</summary>
public sealed class MemberDirectoriesTests
{
    private readonly DirectorySeries _first = DirectorySeries.Generate();
    private readonly DirectorySeries _second = DirectorySeries.Generate();
    private TestFolder _folder = null!;
    private SymmetricKey _root = null!;
    private StorageKeys _keys = null!;
    private SqliteFile _file = null!;
    private OrganisationId _author;
    private MemberDirectories _directories = null!;

    [SetUp]
    public void Open()
    {
        _folder = new TestFolder();
        _root = SymmetricKey.Generate();
        _keys = new StorageKeys(_root);
        using var key = Ed25519PrivateKey.Generate();
        _author = new OrganisationId(key.Public);
        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(_folder["records.db"])))
        {
            schema.Database.Migrate();
        }

        _file = new SqliteFile(_folder["records.db"]);
        _directories = new MemberDirectories(_file, _keys, new ServerBase("http://reader.example/fhir"), TimeProvider.System);
    }

    [TearDown]
    public void Close()
    {
        _file.Dispose();
        _keys.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void An_entry_has_one_name_for_ever_and_another_authors_has_another()
    {
        Assert.That(Take(_first, 1, Entry(1, "a")));
        var name = NameOf("a");
        Assert.That(name, Does.Match("^Organization/[0-9a-f]{32}$"));
        Reopen();
        Assert.That(NameOf("a"), Is.EqualTo(name));
        Assert.That(_directories.ProgressOf(_author), Is.EqualTo(((DirectorySeries?)_first, 1UL)));
        using var key = Ed25519PrivateKey.Generate();
        var other = new OrganisationId(key.Public);
        Assert.That(_directories.Take(new DirectoryPortion(other, Digest.Of([1]), _first, 1, [Entry(1, "a")])));
        Assert.That(_directories.Rewrite(other, FhirReference.Parse("Organization/a")!), Is.Not.EqualTo(name));
    }

    [Test]
    public void What_a_newer_counting_does_not_have_goes_when_that_is_whole_and_not_before()
    {
        Assert.That(Take(_first, 2, Entry(1, "a"), Entry(2, "b")));
        Assert.That(Take(_second, 2, Entry(1, "b")));
        Assert.That(new[] { NameOf("a"), NameOf("b") }, Has.None.Null);
        Reopen();
        Assert.That(NameOf("a"), Is.Not.Null);
        Assert.That(_directories.ProgressOf(_author), Is.EqualTo(((DirectorySeries?)_second, 1UL)));
        Assert.That(Take(_second, 2, Entry(2, "c")));
        Assert.That((NameOf("a"), NameOf("b") is null, NameOf("c") is null), Is.EqualTo(((string?)null, false, false)));
        Reopen();
        Assert.That((NameOf("a"), NameOf("b") is null, NameOf("c") is null), Is.EqualTo(((string?)null, false, false)));
        Assert.That(Take(_first, 0), "a directory without an entry");
        Assert.That(Rows, Is.Zero);
    }

    [Test]
    public void More_than_a_directory_may_have_is_refused_and_countings_that_never_end_leave_nothing_behind()
    {
        const ulong never = ulong.MaxValue / 4;
        var number = 0UL;
        for (var id = 0; id < DirectoryQuota.MostEntries; id += DirectoryPortion.MostEntries)
        {
            Assert.That(Take(_first, never, [.. Enumerable.Range(id, Math.Min(DirectoryPortion.MostEntries, DirectoryQuota.MostEntries - id)).Select(i => Entry(++number, $"a{i}"))]));
        }

        Assert.That(Take(_first, never, Entry(++number, "one-more")), Is.False);
        Assert.That(Take(_first, never, Entry(++number, "a1", removed: true), Entry(++number, "one-more")));
        for (var round = 0; round < 2; round++)
        {
            var series = DirectorySeries.Generate();
            number = 0;
            for (var id = 0; id < DirectoryQuota.MostEntries; id += DirectoryPortion.MostEntries)
            {
                Assert.That(Take(series, never, [.. Enumerable.Range(id, Math.Min(DirectoryPortion.MostEntries, DirectoryQuota.MostEntries - id)).Select(i => Entry(++number, $"{(char)('b' + round)}{i}"))]));
                Assert.That(Rows, Is.AtMost(2 * DirectoryQuota.MostEntries));
            }
        }
    }

    [Test]
    public void Of_whom_an_entry_is_damaged_everything_is_asked_for_again()
    {
        Assert.That(Take(_first, 2, Entry(1, "a"), Entry(2, "b")));
        _file.Write(session => session.Execute("UPDATE shared_entries SET Sealed = x'00' WHERE Key = (SELECT MIN(Key) FROM shared_entries)"));
        Reopen();
        Assert.That((_directories.ProgressOf(_author), Rows), Is.EqualTo((((DirectorySeries?)null, 0UL), 1)));
        Assert.That(Take(_first, 2, Entry(1, "a"), Entry(2, "b")));
        Assert.That((NameOf("a") is null, NameOf("b") is null, Rows), Is.EqualTo((false, false, 2)));
        Reopen();
        Assert.That((NameOf("a") is null, NameOf("b") is null), Is.EqualTo((false, false)));
    }

    [Test]
    public void A_type_that_its_own_rule_does_not_have_is_passed_over()
    {
        Assert.That(Take(_first, 2, new SharedEntry(1, "Patient", "p", """{"resourceType":"Patient","id":"p"}"""u8.ToArray()), Entry(2, "a")));
        Assert.That(Rows, Is.EqualTo(1));
        Assert.That(_directories.Find("Patient", "p"), Is.Null);
    }

    [TestCase("name=river", "Riverside")]
    [TestCase("name:exact=Hilltop", "Hilltop")]
    [TestCase("partof=Organization/{a}", "Hilltop")]
    [TestCase("partof=Organization/{a}&name=river", "")]
    [TestCase("_id={a}", "Riverside")]
    public void A_search_opens_what_it_looks_for_alone_after_a_restart_too(string search, string found)
    {
        Assert.That(Take(_first, 3, Named(1, "a", "Riverside"), Named(2, "b", "Hilltop", partOf: "a"), Named(3, "c", "Third")));
        for (var round = 0; round < 2; round++)
        {
            var query = Query(search.Replace("{a}", NameOf("a")!["Organization/".Length..], StringComparison.Ordinal));
            var budget = new SearchBudget(found.Length == 0 ? 0 : 1);
            Assert.That(string.Join(' ', _directories.Find(query, budget, CancellationToken.None)!.Cast<Organization>().Select(one => one.Name)), Is.EqualTo(found));
            Reopen();
        }
    }

    [Test]
    public void A_search_finds_by_what_is_shared_now_whenever_that_came()
    {
        Assert.That(Take(_first, 2, Named(1, "a", "Riverside"), Named(2, "b", "Hilltop", partOf: "a")));
        var query = Query($"partof={NameOf("a")}");
        Assert.That(Take(_first, 3, Entry(3, "a", removed: true)));
        Assert.That(_directories.Find(query, new SearchBudget(1), CancellationToken.None), Is.Empty);
        Reopen();
        Assert.That(Take(_first, 4, Named(4, "a", "Riverside")));
        Assert.That(_directories.Find(query, new SearchBudget(1), CancellationToken.None), Has.Count.EqualTo(1));
    }

    [Test]
    public void More_than_the_budget_has_left_is_not_opened()
    {
        Assert.That(Take(_first, 3, Named(1, "a", "Riverside"), Named(2, "b", "Hilltop"), Named(3, "c", "Third")));
        var budget = new SearchBudget(5);
        Assert.That(_directories.Find(Query(""), budget, CancellationToken.None), Has.Count.EqualTo(3));
        Assert.That(_directories.Find(Query("name:contains=i"), budget, CancellationToken.None), Is.Null, "two are left for the second search of the request");
    }

    private static SharedEntry Named(ulong number, string id, string name, string? partOf = null)
    {
        var json = Resources.Parse($$"""{ "resourceType": "Organization", "id": "{{id}}", "name": "{{name}}" }""");
        return new(number, "Organization", id, Encoding.UTF8.GetBytes((partOf is null ? json : json.With("partOf", new JsonObject { ["reference"] = $"Organization/{partOf}" })).ToJsonString()));
    }

    private static SearchQuery Query(string search) => SearchQuery.Parse(
        "Organization",
        search.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=')).Select(pair => (pair[0], pair[1])),
        strict: true,
        new ServerBase("http://reader.example/fhir"),
        DateTimeOffset.UtcNow) is SearchQueryResult.Accepted(var query) ? query : throw new ArgumentException(search);

    private int Rows => (int)_file.Read(session => session.Find("SELECT COUNT(*) FROM shared_entries", row => row.GetInt64(0)));

    private bool Take(DirectorySeries series, ulong newest, params SharedEntry[] entries) => _directories.Take(new DirectoryPortion(_author, Digest.Of([1]), series, newest, entries));

    private string? NameOf(string id) => _directories.Rewrite(_author, FhirReference.Parse($"Organization/{id}")!);

    private void Reopen()
    {
        _directories = new MemberDirectories(_file, _keys, new ServerBase("http://reader.example/fhir"), TimeProvider.System);
        _directories.Load();
    }

    private static SharedEntry Entry(ulong number, string id, bool removed = false) =>
        new(number, "Organization", id, removed ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes($$"""{"resourceType":"Organization","id":"{{id}}","name":"x"}"""));
}
