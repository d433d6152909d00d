using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Agents.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "asked",
                columns: table => new
                {
                    Request = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Patient = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false),
                    AskedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_asked", x => x.Request);
                });

            migrationBuilder.CreateTable(
                name: "connections",
                columns: table => new
                {
                    OwnKey = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Id = table.Column<byte[]>(type: "BLOB", nullable: true),
                    About = table.Column<byte[]>(type: "BLOB", nullable: true),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_connections", x => x.OwnKey);
                });

            migrationBuilder.CreateTable(
                name: "invitations",
                columns: table => new
                {
                    Key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Until = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_invitations", x => x.Key);
                });

            migrationBuilder.CreateTable(
                name: "keylist",
                columns: table => new
                {
                    Key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Owner = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_keylist", x => x.Key);
                });

            migrationBuilder.CreateTable(
                name: "talk",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Connection = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_talk", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "waiting",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Recipient = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Sealed = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Bytes = table.Column<long>(type: "INTEGER", nullable: false),
                    KeptAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Due = table.Column<long>(type: "INTEGER", nullable: true),
                    Tries = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_waiting", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_asked_Patient",
                table: "asked",
                column: "Patient");

            migrationBuilder.CreateIndex(
                name: "IX_connections_About",
                table: "connections",
                column: "About");

            migrationBuilder.CreateIndex(
                name: "IX_connections_Id",
                table: "connections",
                column: "Id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_invitations_Until",
                table: "invitations",
                column: "Until");

            migrationBuilder.CreateIndex(
                name: "IX_keylist_Owner",
                table: "keylist",
                column: "Owner");

            migrationBuilder.CreateIndex(
                name: "IX_talk_Connection_Id",
                table: "talk",
                columns: new[] { "Connection", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_waiting_Due",
                table: "waiting",
                column: "Due");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_KeptAt",
                table: "waiting",
                column: "KeptAt");

            migrationBuilder.CreateIndex(
                name: "IX_waiting_Recipient_Bytes",
                table: "waiting",
                columns: new[] { "Recipient", "Bytes" });

            migrationBuilder.CreateIndex(
                name: "IX_waiting_Recipient_Id",
                table: "waiting",
                columns: new[] { "Recipient", "Id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "asked");

            migrationBuilder.DropTable(
                name: "connections");

            migrationBuilder.DropTable(
                name: "invitations");

            migrationBuilder.DropTable(
                name: "keylist");

            migrationBuilder.DropTable(
                name: "talk");

            migrationBuilder.DropTable(
                name: "waiting");
        }
    }
}
