using EhrLedger.Node.Smart.Users;
using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Smart.Storage;

/// <summary>smart.db: who may call. OpenIddict's tables of clients and tokens, and the assertions that were used lately.</summary>
internal sealed class SmartDbContext(DbContextOptions<SmartDbContext> options) : DbContext(options)
{
    public DbSet<SeenAssertionRow> SeenAssertions => Set<SeenAssertionRow>();

    public DbSet<UserRow> Users => Set<UserRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.UseOpenIddict();
        modelBuilder.Entity<UserRow>(user =>
        {
            user.ToTable("users").HasKey(row => row.Id);
            user.HasIndex(row => row.Login).IsUnique();
        });
        modelBuilder.Entity<SeenAssertionRow>(seen =>
        {
            seen.ToTable("seen_assertions").HasKey(row => row.Digest);
            seen.HasIndex(row => row.Ends);
        });
    }
}

/// <summary>An assertion that may not come again before it ends.</summary>
internal sealed class SeenAssertionRow
{
    /// <summary>SHA-256 of client id, line feed, jti.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>Unix seconds.</summary>
    public long Ends { get; init; }
}
