namespace EhrLedger.Node.Tests.Fhir;

/// <summary>A request of an .http file, with the status that a comment above it expects.</summary>
internal sealed record HttpFileRequest(string Name, int Expected, HttpMethod Method, string Url, IReadOnlyList<(string Name, string Value)> Headers, string? Body);

/// <summary>Reads what editors understand: <c>@name = value</c>, <c>###</c> before each request, <c>{{name}}</c>; and <c># expect: status</c>, which each request has to have.</summary>
internal static class HttpFile
{
    public static IReadOnlyList<HttpFileRequest> Parse(string text, IReadOnlyDictionary<string, string> instead)
    {
        var parts = text.ReplaceLineEndings("\n").Split("\n###").ToList();
        var variables = parts[0].Split('\n').Where(line => line.StartsWith('@')).Select(line => line[1..].Split('=', 2, StringSplitOptions.TrimEntries)).ToDictionary(pair => pair[0], pair => pair[1]);
        foreach (var (name, value) in instead)
        {
            variables[name] = value;
        }

        return [.. parts.Skip(1).Select(part => ParseRequest(variables.Aggregate(part, (all, variable) => all.Replace($"{{{{{variable.Key}}}}}", variable.Value, StringComparison.Ordinal))))];
    }

    private static HttpFileRequest ParseRequest(string part)
    {
        var lines = part.Split('\n');
        var expected = lines.Single(line => line.StartsWith("# expect: ", StringComparison.Ordinal))["# expect: ".Length..];
        var request = lines.Skip(1).SkipWhile(line => line.Length == 0 || line[0] == '#').ToList();
        var (method, url) = request[0].Split(' ', 2) is [var verb, var rest] ? (verb, rest) : throw new FormatException(request[0]);
        var headers = request.Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Select(pair => (pair[0], pair[1])).ToList();
        var body = string.Join('\n', request.Skip(2 + headers.Count)).Trim();
        return new HttpFileRequest(lines[0].Trim(), int.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), new HttpMethod(method), url, headers, body.Length > 0 ? body : null);
    }
}
