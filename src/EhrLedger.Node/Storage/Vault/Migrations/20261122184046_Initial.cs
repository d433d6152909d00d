using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Vault.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "secrets",
                columns: table => new
                {
                    Name = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Kind = table.Column<long>(type: "INTEGER", nullable: false),
                    Wrapped = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_secrets", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "shares",
                columns: table => new
                {
                    HeaderDigest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Wrapped = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shares", x => x.HeaderDigest);
                });

            migrationBuilder.CreateTable(
                name: "wraps",
                columns: table => new
                {
                    HeaderDigest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Wrapped = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_wraps", x => x.HeaderDigest);
                });

            migrationBuilder.CreateIndex(
                name: "IX_secrets_Kind",
                table: "secrets",
                column: "Kind");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "secrets");

            migrationBuilder.DropTable(
                name: "shares");

            migrationBuilder.DropTable(
                name: "wraps");
        }
    }
}
