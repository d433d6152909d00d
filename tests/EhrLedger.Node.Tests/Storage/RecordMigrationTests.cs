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

    /// <summary>From before erasures: nothing of it counts as erased, and what it is found by is there.</summary>
    [Test]
    public void What_was_written_before_there_were_erasures_is_not_erased()
    {
        var path = Path.Combine(_folder, "records.db");
        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(path)))
        {
            schema.GetService<IMigrator>().Migrate("Subscriptions");
        }

        using (var file = new SqliteFile(path))
        {
            file.Write(session =>
            {
                session.Execute("INSERT INTO patients (Id, Key, Sealed) VALUES (1, x'01', x'02')");
                session.Execute("INSERT INTO resources (Id, Key, RecordId, PatientId, CurrentVersion, Deleted, Tokens) VALUES (1, x'01', x'03', 1, 2, 0, x'04')");
                session.Execute(
                    "INSERT INTO versions (Id, ResourceId, Version, HeaderDigest, Subject, RowNumber, Batch, Epoch, Ended, Newest, Sealed, CiphertextDigest, Ciphertext) VALUES (1, 1, 1, x'0a', x'05', 0, 0, 0, 0, 7, x'06', x'0b', x'0c'), (2, 1, 2, x'1a', x'05', 1, 1, NULL, 1, 8, x'16', x'1b', x'1c')");
                session.Execute("INSERT INTO tokens (PatientId, Value, ResourceId) VALUES (1, x'04', 1)");
                session.Execute("INSERT INTO replicas (CiphertextDigest, Author, Ciphertext) VALUES (x'0d', x'0e', x'0f')");
            });
        }

        using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(path)))
        {
            Schema.BringUpToDate(schema);
        }

        using var migrated = new SqliteFile(path);
        Assert.That(
            migrated.Read(session => session.Query(
                "SELECT Version, Erased, Ended, Newest, HeaderDigest, Sealed, CiphertextDigest, Ciphertext, Epoch FROM versions ORDER BY Id",
                row => $"{row.GetInt64(0)} {row.GetInt64(1)} {row.GetInt64(2)} {row.GetInt64(3)} {Convert.ToHexString([.. row.GetBytes(4), .. row.GetBytes(5), .. row.GetBytes(6), .. row.GetBytes(7)])} {(row.IsNull(8) ? 1 : 0)}")),
            Is.EqualTo(new[] { "1 0 0 7 0A060B0C 0", "2 0 1 8 1A161B1C 1" }));
        Assert.That(Count("resources WHERE Deleted = 0 AND Tokens = x'04'") + Count("tokens") + Count("replicas") + Count("patients"), Is.EqualTo(4));
        Assert.That(Count("erasures") + Count("erased_headers") + Count("legal_holds"), Is.Zero);

        long Count(string of) => migrated.Read(session => session.Find($"SELECT COUNT(*) FROM {of}", row => row.GetInt64(0)));
    }
}
