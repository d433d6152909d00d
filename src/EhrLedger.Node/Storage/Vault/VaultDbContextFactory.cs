using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace EhrLedger.Node.Storage.Vault;

/// <summary>For the tool that writes migrations; it opens no database.</summary>
internal sealed class VaultDbContextFactory : IDesignTimeDbContextFactory<VaultDbContext>
{
    public VaultDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<VaultDbContext>().UseSqlite("Data Source=:memory:").Options);
}
