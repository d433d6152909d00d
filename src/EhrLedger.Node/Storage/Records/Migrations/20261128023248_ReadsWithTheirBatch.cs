using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Records.Migrations
{
    /// <inheritdoc />
    public partial class ReadsWithTheirBatch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "Place",
                table: "read_rows",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "Rows",
                table: "batches",
                type: "BLOB",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "read_progress",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false),
                    NextBatch = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_read_progress", x => x.Id);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "read_progress");

            migrationBuilder.DropColumn(
                name: "Place",
                table: "read_rows");

            migrationBuilder.DropColumn(
                name: "Rows",
                table: "batches");
        }
    }
}
