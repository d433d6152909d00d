using EhrLedger.Node.Tests.Harness;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Storage;

/// <summary>A node that was killed while it made or changed a schema starts again, and answers.</summary>
public sealed class LeftLockTests
{
    private static readonly string[] Files = ["log.db", "records.db", Path.Combine("vault", "vault.db"), "watch.db", "smart.db"];

    /// <summary>EF Core's lock is a row of a table, made before anything else: a first start that is killed leaves it in a file that has nothing else.</summary>
    [Test]
    public async Task Locks_of_migrations_that_a_killed_node_left_behind_stop_nobody()
    {
        using var consortium = await TestConsortium.StartAsync(count: 1);
        var node = consortium.Nodes[0];
        var patient = await node.RegisterPatientAsync("Locked");
        Assert.That(Files.Select(file => Path.Combine(node.Data, file)), Is.All.Exist);

        // smart.db is the one that may be made anew: the other files belong together.
        node.Kill();
        foreach (var file in Files)
        {
            LeaveLock(Path.Combine(node.Data, file));
        }

        foreach (var part in (string[])["smart.db", "smart.db-wal", "smart.db-shm"])
        {
            File.Delete(Path.Combine(node.Data, part));
        }

        LeaveLock(Path.Combine(node.Data, "smart.db"));
        await node.StartAsync();

        Assert.That((await node.GetAsync($"Patient/{patient}")).Status, Is.EqualTo(200));
    }

    private static void LeaveLock(string path)
    {
        using var database = new SqliteConnection($"Data Source={path};Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = """
            CREATE TABLE IF NOT EXISTS "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
            INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01 00:00:00.0000000+00:00');
            """;
        command.ExecuteNonQuery();
    }
}
