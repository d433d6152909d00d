using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;

namespace EhrLedger.Node.Storage;

/// <summary>How the contexts that make and migrate a schema reach their file, and bring it up to date.</summary>
internal static class Schema
{
    // EF Core's lock of migrations: a row that is there until it is deleted, whatever becomes of the process.
    private const string RemoveLock = "DROP TABLE IF EXISTS \"__EFMigrationsLock\"";

    /// <summary>Options for a file; its connections are not kept open.</summary>
    public static DbContextOptions<T> Of<T>(string path)
        where T : DbContext =>
        new DbContextOptionsBuilder<T>().UseSqlite($"Data Source={path};Pooling=False").ReplaceService<IMigrationsSqlGenerator, ClusteredTables>().Options;

    /// <summary>Makes the file where it is absent, and brings its schema up to date. Only for whoever has the lock of the data folder.</summary>
    /// <remarks>
    /// A process that was killed in a migration has left its lock behind, for which EF Core would wait for ever (Microsoft's "Applying Migrations", SQLite's lock). Nobody else migrates files of this folder, so whatever lock is found is one of those.
    /// </remarks>
    public static void BringUpToDate(DbContext context)
    {
        if (!context.Database.GetPendingMigrations().Any())
        {
            return;
        }

        if (context.GetService<IRelationalDatabaseCreator>().Exists())
        {
            context.Database.ExecuteSqlRaw(RemoveLock);
        }

        context.Database.Migrate();
    }
}
