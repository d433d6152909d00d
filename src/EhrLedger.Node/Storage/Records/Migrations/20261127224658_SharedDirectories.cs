using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Records.Migrations
{
    /// <inheritdoc />
    public partial class SharedDirectories : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "shared_entries",
                columns: table => new
                {
                    Author = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Series = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shared_entries", x => new { x.Author, x.Key });
                });

            migrationBuilder.CreateTable(
                name: "shared_progress",
                columns: table => new
                {
                    Author = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Series = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Number = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shared_progress", x => x.Author);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "shared_entries");

            migrationBuilder.DropTable(
                name: "shared_progress");
        }
    }
}
