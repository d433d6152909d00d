using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

/// <summary>What an older version of the node has stored is there after each change of the schema.</summary>
public sealed class RecordMigrationTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("ehrledger-migration-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Tokens_are_gathered_beside_their_resource()
    {
        var path = Path.Combine(_folder, "records.db");
        byte[][] tokens = [[.. Enumerable.Repeat((byte)1, 16)], [.. Enumerable.Repeat((byte)2, 16)]];
        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(path)))
        {
            schema.GetService<IMigrator>().Migrate("Initial");
        }

        using (var file = new SqliteFile(path))
        {
            file.Write(session =>
            {
                session.Execute("INSERT INTO resources (Id, Key, RecordId, PatientId, CurrentVersion, Deleted) VALUES (1, x'01', x'01', 1, 1, 0), (2, x'02', x'02', 1, 1, 0)");
                foreach (var token in tokens)
                {
                    session.Execute("INSERT INTO tokens (PatientId, Value, ResourceId) VALUES (1, $1, 1)", token);
                }
            });
        }

        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(path)))
        {
            schema.Database.Migrate();
        }

        using var migrated = new SqliteFile(path);
        var gathered = migrated.Read(session => session.Query("SELECT Tokens FROM resources ORDER BY Id", row => row.GetBytes(0)));
        Assert.That(gathered[0].Chunk(16), Is.EquivalentTo(tokens));
        Assert.That(gathered[1], Is.Empty);
    }
}
