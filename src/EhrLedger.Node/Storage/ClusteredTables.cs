using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace EhrLedger.Node.Storage;

/// <summary>
/// Makes tables of small rows with keys of their own lie in the order of those keys (WITHOUT ROWID), which EF Core's model can't say: one tree to write instead of two, and what is read
/// together lies together.
/// </summary>
/// <remarks>Source: sqlite.org/withoutrowid.html.</remarks>
internal sealed class ClusteredTables(MigrationsSqlGeneratorDependencies dependencies, IRelationalAnnotationProvider annotations) : SqliteMigrationsSqlGenerator(dependencies, annotations)
{
    private static readonly HashSet<string> Names = ["tokens", "index_tokens", "read_rows", "subjects", "wraps", "shares", "topics", "topic_leaves", "recent"];

    protected override void Generate(CreateTableOperation operation, IModel? model, MigrationCommandListBuilder builder, bool terminate = true)
    {
        base.Generate(operation, model, builder, terminate: false);
        if (Names.Contains(operation.Name))
        {
            builder.Append(" WITHOUT ROWID");
        }

        if (terminate)
        {
            builder.AppendLine(Dependencies.SqlGenerationHelper.StatementTerminator);
            EndStatement(builder);
        }
    }
}
