using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Log.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "final",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    note = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_final", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "hashes",
                columns: table => new
                {
                    position = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_hashes", x => x.position);
                });

            migrationBuilder.CreateTable(
                name: "head",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    time = table.Column<long>(type: "INTEGER", nullable: false),
                    frontier = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_head", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "leaves",
                columns: table => new
                {
                    idx = table.Column<long>(type: "INTEGER", nullable: false),
                    leaf = table.Column<byte[]>(type: "BLOB", nullable: false),
                    effective = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_leaves", x => x.idx);
                });

            migrationBuilder.CreateTable(
                name: "recent",
                columns: table => new
                {
                    digest = table.Column<byte[]>(type: "BLOB", nullable: false),
                    idx = table.Column<long>(type: "INTEGER", nullable: false),
                    valid_until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_recent", x => x.digest);
                });

            migrationBuilder.CreateTable(
                name: "topic_leaves",
                columns: table => new
                {
                    topic = table.Column<byte[]>(type: "BLOB", nullable: false),
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    idx = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_topic_leaves", x => new { x.topic, x.number });
                });

            migrationBuilder.CreateTable(
                name: "topics",
                columns: table => new
                {
                    topic = table.Column<byte[]>(type: "BLOB", nullable: false),
                    next_number = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_topics", x => x.topic);
                });

            migrationBuilder.InsertData(
                table: "head",
                columns: new[] { "id", "frontier", "size", "time" },
                values: new object[] { 1, new byte[0], 0L, 0L });

            migrationBuilder.CreateIndex(
                name: "recent_valid_until",
                table: "recent",
                column: "valid_until");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "final");

            migrationBuilder.DropTable(
                name: "hashes");

            migrationBuilder.DropTable(
                name: "head");

            migrationBuilder.DropTable(
                name: "leaves");

            migrationBuilder.DropTable(
                name: "recent");

            migrationBuilder.DropTable(
                name: "topic_leaves");

            migrationBuilder.DropTable(
                name: "topics");
        }
    }
}
