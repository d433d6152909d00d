using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace EhrLedger.Node.Storage.Watch;

/// <summary>For the tool that writes migrations; it opens no database.</summary>
internal sealed class WatchDbContextFactory : IDesignTimeDbContextFactory<WatchDbContext>
{
    public WatchDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<WatchDbContext>().UseSqlite("Data Source=:memory:").Options);
}
