using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage.Watch;

/// <summary>watch.db: what this node has noticed. Alarms, how far it has seen other members' logs reach, and what its witness has cosigned.</summary>
internal sealed class WatchDbContext(DbContextOptions<WatchDbContext> options) : DbContext(options)
{
    public DbSet<AlarmRow> Alarms => Set<AlarmRow>();

    public DbSet<SeenHeadRow> SeenHeads => Set<SeenHeadRow>();

    public DbSet<WitnessedRow> Witnessed => Set<WitnessedRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<AlarmRow>(alarm =>
        {
            alarm.ToTable("alarms").HasKey(row => row.Id);
            alarm.HasIndex(row => new { row.Kind, row.Detail }).IsUnique();
            alarm.HasIndex(row => row.LastSeen);
        });
        modelBuilder.Entity<SeenHeadRow>().ToTable("seen_heads").HasKey(row => row.Organisation);
        modelBuilder.Entity<WitnessedRow>().ToTable("witnessed").HasKey(row => row.Origin);
    }
}
