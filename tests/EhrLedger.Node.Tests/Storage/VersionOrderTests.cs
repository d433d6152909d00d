using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Records;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

/// <summary>The migration that gives versions their place in the order of writing.</summary>
public sealed class VersionOrderTests
{
    [Test]
    public void Keeps_every_version_in_the_order_in_which_they_came()
    {
        var folder = Directory.CreateTempSubdirectory("ehrledger-order-").FullName;
        try
        {
            var path = Path.Combine(folder, "records.db");
            using (var schema = new RecordDbContext(Schema.Of<RecordDbContext>(path)))
            {
                var migrator = schema.GetService<IMigrator>();
                migrator.Migrate("Initial");
                Execute(path, "INSERT INTO versions (ResourceId, Version, Ended, Sealed, CiphertextDigest, Ciphertext) VALUES (7, 1, 0, x'01', x'02', x'03'), (3, 1, 0, x'04', x'05', x'06'), (7, 2, 1, x'07', x'08', x'09')");
                migrator.Migrate();
                Assert.That(schema.Database.HasPendingModelChanges(), Is.False);
            }

            Execute(path, "INSERT INTO versions (ResourceId, Version, Ended, Sealed, CiphertextDigest, Ciphertext, Newest) VALUES (1, 1, 0, x'01', x'02', x'03', 5)");
            using var file = new SqliteFile(path);
            Assert.That(
                file.Read(session => session.Query("SELECT ResourceId, Version, Ended, Ciphertext, Newest IS NULL FROM versions ORDER BY Id", row => (row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2), Convert.ToHexString(row.GetBytes(3)), row.GetBoolean(4)))),
                Is.EqualTo(new[] { (7L, 1L, false, "03", true), (3L, 1L, false, "06", true), (7L, 2L, true, "09", true), (1L, 1L, false, "03", false) }));
            Assert.That(() => Execute(path, "INSERT INTO versions (ResourceId, Version, Ended, Sealed, CiphertextDigest, Ciphertext) VALUES (7, 1, 0, x'01', x'02', x'03')"), Throws.InstanceOf<SqliteException>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Execute(string path, string sql)
    {
        using var file = new SqliteConnection($"Data Source={path};Pooling=False");
        file.Open();
        using var command = file.CreateCommand();
#pragma warning disable CA2100 // constants of this test
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
