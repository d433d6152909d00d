using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace EhrLedger.Node.Storage.Log;

/// <summary>For the tool that writes migrations; it opens no database.</summary>
internal sealed class LogDbContextFactory : IDesignTimeDbContextFactory<LogDbContext>
{
    public LogDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<LogDbContext>().UseSqlite("Data Source=:memory:").Options);
}
