using Microsoft.EntityFrameworkCore;

namespace EhrLedger.Node.Storage.Records;

/// <summary>Schema and migrations of records.db.</summary>
internal sealed class RecordDbContext(DbContextOptions<RecordDbContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<PatientRow>(e =>
        {
            e.ToTable("patients").HasKey(r => r.Id);
            e.HasIndex(r => r.Key).IsUnique();
        });
        modelBuilder.Entity<SubjectRow>(e =>
        {
            e.ToTable("subjects").HasKey(r => r.Subject);
            e.HasIndex(r => r.PatientId);
        });
        modelBuilder.Entity<ResourceRow>(e =>
        {
            e.ToTable("resources").HasKey(r => r.Id);
            e.HasIndex(r => r.Key).IsUnique();
            e.HasIndex(r => r.PatientId);
        });
        modelBuilder.Entity<VersionRow>(e =>
        {
            // SQLite keeps a number for every row anyway; named, it is the order of histories and costs nothing. It counts up without AUTOINCREMENT, because no row is ever taken out.
            e.ToTable("versions").HasKey(r => r.Id);
            e.Property(r => r.Id).ValueGeneratedNever();
            e.HasIndex(r => new { r.ResourceId, r.Version }).IsUnique();
            e.HasIndex(r => r.CiphertextDigest);
            e.HasIndex(r => r.HeaderDigest);
            e.HasIndex(r => new { r.Subject, r.RowNumber });
            e.HasIndex(r => r.Batch);
            e.HasIndex(r => new { r.Subject, r.RowNumber }, "ended").HasFilter("\"Ended\" = 1");
        });
        modelBuilder.Entity<SupersededRow>(e => e.ToTable("superseded").HasKey(r => new { r.Subject, r.RowNumber }));
        modelBuilder.Entity<RetiredKeyRow>(e => e.ToTable("retired_keys").HasKey(r => r.HeaderDigest));
        modelBuilder.Entity<ErasureRow>(e => e.ToTable("erasures").HasKey(r => r.Commitment));
        modelBuilder.Entity<ErasedHeaderRow>(e => e.ToTable("erased_headers").HasKey(r => r.HeaderDigest));
        modelBuilder.Entity<LegalHoldRow>(e => e.ToTable("legal_holds").HasKey(r => r.Key));
        modelBuilder.Entity<ConsentRequestRow>(e =>
        {
            e.ToTable("consent_requests").HasKey(r => r.Resource);
            e.HasIndex(r => r.Due);
        });
        modelBuilder.Entity<EpochProgressRow>(e =>
        {
            e.ToTable("epoch_progress").HasKey(r => r.Id);
            e.Property(r => r.Id).ValueGeneratedNever();
        });
        modelBuilder.Entity<HeldRevocationRow>(e => e.ToTable("held_revocations").HasKey(r => new { r.Subject, r.GrantId }));
        modelBuilder.Entity<TokenRow>(e => e.ToTable("tokens").HasKey(r => new { r.PatientId, r.Value, r.ResourceId }));
        modelBuilder.Entity<ReadRowRow>(e =>
        {
            e.ToTable("read_rows").HasKey(r => new { r.Subject, r.Number });
        });
        modelBuilder.Entity<ReadProgressRow>(e =>
        {
            e.ToTable("read_progress").HasKey(r => r.Id);
            e.Property(r => r.Id).ValueGeneratedNever();
        });
        modelBuilder.Entity<BatchRow>(e =>
        {
            e.ToTable("batches").HasKey(r => r.Number);
            e.Property(r => r.Number).ValueGeneratedNever();
        });
        modelBuilder.Entity<DepositProgressRow>(e => e.ToTable("deposit_progress").HasKey(r => r.Peer));
        modelBuilder.Entity<EncapsulationRow>(e => e.ToTable("encapsulations").HasKey(r => r.Digest));
        modelBuilder.Entity<ReplicaRow>(e => e.ToTable("replicas").HasKey(r => r.CiphertextDigest));
        modelBuilder.Entity<IndexRowRow>(e =>
        {
            e.ToTable("index_rows").HasKey(r => r.Id);
            e.HasIndex(r => r.HeaderDigest).IsUnique();
            e.HasIndex(r => r.RecordId);
            e.HasIndex(r => r.Subject);
        });
        modelBuilder.Entity<IndexTokenRow>(e =>
        {
            e.ToTable("index_tokens").HasKey(r => new { r.Value, r.IndexRowId });
            e.HasIndex(r => r.IndexRowId);
        });
        modelBuilder.Entity<ReleaseRow>(e =>
        {
            e.ToTable("releases").HasKey(r => r.Id);
            e.HasIndex(r => r.Subject);
            e.HasIndex(r => r.EntryIndex).IsUnique();
        });
        modelBuilder.Entity<SearchRow>(e =>
        {
            e.ToTable("searches").HasKey(r => r.Id);
            e.HasIndex(r => r.Key).IsUnique();
            e.HasIndex(r => r.Until);
        });
        modelBuilder.Entity<ExportRow>(e =>
        {
            e.ToTable("exports").HasKey(r => r.Id);
            e.HasIndex(r => r.Key).IsUnique();
            e.HasIndex(r => r.Owner);
        });
        modelBuilder.Entity<SubscriptionRow>(e =>
        {
            e.ToTable("subscriptions").HasKey(r => r.Id);
            e.HasIndex(r => r.Key).IsUnique();
            e.HasIndex(r => r.Owner);
        });
        modelBuilder.Entity<NoticeRow>(e =>
        {
            e.ToTable("notices").HasKey(r => r.Id);
            e.HasIndex(r => r.SubscriptionId);
        });
        modelBuilder.Entity<LookRow>(e =>
        {
            e.ToTable("looks").HasKey(r => r.Id);
            e.HasIndex(r => r.Key).IsUnique();
        });
        modelBuilder.Entity<NoticeProgressRow>(e =>
        {
            e.ToTable("notice_progress").HasKey(r => r.Id);
            e.Property(r => r.Id).ValueGeneratedNever();
        });
        modelBuilder.Entity<SharedEntryRow>(e => e.ToTable("shared_entries").HasKey(r => new { r.Author, r.Key }));
        modelBuilder.Entity<SharedProgressRow>(e => e.ToTable("shared_progress").HasKey(r => r.Author));
        modelBuilder.Entity<WalletDirectoryRow>(e => e.ToTable("wallet_directories").HasKey(r => r.Name));
    }
}
