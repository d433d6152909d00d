using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>
/// Every way in which one resource can be asked about (tests README, Side doors): of one that the caller may not see, each answers what it answers of one that never was, but for the name that was asked for.
/// </summary>
internal static class Doors
{
    private static readonly string[] Readings = ["", "?_summary=text", "/_history", "/_history/1", "/_history/2", "/$meta", "/$validate", "/$everything"];
    private static readonly string[] Countings = ["", "&_summary=count", "&_total=accurate", "&_count=0&_total=estimate", "&_count=1", "&_sort=-_lastUpdated", "&_elements=id", "&_include=*&_include:iterate=*"];

    /// <summary>By the ids, and by conditions that name them. Nothing is changed, whatever the scopes allow.</summary>
    /// <param name="node">Asked.</param>
    /// <param name="type">FHIR resource type of both.</param>
    /// <param name="hidden">Id of what is there, and not for this caller.</param>
    /// <param name="never">Id, of the same form, of what never was.</param>
    /// <param name="caller">Headers.</param>
    public static async Task AreAllShutAsync(TestNode node, string type, string hidden, string never, params (string, string)[] caller)
    {
        foreach (var reading in Readings)
        {
            await AnswerAlikeAsync(node, "GET", $"{type}/{{id}}{reading}", null, hidden, never, caller);
        }

        await AnswerAlikeAsync(node, "HEAD", $"{type}/{{id}}", null, hidden, never, caller);
        await AnswerAlikeAsync(node, "GET", $"{type}/{{id}}", null, hidden, never, [.. caller, ("If-None-Match", "W/\"1\"")]);
        await AnswerAlikeAsync(node, "GET", $"{type}/{{id}}", null, hidden, never, [.. caller, ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")]);
        await AnswerAlikeAsync(node, "DELETE", $"{type}/{{id}}", null, hidden, never, caller);
        await AnswerAlikeAsync(node, "DELETE", $"{type}/{{id}}", null, hidden, never, [.. caller, ("If-Match", "W/\"7\"")]);
        await AnswerAlikeAsync(node, "DELETE", $"{type}?_id={{id}}", null, hidden, never, caller);
        await AnswerAlikeAsync(node, "PATCH", $"{type}?_id={{id}}", "[]", hidden, never, caller);
        await AnswerAlikeAsync(node, "PATCH", $"{type}/{{id}}", "[]", hidden, never, caller);
        await AnswerAlikeAsync(node, "POST", $"{type}/{{id}}/$meta-add", """{ "resourceType": "Parameters", "parameter": [{ "name": "meta", "valueMeta": { "tag": [{ "code": "x" }] } }] }""", hidden, never, caller);
        await AnswerAlikeAsync(node, "POST", $"{type}/_search", "_id={id}&_total=accurate", hidden, never, caller);
        foreach (var kind in (string[])["batch", "transaction"])
        {
            var bundle = Resources.Bundle(
                kind, Resources.Entry("GET", $"{type}/{{id}}"), Resources.Entry("HEAD", $"{type}/{{id}}"), Resources.Entry("GET", $"{type}/{{id}}/_history/1"), Resources.Entry("GET", $"{type}?_id={{id}}&_summary=count"), Resources.Entry("GET", $"{type}?_id={{id}}"));
            await AnswerAlikeAsync(node, "POST", "", bundle.ToJsonString(), hidden, never, caller);
        }

        await SearchesAreShutAsync(node, $"{type}?_id={{id}}", hidden, never, caller);
    }

    /// <summary>One search, with everything that is said beside its matches.</summary>
    /// <param name="node">Asked.</param>
    /// <param name="search">With <c>{id}</c> in it.</param>
    /// <param name="hidden">In its place.</param>
    /// <param name="never">In its place.</param>
    /// <param name="caller">Headers.</param>
    public static async Task SearchesAreShutAsync(TestNode node, string search, string hidden, string never, params (string, string)[] caller)
    {
        foreach (var counting in Countings)
        {
            await AnswerAlikeAsync(node, "GET", search + counting, null, hidden, never, caller);
        }
    }

    private static async Task AnswerAlikeAsync(TestNode node, string method, string path, string? body, string hidden, string never, (string, string)[] caller)
    {
        var answers = new List<(int, string, string?, string?, DateTimeOffset?)>();
        foreach (var id in (string[])[hidden, never])
        {
            var (url, content) = (path.Replace("{id}", id, StringComparison.Ordinal), body?.Replace("{id}", id, StringComparison.Ordinal));
            var answer = await node.SendAsync(new HttpMethod(method), $"/fhir/{url}", content is null ? null : new StringContent(content, Encoding.UTF8, MediaTypeOf(method, path)), caller);
            Assert.That(answer.Status, Is.LessThan(500), answer.Text);
            Assert.That(answer.Text.Length == 0 || !answer.Json.ContainsKey("total") || (int)answer.Json["total"]! == 0, $"{method} {url}: {answer.Text}");
            answers.Add((answer.Status, Normal(answer.Text, id), answer.ContentType, answer.ETag, answer.LastModified));
        }

        Assert.That(answers[0], Is.EqualTo(answers[1]), $"{method} {path} {body}");
    }

    private static MediaTypeHeaderValue MediaTypeOf(string method, string path) =>
        new(method == "PATCH" ? "application/json-patch+json" : path.EndsWith("_search", StringComparison.Ordinal) ? "application/x-www-form-urlencoded" : "application/fhir+json");

    /// <summary>Without the name that was asked for, and without what differs from one answer to the next: a Bundle's id and time, and the random tokens of its links.</summary>
    private static string Normal(string text, string id)
    {
        if (text.Length == 0)
        {
            return text;
        }

        var json = JsonNode.Parse(text.Replace(id, "{id}", StringComparison.Ordinal))!;
        Strip(json);
        return json.ToJsonString();
    }

    private static void Strip(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { } one:
                if ((string?)one["resourceType"] == "Bundle")
                {
                    one.Remove("id");
                    one.Remove("meta");
                    one.Remove("timestamp");
                    foreach (var link in one["link"]?.AsArray() ?? [])
                    {
                        link!["url"] = "";
                    }
                }

                foreach (var (_, value) in one)
                {
                    Strip(value);
                }

                break;
            case JsonArray many:
                foreach (var value in many)
                {
                    Strip(value);
                }

                break;
            default:
                break;
        }
    }
}
