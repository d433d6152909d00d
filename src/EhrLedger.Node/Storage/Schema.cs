using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;

namespace EhrLedger.Node.Storage;

/// <summary>How the contexts that only make and migrate a schema reach their file.</summary>
internal static class Schema
{
    /// <summary>Options for a file; its connections are not kept open.</summary>
    public static DbContextOptions<T> Of<T>(string path)
        where T : DbContext =>
        new DbContextOptionsBuilder<T>().UseSqlite($"Data Source={path};Pooling=False").ReplaceService<IMigrationsSqlGenerator, ClusteredTables>().Options;
}
