using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage;

/// <summary>How this node opens its SQLite files.</summary>
internal static class Sqlite
{
    /// <summary>The connection string for a file. Pooled connections would outlive what closes them, so there is no pool.</summary>
    public static string For(string path) => new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString();

    /// <summary>Opens a connection that returns from a commit only when it is on the disk.</summary>
    public static SqliteConnection OpenDurable(string path)
    {
        var connection = new SqliteConnection(For(path));
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that return nothing.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Brings a file's schema up to date.</summary>
    public static void Migrate<TContext>(string path, Func<DbContextOptions<TContext>, TContext> create)
        where TContext : DbContext
    {
        using var context = create(new DbContextOptionsBuilder<TContext>().UseSqlite(For(path)).Options);
        context.Database.Migrate();
    }
}
