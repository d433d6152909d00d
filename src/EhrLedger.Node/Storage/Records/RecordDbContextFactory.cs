using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace EhrLedger.Node.Storage.Records;

/// <summary>For the tool that writes migrations; it opens no database.</summary>
internal sealed class RecordDbContextFactory : IDesignTimeDbContextFactory<RecordDbContext>
{
    public RecordDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<RecordDbContext>().UseSqlite("Data Source=:memory:").Options);
}
