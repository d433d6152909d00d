using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Settings;
using EhrLedger.Node.Storage;
using EhrLedger.Node.Storage.Agents;
using Microsoft.Data.Sqlite;

namespace EhrLedger.Node.Agents;

/// <summary>agents.db, open.</summary>
internal sealed class AgentFile(NodeSettings settings) : IDisposable
{
    /// <summary>For the hot path.</summary>
    public SqliteFile File { get; } = Open(Path.Combine(settings.Data, "agents.db"));

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static SqliteFile Open(string path)
    {
        try
        {
            using (var schema = new AgentDbContext(Schema.Of<AgentDbContext>(path)))
            {
                Schema.BringUpToDate(schema);
            }

            return new SqliteFile(path);
        }
        catch (SqliteException broken)
        {
            throw new StoreFailedException($"SQLite error {broken.SqliteErrorCode} while {Path.GetFileName(path)} was opened.", broken);
        }
    }
}
