using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace EhrLedger.Node.Storage.Records.Migrations
{
    /// <inheritdoc />
    public partial class TokensBesideTheResource : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<byte[]>(
                name: "Tokens",
                table: "resources",
                type: "BLOB",
                nullable: false,
                defaultValue: new byte[0]);

            // What stands already is gathered from the table of tokens, by the index that goes after that.
            migrationBuilder.Sql("UPDATE resources SET Tokens = coalesce(unhex((SELECT group_concat(hex(t.Value), '') FROM tokens t WHERE t.ResourceId = resources.Id)), x'')");

            migrationBuilder.DropIndex(
                name: "IX_tokens_ResourceId",
                table: "tokens");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Tokens",
                table: "resources");

            migrationBuilder.CreateIndex(
                name: "IX_tokens_ResourceId",
                table: "tokens",
                column: "ResourceId");
        }
    }
}
