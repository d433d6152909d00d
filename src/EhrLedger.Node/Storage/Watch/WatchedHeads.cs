using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.MerkleLog.Checkpoints;
using EhrLedger.MerkleLog.Witnessing;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage.Watch;

/// <summary>Heads of logs that this node must not forget: what its witness has cosigned, and how far other members' logs have been seen to reach.</summary>
internal sealed class WatchedHeads(IDbContextFactory<WatchDbContext> watch) : IWitnessStore, IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <inheritdoc/>
    public async ValueTask<WitnessedHead?> FindLatestAsync(LogOrigin origin, CancellationToken cancellationToken)
    {
        var context = await watch.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (context.ConfigureAwait(false))
        {
            return HeadOf(await context.Witnessed.FindAsync([origin.Value], cancellationToken).ConfigureAwait(false));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAdvanceAsync(LogOrigin origin, WitnessedHead? expected, WitnessedHead advanced, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var context = await watch.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            await using (context.ConfigureAwait(false))
            {
                var row = await context.Witnessed.FindAsync([origin.Value], cancellationToken).ConfigureAwait(false);
                if (HeadOf(row) != expected)
                {
                    return false;
                }

                if (row is null)
                {
                    row = new WitnessedRow { Origin = origin.Value, Root = [] };
                    context.Witnessed.Add(row);
                }

                row.Size = (long)advanced.Size;
                row.Root = advanced.Root.ToArray();
                await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The largest final log that a member has shown; 0 before it ever did.</summary>
    public async Task<ulong> FindSeenAsync(OrganisationId organisation, CancellationToken cancellationToken)
    {
        var context = await watch.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (context.ConfigureAwait(false))
        {
            return (ulong)((await context.SeenHeads.FindAsync([organisation.ToString()], cancellationToken).ConfigureAwait(false))?.Size ?? 0);
        }
    }

    /// <summary>Keeps a larger one.</summary>
    public async Task KeepSeenAsync(OrganisationId organisation, ulong size, CancellationToken cancellationToken)
    {
        var context = await watch.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (context.ConfigureAwait(false))
        {
            var row = await context.SeenHeads.FindAsync([organisation.ToString()], cancellationToken).ConfigureAwait(false);
            if (row is null)
            {
                row = new SeenHeadRow { Organisation = organisation.ToString() };
                context.SeenHeads.Add(row);
            }

            row.Size = Math.Max(row.Size, (long)size);
            await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private static WitnessedHead? HeadOf(WitnessedRow? row) => row is null ? null : new WitnessedHead((ulong)row.Size, Digest.FromBytes(row.Root));
}
