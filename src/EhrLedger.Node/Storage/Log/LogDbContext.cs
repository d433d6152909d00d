using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage.Log;

/// <summary>The schema of log.db, and its migrations. The rows themselves are written and read by <see cref="SqliteLogStore"/>: docs/decisions/0002-sqlite-hot-path.md.</summary>
internal sealed class LogDbContext(DbContextOptions<LogDbContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<LeafRow>(leaf =>
        {
            leaf.ToTable("leaves").HasKey(row => row.Index);
            leaf.Property(row => row.Index).HasColumnName("idx").ValueGeneratedNever();
            leaf.Property(row => row.Leaf).HasColumnName("leaf");
            leaf.Property(row => row.Effective).HasColumnName("effective");
        });
        modelBuilder.Entity<HashRow>(hash =>
        {
            hash.ToTable("hashes").HasKey(row => row.Position);
            hash.Property(row => row.Position).HasColumnName("position").ValueGeneratedNever();
            hash.Property(row => row.Hash).HasColumnName("hash");
        });
        modelBuilder.Entity<TopicRow>(topic =>
        {
            topic.ToTable("topics").HasKey(row => row.Topic);
            topic.Property(row => row.Topic).HasColumnName("topic");
            topic.Property(row => row.NextNumber).HasColumnName("next_number");
            topic.Property(row => row.State).HasColumnName("state");
        });
        modelBuilder.Entity<TopicLeafRow>(leaf =>
        {
            leaf.ToTable("topic_leaves").HasKey(row => new { row.Topic, row.Number });
            leaf.Property(row => row.Topic).HasColumnName("topic");
            leaf.Property(row => row.Number).HasColumnName("number");
            leaf.Property(row => row.Index).HasColumnName("idx");
        });
        modelBuilder.Entity<RecentRow>(recent =>
        {
            recent.ToTable("recent").HasKey(row => row.Digest);
            recent.Property(row => row.Digest).HasColumnName("digest");
            recent.Property(row => row.Index).HasColumnName("idx");
            recent.Property(row => row.ValidUntil).HasColumnName("valid_until");
            recent.HasIndex(row => row.ValidUntil).HasDatabaseName("recent_valid_until");
        });
        modelBuilder.Entity<HeadRow>(head =>
        {
            head.ToTable("head").HasKey(row => row.Id);
            head.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            head.Property(row => row.Size).HasColumnName("size");
            head.Property(row => row.Time).HasColumnName("time");
            head.Property(row => row.Frontier).HasColumnName("frontier");
            head.HasData(new HeadRow { Id = 1, Size = 0, Time = 0, Frontier = [] });
        });
        modelBuilder.Entity<FinalRow>(final =>
        {
            final.ToTable("final").HasKey(row => row.Id);
            final.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            final.Property(row => row.Note).HasColumnName("note");
        });
    }
}
