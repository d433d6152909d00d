using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace EhrLedger.Node.Storage.Agents;

/// <summary>For the tool that writes migrations; it opens no database.</summary>
internal sealed class AgentDbContextFactory : IDesignTimeDbContextFactory<AgentDbContext>
{
    public AgentDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<AgentDbContext>().UseSqlite("Data Source=:memory:").Options);
}
