using System.Text.Json;

namespace EhrLedger.Tests.Crypto;

/// <summary>The vectors of C2SP/wycheproof: a file has groups (keys, sizes), a group has tests, a test has a result.</summary>
internal static class Wycheproof
{
    public static IEnumerable<(JsonElement Group, JsonElement Test)> Read(string file)
    {
        using var document = JsonDocument.Parse(PublishedData.Read(Path.Combine("vectors", "wycheproof", file)));
        return [.. from @group in document.RootElement.GetProperty("testGroups").EnumerateArray()
                   from test in @group.GetProperty("tests").EnumerateArray()
                   select (@group.Clone(), test.Clone())];
    }

    public static byte[] Bytes(this JsonElement element, string property) => Convert.FromHexString(element.GetProperty(property).GetString()!);

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;

    /// <summary>What to say when a vector fails.</summary>
    public static string Name(this JsonElement test) =>
        $"tcId {test.GetProperty("tcId").GetInt32()}: {(test.TryGetProperty("comment", out var comment) ? comment.GetString() : "")}";
}
