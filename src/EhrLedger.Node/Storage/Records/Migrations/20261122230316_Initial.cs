using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Records.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "batches",
                columns: table => new
                {
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    Type = table.Column<long>(type: "INTEGER", nullable: false),
                    Body = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Entry = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Since = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_batches", x => x.Number);
                });

            migrationBuilder.CreateTable(
                name: "deposit_progress",
                columns: table => new
                {
                    Peer = table.Column<byte[]>(type: "BLOB", nullable: false),
                    NextBatch = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_deposit_progress", x => x.Peer);
                });

            migrationBuilder.CreateTable(
                name: "encapsulations",
                columns: table => new
                {
                    Digest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Bytes = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_encapsulations", x => x.Digest);
                });

            migrationBuilder.CreateTable(
                name: "epoch_progress",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false),
                    NextNumber = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_epoch_progress", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "held_revocations",
                columns: table => new
                {
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: false),
                    GrantId = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_held_revocations", x => new { x.Subject, x.GrantId });
                });

            migrationBuilder.CreateTable(
                name: "index_rows",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Author = table.Column<byte[]>(type: "BLOB", nullable: false),
                    RecordId = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Version = table.Column<long>(type: "INTEGER", nullable: false),
                    Current = table.Column<bool>(type: "INTEGER", nullable: false),
                    HeaderDigest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_index_rows", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "index_tokens",
                columns: table => new
                {
                    Value = table.Column<byte[]>(type: "BLOB", nullable: false),
                    IndexRowId = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_index_tokens", x => new { x.Value, x.IndexRowId });
                });

            migrationBuilder.CreateTable(
                name: "patients",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_patients", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "read_rows",
                columns: table => new
                {
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    Batch = table.Column<long>(type: "INTEGER", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_read_rows", x => new { x.Subject, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "releases",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    EntryIndex = table.Column<long>(type: "INTEGER", nullable: false),
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Time = table.Column<long>(type: "INTEGER", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_releases", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "replicas",
                columns: table => new
                {
                    CiphertextDigest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Author = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Ciphertext = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_replicas", x => x.CiphertextDigest);
                });

            migrationBuilder.CreateTable(
                name: "resources",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    RecordId = table.Column<byte[]>(type: "BLOB", nullable: false),
                    PatientId = table.Column<long>(type: "INTEGER", nullable: false),
                    CurrentVersion = table.Column<long>(type: "INTEGER", nullable: false),
                    Deleted = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_resources", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "retired_keys",
                columns: table => new
                {
                    HeaderDigest = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_retired_keys", x => x.HeaderDigest);
                });

            migrationBuilder.CreateTable(
                name: "searches",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Until = table.Column<long>(type: "INTEGER", nullable: false),
                    Matches = table.Column<long>(type: "INTEGER", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_searches", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "subjects",
                columns: table => new
                {
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: false),
                    PatientId = table.Column<long>(type: "INTEGER", nullable: false),
                    NextWrite = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_subjects", x => x.Subject);
                });

            migrationBuilder.CreateTable(
                name: "superseded",
                columns: table => new
                {
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: false),
                    RowNumber = table.Column<long>(type: "INTEGER", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_superseded", x => new { x.Subject, x.RowNumber });
                });

            migrationBuilder.CreateTable(
                name: "tokens",
                columns: table => new
                {
                    PatientId = table.Column<long>(type: "INTEGER", nullable: false),
                    Value = table.Column<byte[]>(type: "BLOB", nullable: false),
                    ResourceId = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tokens", x => new { x.PatientId, x.Value, x.ResourceId });
                });

            migrationBuilder.CreateTable(
                name: "versions",
                columns: table => new
                {
                    ResourceId = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<long>(type: "INTEGER", nullable: false),
                    HeaderDigest = table.Column<byte[]>(type: "BLOB", nullable: true),
                    Subject = table.Column<byte[]>(type: "BLOB", nullable: true),
                    RowNumber = table.Column<long>(type: "INTEGER", nullable: true),
                    Batch = table.Column<long>(type: "INTEGER", nullable: true),
                    Epoch = table.Column<long>(type: "INTEGER", nullable: true),
                    Ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false),
                    CiphertextDigest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Ciphertext = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_versions", x => new { x.ResourceId, x.Version });
                });

            migrationBuilder.CreateTable(
                name: "wallet_directories",
                columns: table => new
                {
                    Name = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    Signed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_wallet_directories", x => x.Name);
                });

            migrationBuilder.CreateIndex(
                name: "IX_index_rows_HeaderDigest",
                table: "index_rows",
                column: "HeaderDigest",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_index_rows_RecordId",
                table: "index_rows",
                column: "RecordId");

            migrationBuilder.CreateIndex(
                name: "IX_index_rows_Subject",
                table: "index_rows",
                column: "Subject");

            migrationBuilder.CreateIndex(
                name: "IX_index_tokens_IndexRowId",
                table: "index_tokens",
                column: "IndexRowId");

            migrationBuilder.CreateIndex(
                name: "IX_patients_Key",
                table: "patients",
                column: "Key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_releases_EntryIndex",
                table: "releases",
                column: "EntryIndex",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_releases_Subject",
                table: "releases",
                column: "Subject");

            migrationBuilder.CreateIndex(
                name: "IX_resources_Key",
                table: "resources",
                column: "Key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_resources_PatientId",
                table: "resources",
                column: "PatientId");

            migrationBuilder.CreateIndex(
                name: "IX_searches_Key",
                table: "searches",
                column: "Key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_searches_Until",
                table: "searches",
                column: "Until");

            migrationBuilder.CreateIndex(
                name: "IX_subjects_PatientId",
                table: "subjects",
                column: "PatientId");

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ResourceId",
                table: "tokens",
                column: "ResourceId");

            migrationBuilder.CreateIndex(
                name: "IX_versions_Batch",
                table: "versions",
                column: "Batch");

            migrationBuilder.CreateIndex(
                name: "IX_versions_CiphertextDigest",
                table: "versions",
                column: "CiphertextDigest");

            migrationBuilder.CreateIndex(
                name: "IX_versions_HeaderDigest",
                table: "versions",
                column: "HeaderDigest");

            migrationBuilder.CreateIndex(
                name: "IX_versions_Subject_RowNumber",
                table: "versions",
                columns: new[] { "Subject", "RowNumber" });

            migrationBuilder.CreateIndex(
                name: "ended",
                table: "versions",
                columns: new[] { "Subject", "RowNumber" },
                filter: "\"Ended\" = 1");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "batches");

            migrationBuilder.DropTable(
                name: "deposit_progress");

            migrationBuilder.DropTable(
                name: "encapsulations");

            migrationBuilder.DropTable(
                name: "epoch_progress");

            migrationBuilder.DropTable(
                name: "held_revocations");

            migrationBuilder.DropTable(
                name: "index_rows");

            migrationBuilder.DropTable(
                name: "index_tokens");

            migrationBuilder.DropTable(
                name: "patients");

            migrationBuilder.DropTable(
                name: "read_rows");

            migrationBuilder.DropTable(
                name: "releases");

            migrationBuilder.DropTable(
                name: "replicas");

            migrationBuilder.DropTable(
                name: "resources");

            migrationBuilder.DropTable(
                name: "retired_keys");

            migrationBuilder.DropTable(
                name: "searches");

            migrationBuilder.DropTable(
                name: "subjects");

            migrationBuilder.DropTable(
                name: "superseded");

            migrationBuilder.DropTable(
                name: "tokens");

            migrationBuilder.DropTable(
                name: "versions");

            migrationBuilder.DropTable(
                name: "wallet_directories");
        }
    }
}
