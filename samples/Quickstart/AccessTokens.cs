using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Quickstart;

/// <summary>
/// How a hospital's system gets into its node: SMART Backend Services. It signs who it is, who is acting and what for, and gets a token that is good for five minutes. Here with the development client that a node makes at its
/// first start on one machine.
/// </summary>
internal sealed class AccessTokens(NodeProcess node, string person, string role)
{
    private string _token = "";
    private DateTimeOffset _ends = DateTimeOffset.MinValue;

    public async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        if (DateTimeOffset.UtcNow >= _ends)
        {
            var asked = DateTimeOffset.UtcNow;
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["scope"] = "system/*.cruds",
                ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ["client_assertion"] = Sign(await File.ReadAllTextAsync(node.ClientKeyFile, cancellationToken), asked),
            });
            using var answer = await node.Http.PostAsync("/auth/token", form, cancellationToken);
            var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
            _token = (string?)json["access_token"] ?? throw new StepFailedException($"{node.Name} gives no token: {json["error_description"]}");
            _ends = asked.AddSeconds((int)json["expires_in"]! - 60);
        }

        return _token;
    }

    private string Sign(string keyFile, DateTimeOffset now)
    {
        var client = (string)JsonNode.Parse(keyFile)!["client_id"]!;
        var claims = new JsonObject
        {
            ["iss"] = client,
            ["sub"] = client,
            ["aud"] = new Uri(node.Address, "/auth/token").AbsoluteUri,
            ["exp"] = now.AddMinutes(4).ToUnixTimeSeconds(),
            ["jti"] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)),
            ["extensions"] = new JsonObject
            {
                ["ihe_iua"] = new JsonObject
                {
                    ["subject_name"] = person,
                    ["subject_role"] = new JsonArray(new JsonObject { ["code"] = role }),
                    ["purpose_of_use"] = new JsonArray(new JsonObject { ["system"] = "http://terminology.hl7.org/CodeSystem/v3-ActReason", ["code"] = "TREAT" }),
                },
            },
        };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(claims.ToJsonString(), new SigningCredentials(new JsonWebKey(keyFile), SecurityAlgorithms.EcdsaSha384));
    }
}
