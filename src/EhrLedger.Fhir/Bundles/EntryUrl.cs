using EhrLedger.Fhir.References;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Bundles;

/// <summary>An entry's request.url, taken apart.</summary>
/// <param name="Text">Below the server's base.</param>
/// <param name="Type">First segment; null if it is no resource type.</param>
/// <param name="Id">Second segment; null if there is none.</param>
/// <param name="Query">Behind the question mark; null if there is none.</param>
/// <param name="IsPlain">Whether it is Type, Type/id or Type?query and no more.</param>
internal sealed record EntryUrl(string Text, string? Type, string? Id, string? Query, bool IsPlain)
{
    internal static EntryUrl Parse(string url, ServerBase server)
    {
        // A further page of a search over several types stands at the base itself.
        var text = url.StartsWith(server.Url, StringComparison.OrdinalIgnoreCase) && (url.Length == server.Url.Length || url[server.Url.Length] is '/' or '?') ? url[server.Url.Length..] : url;
        text = text.TrimStart('/');
        var mark = text.IndexOf('?');
        var path = (mark < 0 ? text : text[..mark]).TrimEnd('/');
        var query = mark < 0 ? null : text[(mark + 1)..];
        var segments = path.Split('/');
        var type = ModelInfo.IsKnownResource(segments[0]) ? segments[0] : null;
        var id = segments.Length > 1 && FhirReference.IsId(segments[1]) ? segments[1] : null;
        return new EntryUrl(text, type, id, query, type is not null && (segments.Length == 1 || (segments.Length == 2 && id is not null && query is null)));
    }
}
