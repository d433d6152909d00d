using EhrLedger.Node.Storage;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

public sealed class SqliteFileTests
{
    private const int Commits = 160;
    private const int BytesPerCommit = 1 << 20;
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("ehrledger-sqlite-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Keeps_the_WAL_within_bounds_and_every_commit_while_others_read()
    {
        var path = Path.Combine(_folder, "a.db");
        using (var schema = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            schema.Open();
            using var create = schema.CreateCommand();
            create.CommandText = "CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)";
            create.ExecuteNonQuery();
        }

        using (var file = new SqliteFile(path))
        {
            using var stopping = new CancellationTokenSource();
            var reading = Task.Run(() =>
            {
                while (!stopping.IsCancellationRequested)
                {
                    file.Read(session => session.Query("SELECT id FROM blobs", row => row.GetInt64(0)));
                }
            });
            var bytes = new byte[BytesPerCommit];
            for (var i = 1; i <= Commits; i++)
            {
                file.Write(session => session.Execute("INSERT INTO blobs VALUES ($1, $2)", (long)i, bytes));
            }

            await stopping.CancelAsync();
            await reading;
            Assert.That(new FileInfo(path + "-wal").Length, Is.LessThan(Commits / 2 * BytesPerCommit));
        }

        using var again = new SqliteFile(path);
        Assert.That(again.Read(session => session.Find("SELECT COUNT(*) FROM blobs", row => row.GetInt64(0))), Is.EqualTo(Commits));
    }
}
