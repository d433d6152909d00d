using System.Globalization;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Xml;
using Hl7.Fhir.Model;
using Microsoft.Net.Http.Headers;

namespace EhrLedger.Node.Fhir;

/// <summary>In what form an answer goes out: JSON or XML, for machines or for people (FHIR R4 §3.1.0.1.11).</summary>
/// <param name="IsXml">Otherwise JSON.</param>
/// <param name="IsPretty">With line breaks and indentation.</param>
internal sealed record FhirForm(bool IsXml, bool IsPretty)
{
    private const string Key = "EhrLedger.FhirForm";
    private const string Version = "4.0";

    /// <summary>MIME types that the CapabilityStatement names.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["application/fhir+json", "application/fhir+xml"];

    /// <summary>Parameters that say how an answer is written and not what is asked.</summary>
    public static bool IsName(string parameter) => parameter is "_format" or "_pretty";

    /// <summary>What the request asks for; null where it asks for nothing that there is.</summary>
    public static FhirForm? Find(HttpRequest request)
    {
        if (request.HttpContext.Items.TryGetValue(Key, out var known))
        {
            return (FhirForm?)known;
        }

        return Find(request, QueryText.Parse(request.QueryString.Value?.TrimStart('?') ?? ""));
    }

    /// <summary>The same, where parameters stand in a body too.</summary>
    public static FhirForm? Find(HttpRequest request, IEnumerable<(string Name, string Value)> parameters)
    {
        string? format = null;
        var pretty = false;
        foreach (var (name, value) in parameters)
        {
            format = name == "_format" ? value : format;
            pretty = name == "_pretty" ? value == "true" : pretty;
        }

        bool? isXml = string.IsNullOrEmpty(format) ? Accepted(request.Headers.Accept) : FormatOf(format);
        var form = isXml is { } xml ? new FhirForm(xml, pretty) : null;
        request.HttpContext.Items[Key] = form;
        return form;
    }

    /// <summary>Whether a body is XML; null for what is neither.</summary>
    public static bool? IsXmlBody(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && IsVersion(type) ? TypeOf(type.MediaType.Value!) switch
        {
            { } isXml when !isXml || !type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase) => isXml,
            _ => null,
        }
        : null;

    /// <summary>The bytes of an answer, and what they are. JSON where a string can't be carried by XML.</summary>
    public (ReadOnlyMemory<byte> Body, string ContentType) Write(Resource resource) =>
        IsXml && FhirXml.Write(resource, IsPretty) is { } xml ? (xml, "application/fhir+xml; charset=utf-8") : (FhirJson.Write(resource, IsPretty), Json);

    public const string Json = "application/fhir+json; charset=utf-8";

    // Whoever says nothing, or anything, gets JSON; among equals too.
    private static bool? Accepted(Microsoft.Extensions.Primitives.StringValues accept)
    {
        if (accept.Count == 0 || accept.All(string.IsNullOrWhiteSpace))
        {
            return false;
        }

        if (!MediaTypeHeaderValue.TryParseList(accept, out var types))
        {
            return null;
        }

        var json = 0.0;
        var xml = 0.0;
        var rest = 0.0;
        foreach (var type in types.Where(IsVersion))
        {
            var quality = type.Quality ?? 1;
            if (type.MatchesAllTypes || type is { MatchesAllSubTypes: true, Type.Value: "application" or "text" })
            {
                rest = Math.Max(rest, quality);
            }
            else if (TypeOf(type.MediaType.Value!) is { } isXml)
            {
                (json, xml) = isXml ? (json, Math.Max(xml, quality)) : (Math.Max(json, quality), xml);
            }
        }

        json = json > 0 || types.Any(type => TypeOf(type.MediaType.Value!) is false) ? json : rest;
        return json == 0 && xml == 0 ? null : xml > json;
    }

    private static bool? FormatOf(string format)
    {
        // A plus that was not escaped has become a space.
        var text = format.Trim().Replace("fhir ", "fhir+", StringComparison.OrdinalIgnoreCase);
        return text.ToLowerInvariant() switch
        {
            "json" => false,
            "xml" => true,
            _ => MediaTypeHeaderValue.TryParse(text, out var type) && IsVersion(type) ? TypeOf(type.MediaType.Value!) : null,
        };
    }

    private static bool? TypeOf(string mediaType) => mediaType.ToLowerInvariant() switch
    {
        "application/fhir+json" or "application/json" or "text/json" => false,
        "application/fhir+xml" or "application/xml" or "text/xml" => true,
        _ => null,
    };

    private static bool IsVersion(MediaTypeHeaderValue type) =>
        type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("fhirVersion", StringComparison.OrdinalIgnoreCase)) is not { } version
        || HeaderUtilities.RemoveQuotes(version.Value).Equals(Version, StringComparison.Ordinal);

    /// <summary>What follows a link of ours to keep the form that the URL asked for; empty where it asked for none.</summary>
    public static string Suffix(HttpRequest request) => string.Concat(QueryText.Parse(request.QueryString.Value?.TrimStart('?') ?? "")
        .Where(pair => IsName(pair.Name))
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"&{QueryText.Write([pair])}")));
}
