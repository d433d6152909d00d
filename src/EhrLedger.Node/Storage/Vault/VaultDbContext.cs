using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage.Vault;

/// <summary>Schema and migrations of vault.db. The hot path goes through <see cref="VaultStore"/>.</summary>
internal sealed class VaultDbContext(DbContextOptions<VaultDbContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<WrapRow>(e => e.ToTable("wraps").HasKey(r => r.HeaderDigest));
        modelBuilder.Entity<ShareRow>(e => e.ToTable("shares").HasKey(r => r.HeaderDigest));
        modelBuilder.Entity<SecretRow>(e =>
        {
            e.ToTable("secrets").HasKey(r => r.Name);
            e.HasIndex(r => r.Kind);
        });
    }
}
