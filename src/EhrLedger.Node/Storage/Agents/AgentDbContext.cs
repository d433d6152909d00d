using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage.Agents;

/// <summary>agents.db: whom this node's agent knows, and what waits for them. Names are HMACs, contents are sealed.</summary>
internal sealed class AgentDbContext(DbContextOptions<AgentDbContext> options) : DbContext(options)
{
    public DbSet<ConnectionRow> Connections => Set<ConnectionRow>();

    public DbSet<InvitationRow> Invitations => Set<InvitationRow>();

    public DbSet<WaitingRow> Waiting => Set<WaitingRow>();

    public DbSet<KeylistRow> Keylist => Set<KeylistRow>();

    public DbSet<TalkRow> Talk => Set<TalkRow>();

    public DbSet<AskedRow> Asked => Set<AskedRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ConnectionRow>(connection =>
        {
            connection.ToTable("connections").HasKey(row => row.OwnKey);
            connection.HasIndex(row => row.Id).IsUnique();
            connection.HasIndex(row => row.About);
        });
        modelBuilder.Entity<InvitationRow>(invitation =>
        {
            invitation.ToTable("invitations").HasKey(row => row.Key);
            invitation.HasIndex(row => row.Until);
        });
        modelBuilder.Entity<WaitingRow>(waiting =>
        {
            waiting.ToTable("waiting").HasKey(row => row.Id);
            waiting.HasIndex(row => new { row.Recipient, row.Id });

            // How much waits is counted before anything is kept: without it, by reading all that waits.
            waiting.HasIndex(row => new { row.Recipient, row.Bytes });
            waiting.HasIndex(row => row.Due);
            waiting.HasIndex(row => row.KeptAt);
        });
        modelBuilder.Entity<KeylistRow>(key =>
        {
            key.ToTable("keylist").HasKey(row => row.Key);
            key.HasIndex(row => row.Owner);
        });
        modelBuilder.Entity<TalkRow>(talk =>
        {
            talk.ToTable("talk").HasKey(row => row.Id);
            talk.HasIndex(row => new { row.Connection, row.Id });
        });
        modelBuilder.Entity<AskedRow>(asked =>
        {
            asked.ToTable("asked").HasKey(row => row.Request);
            asked.HasIndex(row => row.Patient);
        });
    }
}
