using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A client of Bulk Data Access, with nothing but HTTP.</summary>
internal static class Exporting
{
    /// <summary>Asks for an export.</summary>
    public static Task<ExportReply> BeginExportAsync(this TestNode node, string path, JsonObject? parameters = null, params (string Name, string Value)[] headers) =>
        node.SendExportAsync(parameters is null ? HttpMethod.Get : HttpMethod.Post, $"/fhir/{path}", parameters, [("Prefer", "respond-async"), .. headers]);

    /// <summary>Any request of an export.</summary>
    public static async Task<ExportReply> SendExportAsync(this TestNode node, HttpMethod method, string url, JsonObject? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/fhir+json", "utf-8"));
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await node.Client.SendAsync(request);
        return new ExportReply(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Content.Headers.ContentType?.MediaType,
            response.Content.Headers.ContentLocation?.ToString(),
            response.Headers.TryGetValues("X-Progress", out var progress) ? progress.Single() : null,
            response.Headers.RetryAfter?.Delta,
            response.Content.Headers.Expires);
    }

    /// <summary>The manifest of an export, once it is done.</summary>
    public static async Task<JsonObject> EndOfExportAsync(this TestNode node, string status, params (string Name, string Value)[] headers)
    {
        JsonObject? manifest = null;
        await Eventually.BecomesTrueAsync("the export is done", async () =>
        {
            var reply = await node.SendExportAsync(HttpMethod.Get, status, null, headers);
            Assert.That(reply.Status, Is.EqualTo(200).Or.EqualTo(202), reply.Text);
            manifest = reply.Status == 200 ? reply.Json : null;
            return manifest is not null;
        });
        return manifest!;
    }

    /// <summary>All lines of a finished export's files of one kind.</summary>
    public static async Task<List<JsonObject>> DownloadAsync(this TestNode node, JsonObject manifest, string kind = "output", params (string Name, string Value)[] headers)
    {
        var all = new List<JsonObject>();
        foreach (var file in manifest[kind]!.AsArray())
        {
            var reply = await node.SendExportAsync(HttpMethod.Get, new Uri((string)file!["url"]!).PathAndQuery, null, [("Accept", "application/fhir+ndjson"), .. headers]);
            Assert.That((reply.Status, reply.ContentType), Is.EqualTo((200, "application/fhir+ndjson")), reply.Text);
            Assert.That(reply.Text, Does.EndWith("\n"));
            var lines = reply.Text.Split('\n')[..^1].Select(Resources.Parse).ToList();
            Assert.That(lines, Has.Count.EqualTo((int)file["count"]!));
            Assert.That(lines.Select(line => (string?)line["resourceType"]).Distinct(), Is.EqualTo(new[] { (string?)file["type"] }), "one type a file");
            all.AddRange(lines);
        }

        return all;
    }

    /// <summary>Asks, waits, and downloads.</summary>
    public static async Task<List<JsonObject>> ExportAsync(this TestNode node, string path, params (string Name, string Value)[] headers)
    {
        var begun = await node.BeginExportAsync(path, null, headers);
        Assert.That(begun.Status, Is.EqualTo(202), begun.Text);
        return await node.DownloadAsync(await node.EndOfExportAsync(begun.Path, headers), "output", headers);
    }

    /// <summary>Asks, waits, and removes it: its manifest.</summary>
    public static async Task<JsonObject> ExportManifestAsync(this TestNode node, string path, params (string Name, string Value)[] headers)
    {
        var begun = await node.BeginExportAsync(path, null, headers);
        Assert.That(begun.Status, Is.EqualTo(202), begun.Text);
        var manifest = await node.EndOfExportAsync(begun.Path, headers);
        await node.SendExportAsync(HttpMethod.Delete, begun.Path, null, headers);
        return manifest;
    }

    /// <summary>What files a manifest tells of: <c>kind type count</c>.</summary>
    public static IEnumerable<string> Tells(this JsonObject manifest) =>
        ((string[])["output", "deleted", "error"]).SelectMany(kind => manifest[kind]!.AsArray().Select(file => $"{kind} {file!["type"]} {file["count"]}"));

    /// <summary><c>Type/id</c> of each.</summary>
    public static IEnumerable<string> Names(this IEnumerable<JsonObject> resources) => resources.Select(resource => $"{resource["resourceType"]}/{resource["id"]}");
}

/// <summary>An answer about an export.</summary>
internal sealed record ExportReply(int Status, string Text, string? ContentType, string? ContentLocation, string? Progress, TimeSpan? RetryAfter, DateTimeOffset? Expires)
{
    /// <summary>Where its status is asked for.</summary>
    public string Path => new Uri(ContentLocation!).PathAndQuery;

    public JsonObject Json => Resources.Parse(Text);

    public void AssertIsOutcome(int status) => new FhirReply(Status, Text, $"{ContentType}", null, null, null).AssertIsOutcome(status);
}
