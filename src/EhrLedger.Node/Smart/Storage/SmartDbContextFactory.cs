using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace EhrLedger.Node.Smart.Storage;

/// <summary>For the tool that writes migrations; it opens no database.</summary>
internal sealed class SmartDbContextFactory : IDesignTimeDbContextFactory<SmartDbContext>
{
    public SmartDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<SmartDbContext>().UseSqlite("Data Source=:memory:").Options);
}
