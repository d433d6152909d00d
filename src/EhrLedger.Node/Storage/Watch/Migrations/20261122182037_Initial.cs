using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Watch.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "alarms",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Kind = table.Column<int>(type: "INTEGER", nullable: false),
                    Detail = table.Column<string>(type: "TEXT", nullable: false),
                    FirstSeen = table.Column<long>(type: "INTEGER", nullable: false),
                    LastSeen = table.Column<long>(type: "INTEGER", nullable: false),
                    Count = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alarms", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "seen_heads",
                columns: table => new
                {
                    Organisation = table.Column<string>(type: "TEXT", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_seen_heads", x => x.Organisation);
                });

            migrationBuilder.CreateTable(
                name: "witnessed",
                columns: table => new
                {
                    Origin = table.Column<string>(type: "TEXT", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    Root = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_witnessed", x => x.Origin);
                });

            migrationBuilder.CreateIndex(
                name: "IX_alarms_Kind_Detail",
                table: "alarms",
                columns: new[] { "Kind", "Detail" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_alarms_LastSeen",
                table: "alarms",
                column: "LastSeen");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alarms");

            migrationBuilder.DropTable(
                name: "seen_heads");

            migrationBuilder.DropTable(
                name: "witnessed");
        }
    }
}
