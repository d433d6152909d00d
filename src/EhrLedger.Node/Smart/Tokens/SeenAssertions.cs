using System.Security.Cryptography;
using System.Text;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Smart.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>Assertions that were used and have not ended yet. On the disk, so that a restart lets none of them come again.</summary>
internal sealed class SeenAssertions(IServiceScopeFactory scopes, TimeProvider time)
{
    /// <summary>Takes note of an assertion.</summary>
    /// <param name="clientId">Whose.</param>
    /// <param name="id">Its jti.</param>
    /// <param name="ends">Its exp.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where it was used before.</returns>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public async Task<bool> TryUseAsync(string clientId, string id, DateTimeOffset ends, CancellationToken cancellationToken)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{clientId}\n{id}"));
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                var context = scope.ServiceProvider.GetRequiredService<SmartDbContext>();
                await context.Database.ExecuteSqlAsync($"DELETE FROM seen_assertions WHERE Ends < {time.GetUtcNow().ToUnixTimeSeconds()}", cancellationToken).ConfigureAwait(false);
                return await context.Database.ExecuteSqlAsync(
                    $"INSERT OR IGNORE INTO seen_assertions (Digest, Ends) VALUES ({digest}, {ends.ToUnixTimeSeconds()})", cancellationToken).ConfigureAwait(false) == 1;
            }
        }
        catch (SqliteException failed)
        {
            throw new StoreFailedException($"SQLite error {failed.SqliteErrorCode} in a write to smart.db.", failed);
        }
    }
}
