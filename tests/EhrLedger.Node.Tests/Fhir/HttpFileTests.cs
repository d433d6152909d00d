using System.Net.Http.Headers;
using System.Text;
using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>The files of docs/http are sent as they stand.</summary>
[NonParallelizable]
public sealed class HttpFileTests
{
    private static TestNode Node => OneNode.Node;

    private static IEnumerable<string> Files => Directory.EnumerateFiles(Path.Combine(Repository.FindRoot()!, "docs", "http"), "*.http").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Files))]
    public async Task Is_answered_as_it_says(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.FindRoot()!, "docs", "http", file));
        var requests = HttpFile.Parse(text, new Dictionary<string, string> { ["base"] = $"{Node.Endpoint}/fhir", ["token"] = await Node.FindTokenAsync() });

        Assert.That(requests, Is.Not.Empty);
        foreach (var request in requests)
        {
            var type = request.Headers.FirstOrDefault(header => header.Name == "Content-Type").Value;
            using var body = request.Body is null ? null : new StringContent(request.Body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
            var reply = await Node.SendAsync(request.Method, request.Url, body, [.. request.Headers.Where(header => header.Name != "Content-Type")]);
            Assert.That(reply.Status, Is.EqualTo(request.Expected), $"{request.Name}: {reply.Text}");
        }
    }
}
