using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Records.Migrations
{
    /// <inheritdoc />
    public partial class VersionOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // By hand: what EF Core would make gives every row the same key. The rows' own numbers are the order in which they came.
            migrationBuilder.Sql("""
                CREATE TABLE "versions_new" (
                    "Id" INTEGER NOT NULL CONSTRAINT "PK_versions" PRIMARY KEY,
                    "ResourceId" INTEGER NOT NULL,
                    "Version" INTEGER NOT NULL,
                    "HeaderDigest" BLOB NULL,
                    "Subject" BLOB NULL,
                    "RowNumber" INTEGER NULL,
                    "Batch" INTEGER NULL,
                    "Epoch" INTEGER NULL,
                    "Ended" INTEGER NOT NULL,
                    "Newest" INTEGER NULL,
                    "Sealed" BLOB NOT NULL,
                    "CiphertextDigest" BLOB NOT NULL,
                    "Ciphertext" BLOB NOT NULL
                );
                INSERT INTO "versions_new" ("Id", "ResourceId", "Version", "HeaderDigest", "Subject", "RowNumber", "Batch", "Epoch", "Ended", "Sealed", "CiphertextDigest", "Ciphertext")
                SELECT rowid, "ResourceId", "Version", "HeaderDigest", "Subject", "RowNumber", "Batch", "Epoch", "Ended", "Sealed", "CiphertextDigest", "Ciphertext" FROM "versions" ORDER BY rowid;
                DROP TABLE "versions";
                ALTER TABLE "versions_new" RENAME TO "versions";
                """);
            CreateIndexes(migrationBuilder);
            migrationBuilder.CreateIndex(
                name: "IX_versions_ResourceId_Version",
                table: "versions",
                columns: new[] { "ResourceId", "Version" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                CREATE TABLE "versions_old" (
                    "ResourceId" INTEGER NOT NULL,
                    "Version" INTEGER NOT NULL,
                    "HeaderDigest" BLOB NULL,
                    "Subject" BLOB NULL,
                    "RowNumber" INTEGER NULL,
                    "Batch" INTEGER NULL,
                    "Epoch" INTEGER NULL,
                    "Ended" INTEGER NOT NULL,
                    "Sealed" BLOB NOT NULL,
                    "CiphertextDigest" BLOB NOT NULL,
                    "Ciphertext" BLOB NOT NULL,
                    CONSTRAINT "PK_versions" PRIMARY KEY ("ResourceId", "Version")
                );
                INSERT INTO "versions_old" ("ResourceId", "Version", "HeaderDigest", "Subject", "RowNumber", "Batch", "Epoch", "Ended", "Sealed", "CiphertextDigest", "Ciphertext")
                SELECT "ResourceId", "Version", "HeaderDigest", "Subject", "RowNumber", "Batch", "Epoch", "Ended", "Sealed", "CiphertextDigest", "Ciphertext" FROM "versions" ORDER BY "Id";
                DROP TABLE "versions";
                ALTER TABLE "versions_old" RENAME TO "versions";
                """);
            CreateIndexes(migrationBuilder);
        }

        private static void CreateIndexes(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(name: "IX_versions_Batch", table: "versions", column: "Batch");
            migrationBuilder.CreateIndex(name: "IX_versions_CiphertextDigest", table: "versions", column: "CiphertextDigest");
            migrationBuilder.CreateIndex(name: "IX_versions_HeaderDigest", table: "versions", column: "HeaderDigest");
            migrationBuilder.CreateIndex(name: "IX_versions_Subject_RowNumber", table: "versions", columns: new[] { "Subject", "RowNumber" });
            migrationBuilder.CreateIndex(name: "ended", table: "versions", columns: new[] { "Subject", "RowNumber" }, filter: "\"Ended\" = 1");
        }
    }
}
